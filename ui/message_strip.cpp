#include "ui/message_strip.h"

#include <QAccessible>
#include <QGraphicsOpacityEffect>
#include <QHBoxLayout>
#include <QPainter>
#include <QPropertyAnimation>

#include <algorithm>

#include "ui/button.h"
#include "ui/tone_label.h"
#include "ui/tones.h"

namespace longview::ui {

MessageStrip::MessageStrip(QWidget* parent)
    : QFrame(parent),
      mark_(new ToneLabel(ToneLabel::Tone::problem, ToneLabel::Size::heading, {}, this)),
      text_(new ToneLabel(ToneLabel::Tone::text, ToneLabel::Size::normal, {}, this)),
      dismiss_(new Button(Button::Kind::quiet, tr("&Dismiss"), this)) {
    setObjectName(QStringLiteral("messageStrip"));
    text_->setObjectName(QStringLiteral("messageText"));
    text_->setWordWrap(true);
    text_->setTextInteractionFlags(Qt::TextSelectableByMouse);
    dismiss_->setObjectName(QStringLiteral("dismissButton"));
    dismiss_->setAccessibleName(tr("Dismiss the message"));
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(14, 6, 8, 6);
    row->setSpacing(10);
    row->addWidget(mark_);
    row->addWidget(text_, 1);
    row->addWidget(dismiss_);
    stay_.setSingleShot(true);
    connect(&stay_, &QTimer::timeout, this, &MessageStrip::fade);
    connect(dismiss_, &QPushButton::clicked, this, &MessageStrip::dismiss);
    hide();
}

void MessageStrip::showProblem(const QString& sentence) {
    stay_.stop();
    problem_ = true;
    mark_->setText(QStringLiteral("⚠"));
    mark_->setTone(ToneLabel::Tone::problem);
    mark_->setAccessibleName(tr("Problem"));
    showSentence(sentence);
}

void MessageStrip::showNotice(const QString& sentence) {
    if (problem_ && !isHidden())
        return; // a problem is not covered by good news
    problem_ = false;
    mark_->setText(QStringLiteral("✓"));
    mark_->setTone(ToneLabel::Tone::accent);
    mark_->setAccessibleName(tr("Notice"));
    showSentence(sentence);
    // a long sentence takes longer to read
    const double seconds = noticeSeconds_ * std::max(1.0, static_cast<double>(sentence.size()) / 90);
    stay_.start(static_cast<int>(seconds * 1000));
}

void MessageStrip::showSentence(const QString& sentence) {
    setGraphicsEffect(nullptr);
    text_->setText(sentence);
    setAccessibleName(problem_ ? tr("Problem: %1").arg(sentence) : sentence);
    show();
    update();
    QAccessibleEvent alert(this, QAccessible::Alert);
    QAccessible::updateAccessibility(&alert);
}

void MessageStrip::dismiss() {
    stay_.stop();
    problem_ = false;
    if (dismiss_->hasFocus())
        focusNextChild();
    hide();
}

void MessageStrip::fade() {
    if (dismiss_->hasFocus() || underMouse()) { // somebody is reading it
        stay_.start(1000);
        return;
    }
    auto* effect = new QGraphicsOpacityEffect(this);
    setGraphicsEffect(effect);
    auto* animation = new QPropertyAnimation(effect, "opacity", effect);
    animation->setDuration(350);
    animation->setStartValue(1.0);
    animation->setEndValue(0.0);
    connect(animation, &QPropertyAnimation::finished, this, &MessageStrip::dismiss);
    animation->start(QAbstractAnimation::DeleteWhenStopped);
}

QString MessageStrip::text() const {
    return text_->text();
}

void MessageStrip::paintEvent(QPaintEvent*) {
    const Tones tones = tonesOf(palette());
    QPainter painter(this);
    painter.fillRect(rect(), problem_ ? tones.problemSoft : tones.accentSoft);
    painter.fillRect(QRect(0, 0, 4, height()), problem_ ? tones.problem : tones.accentText);
    painter.fillRect(QRect(0, height() - 1, width(), 1), tones.border);
}

} // namespace longview::ui
