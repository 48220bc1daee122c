#include "ui/find_bar.h"

#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLineEdit>

#include "ui/button.h"
#include "ui/reader_view.h"
#include "ui/tone_label.h"

namespace longview::ui {

FindBar::FindBar(ReaderView* reader, QWidget* parent)
    : QWidget(parent),
      reader_(reader),
      field_(new QLineEdit(this)),
      outcome_(new ToneLabel(ToneLabel::Tone::muted, ToneLabel::Size::small, {}, this)) {
    setObjectName(QStringLiteral("findBar"));
    field_->setObjectName(QStringLiteral("findField"));
    field_->setAccessibleName(tr("Find in the document"));
    field_->setPlaceholderText(tr("Find in the document"));
    field_->setClearButtonEnabled(true);
    auto* previous = new Button(Button::Kind::plain, tr("Pre&vious"), this);
    previous->setObjectName(QStringLiteral("findPrevious"));
    auto* next = new Button(Button::Kind::plain, tr("&Next"), this);
    next->setObjectName(QStringLiteral("findNext"));
    auto* done = new Button(Button::Kind::quiet, tr("Close"), this);
    done->setObjectName(QStringLiteral("findClose"));
    done->setAccessibleName(tr("Close the search"));
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(0, 0, 0, 0);
    row->addWidget(field_, 1);
    row->addWidget(outcome_);
    row->addWidget(previous);
    row->addWidget(next);
    row->addWidget(done);
    connect(field_, &QLineEdit::textChanged, this, [this] { search(true, true); });
    connect(field_, &QLineEdit::returnPressed, this, [this] { search(true, false); });
    connect(previous, &QPushButton::clicked, this, [this] { search(false, false); });
    connect(next, &QPushButton::clicked, this, [this] { search(true, false); });
    connect(done, &QPushButton::clicked, this, &FindBar::close);
    hide();
}

void FindBar::open() {
    const QString selected = reader_->selectedText();
    if (!selected.isEmpty() && selected.size() < 100 && !selected.contains(QLatin1Char('\n')))
        field_->setText(selected);
    show();
    field_->setFocus(Qt::ShortcutFocusReason);
    field_->selectAll();
}

void FindBar::close() {
    reader_->setFocus();
    hide();
}

void FindBar::findNext(bool forward) {
    if (isHidden())
        open();
    search(forward, false);
}

void FindBar::search(bool forward, bool fromSelection) {
    const QString words = field_->text();
    outcome_->setText(words.isEmpty() || reader_->find(words, forward, fromSelection) ? QString()
                                                                                      : tr("Not found"));
}

bool FindBar::event(QEvent* event) {
    // Escape closes the search before it stops the reading.
    const bool escape = (event->type() == QEvent::ShortcutOverride || event->type() == QEvent::KeyPress) &&
                        static_cast<QKeyEvent*>(event)->key() == Qt::Key_Escape;
    if (!escape)
        return QWidget::event(event);
    event->accept();
    if (event->type() == QEvent::KeyPress)
        close();
    return true;
}

} // namespace longview::ui
