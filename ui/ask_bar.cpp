#include "ui/ask_bar.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QLineEdit>
#include <QVBoxLayout>

#include "ui/button.h"
#include "ui/card.h"
#include "ui/flow_layout.h"
#include "ui/scope_button.h"
#include "ui/tone_label.h"
#include "ui/tones.h"

namespace longview::ui {

AskBar::AskBar(QWidget* parent)
    : QWidget(parent),
      chips_(new QWidget(this)),
      field_(new QLineEdit(this)),
      ask_(new Button(Button::Kind::primary, tr("&Ask"), this)),
      stop_(new Button(Button::Kind::plain, tr("S&top"), this)),
      scope_(new ScopeButton(this)),
      note_(new ToneLabel(ToneLabel::Tone::text, ToneLabel::Size::small, {}, this)),
      limits_(new ToneLabel(ToneLabel::Tone::muted, ToneLabel::Size::small, {}, this)) {
    setObjectName(QStringLiteral("askBar"));
    chips_->setObjectName(QStringLiteral("suggestions"));
    chips_->setAccessibleName(tr("Questions to try"));
    new FlowLayout(chips_);
    chips_->hide();
    field_->setObjectName(QStringLiteral("questionField"));
    field_->setAccessibleName(tr("Question about the document"));
    field_->setFrame(false);
    field_->setMaxLength(4000);
    field_->setClearButtonEnabled(true);
    field_->setAcceptDrops(false); // a file dropped here is meant for the window
    field_->setAttribute(Qt::WA_MacShowFocusRect, false);
    ask_->setObjectName(QStringLiteral("askButton"));
    stop_->setObjectName(QStringLiteral("stopAnswerButton"));
    stop_->setAccessibleDescription(tr("Stops the answer; what was written stays."));
    note_->setObjectName(QStringLiteral("askNote"));
    note_->setWordWrap(true);
    limits_->setObjectName(QStringLiteral("limits"));
    limits_->setWordWrap(true);

    auto* box = new Card(this);
    box->followFocusOf(field_);
    auto* row = new QHBoxLayout(box);
    row->setContentsMargins(10, 5, 5, 5);
    row->addWidget(field_, 1);
    row->addWidget(ask_);
    row->addWidget(stop_);
    auto* all = new QVBoxLayout(this);
    all->setContentsMargins(0, 0, 0, 0);
    all->setSpacing(6);
    all->addWidget(chips_);
    all->addWidget(box);
    all->addWidget(scope_, 0, Qt::AlignLeft);
    all->addWidget(note_);
    all->addWidget(limits_);
    connect(field_, &QLineEdit::returnPressed, this, &AskBar::ask);
    connect(field_, &QLineEdit::textChanged, this, &AskBar::showState);
    connect(ask_, &QPushButton::clicked, this, &AskBar::ask);
    connect(stop_, &QPushButton::clicked, this, &AskBar::stopRequested);
    applyPalette();
    showState();
}

void AskBar::changeEvent(QEvent* event) {
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange)
        applyPalette();
}

void AskBar::applyPalette() {
    QPalette own; // the card behind shows through; the placeholder is text to read, so it gets a colour that
                  // can be read
    own.setColor(QPalette::Base, Qt::transparent);
    own.setColor(QPalette::PlaceholderText, tonesOf(palette()).muted);
    field_->setPalette(own);
}

void AskBar::setSuggestions(const QStringList& questions) {
    QLayout* layout = chips_->layout();
    while (QLayoutItem* item = layout->takeAt(0)) {
        item->widget()->hide();
        item->widget()->deleteLater();
        delete item;
    }
    for (const QString& question : questions) {
        QString shown = question;
        shown.replace(QLatin1Char('&'), QStringLiteral("&&"));
        auto* chip = new Button(Button::Kind::chip, shown, chips_);
        chip->setObjectName(QStringLiteral("suggestion"));
        chip->setAccessibleName(tr("Try: %1").arg(question));
        connect(chip, &QPushButton::clicked, this, [this, question] {
            field_->setText(question);
            focusField();
        });
        layout->addWidget(chip);
        chip->show();
        QWidget::setTabOrder(chip, field_); // chips come before the field, as they are seen
    }
    QWidget::setTabOrder(field_, ask_);
    QWidget::setTabOrder(ask_, stop_);
    QWidget::setTabOrder(stop_, scope_);
    chips_->setVisible(!questions.isEmpty());
}

void AskBar::setLimits(const QString& sentence) {
    limits_->setText(sentence);
    limits_->setVisible(!sentence.isEmpty());
    field_->setAccessibleDescription(sentence);
}

void AskBar::setHindrance(const QString& reason) {
    hindrance_ = reason;
    showState();
}

void AskBar::setNote(const QString& note) {
    noteText_ = note;
    showState();
}

void AskBar::setAnswering(bool answering) {
    answering_ = answering;
    stop_->setEnabled(true);
    stop_->setText(tr("S&top"));
    if (answering)
        field_->clear();
    showState();
}

void AskBar::setStopping() {
    stop_->setEnabled(false);
    stop_->setText(tr("Stopping…"));
}

void AskBar::focusField() {
    field_->setFocus(Qt::ShortcutFocusReason);
    field_->selectAll();
}

QString AskBar::question() const {
    return field_->text().trimmed();
}

void AskBar::ask() {
    if (answering_ || !hindrance_.isEmpty() || question().isEmpty())
        return;
    Q_EMIT asked(question());
}

void AskBar::showState() {
    const bool writes = !question().isEmpty();
    const bool moveFocus = ask_->hasFocus() || stop_->hasFocus();
    field_->setPlaceholderText(hindrance_.isEmpty() ? tr("Ask about this document") : hindrance_);
    const QString note = answering_ ? QString() : hindrance_.isEmpty() ? noteText_ : hindrance_;
    note_->setText(note);
    note_->setVisible(writes && !note.isEmpty());
    ask_->setVisible(!answering_);
    stop_->setVisible(answering_);
    ask_->setEnabled(hindrance_.isEmpty() && writes);
    ask_->setToolTip(hindrance_);
    ask_->setAccessibleDescription(!hindrance_.isEmpty() ? hindrance_
                                   : writes              ? tr("Asks the model.")
                                                         : tr("Write a question first."));
    if (moveFocus)
        field_->setFocus();
}

} // namespace longview::ui
