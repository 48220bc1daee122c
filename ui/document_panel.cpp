#include "ui/document_panel.h"

#include <QFileInfo>
#include <QHBoxLayout>
#include <QVBoxLayout>

#include "ui/button.h"
#include "ui/card.h"
#include "ui/find_bar.h"
#include "ui/format.h"
#include "ui/reader_view.h"
#include "ui/tone_label.h"

namespace longview::ui {

using Tone = ToneLabel::Tone;
using Size = ToneLabel::Size;

DocumentPanel::DocumentPanel(QWidget* parent)
    : QWidget(parent),
      title_(new ToneLabel(Tone::text, Size::heading, {}, this)),
      facts_(new ToneLabel(Tone::muted, Size::normal, {}, this)),
      notes_(new ToneLabel(Tone::text, Size::small, {}, this)),
      reader_(new ReaderView),
      find_(new FindBar(reader_, this)) {
    setObjectName(QStringLiteral("documentPanel"));
    title_->setObjectName(QStringLiteral("documentTitle"));
    title_->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    facts_->setObjectName(QStringLiteral("documentFacts"));
    facts_->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    notes_->setObjectName(QStringLiteral("documentNotes"));
    notes_->setWordWrap(true);
    notes_->hide();
    auto* open = new Button(Button::Kind::plain, tr("&Open…"), this);
    open->setObjectName(QStringLiteral("openButton"));
    open->setAccessibleDescription(tr("Opens another document."));

    auto* all = new QVBoxLayout(this);
    all->setContentsMargins(0, 0, 0, 0);
    all->setSpacing(8);
    auto* words = new QVBoxLayout;
    words->setSpacing(2);
    words->addWidget(title_);
    words->addWidget(facts_);
    auto* head = new QHBoxLayout;
    head->addLayout(words, 1);
    head->addWidget(open, 0, Qt::AlignTop);
    all->addLayout(head);
    all->addWidget(notes_);
    all->addWidget(find_);
    auto* card = new Card(this);
    auto* inside = new QVBoxLayout(card);
    inside->setContentsMargins(3, 3, 3, 3);
    inside->addWidget(reader_);
    card->followFocusOf(reader_);
    all->addWidget(card, 1);
    connect(open, &QPushButton::clicked, this, &DocumentPanel::openRequested);
}

void DocumentPanel::setDocument(std::shared_ptr<const Document> document) {
    document_ = std::move(document);
    tokens_ = 0;
    reader_->setDocument(document_);
    find_->hide();
    QStringList notes;
    for (const std::string& note : document_->notes)
        notes << fromUtf8(note);
    notes_->setText(notes.join(QLatin1Char(' ')));
    notes_->setVisible(!notes.isEmpty());
    elideTitle();
    showFacts();
}

void DocumentPanel::setTokens(std::int64_t tokens) {
    tokens_ = tokens;
    showFacts();
}

void DocumentPanel::showFacts() {
    QStringList facts;
    const QString file = QFileInfo(fromUtf8(document_->path)).fileName();
    if (!file.isEmpty() && file != fromUtf8(document_->title))
        facts << file;
    facts << fileSize(document_->text.size());
    if (tokens_ > 0)
        facts << tr("%1 tokens").arg(wholeNumber(tokens_));
    if (!document_->encoding.empty())
        facts << fromUtf8(document_->encoding);
    facts_->setText(facts.join(QStringLiteral(" · ")));
    facts_->setToolTip(fromUtf8(document_->path));
}

void DocumentPanel::resizeEvent(QResizeEvent* event) {
    QWidget::resizeEvent(event);
    elideTitle();
}

void DocumentPanel::elideTitle() {
    if (document_ == nullptr)
        return;
    const QString title = fromUtf8(document_->title).simplified();
    title_->setText(title_->fontMetrics().elidedText(title, Qt::ElideRight, std::max(120, title_->width())));
    title_->setToolTip(title);
    title_->setAccessibleName(title);
}

} // namespace longview::ui
