#include "ui/exchange_card.h"

#include <QApplication>
#include <QClipboard>
#include <QHBoxLayout>
#include <QTimer>
#include <QVBoxLayout>

#include <utility>

#include "ui/button.h"
#include "ui/flow_layout.h"
#include "ui/format.h"
#include "ui/plain_text_box.h"
#include "ui/tone_label.h"

namespace longview::ui {

ExchangeCard::ExchangeCard(const QString& question, QWidget* parent)
    : Card(parent),
      question_(new PlainTextBox(this)),
      answer_(new PlainTextBox(this)),
      certainty_(new ToneLabel(ToneLabel::Tone::text, ToneLabel::Size::small, {}, this)),
      stopped_(new ToneLabel(ToneLabel::Tone::text, ToneLabel::Size::small, {}, this)),
      mentions_(new QWidget(this)),
      timings_(new ToneLabel(ToneLabel::Tone::muted, ToneLabel::Size::small, {}, this)),
      copy_(new Button(Button::Kind::quiet, tr("Copy"), this)) {
    setObjectName(QStringLiteral("exchange"));
    QFont strong = question_->font();
    strong.setWeight(QFont::DemiBold);
    question_->setFont(strong);
    QFont larger = answer_->font();
    larger.setPointSizeF(larger.pointSizeF() * 1.1);
    answer_->setFont(larger);
    question_->setObjectName(QStringLiteral("question"));
    question_->setAccessibleName(tr("Question"));
    question_->setFocusPolicy(Qt::ClickFocus);
    question_->setText(question);
    answer_->setObjectName(QStringLiteral("answer"));
    answer_->setAccessibleName(tr("Answer to: %1").arg(question));
    answer_->hide();
    timings_->setObjectName(QStringLiteral("timings"));
    timings_->setWordWrap(true);
    timings_->setTextInteractionFlags(Qt::TextSelectableByMouse);
    certainty_->setObjectName(QStringLiteral("certainty"));
    certainty_->setWordWrap(true);
    certainty_->setToolTip(tr("The probability that the model gives to this whole answer"));
    certainty_->hide();
    stopped_->setObjectName(QStringLiteral("stopped"));
    stopped_->setWordWrap(true);
    stopped_->hide();
    mentions_->setObjectName(QStringLiteral("mentions"));
    new FlowLayout(mentions_, 2);
    mentions_->hide();
    copy_->setObjectName(QStringLiteral("copyButton"));
    copy_->setAccessibleName(tr("Copy the answer to: %1").arg(question));
    copy_->hide();

    auto* all = new QVBoxLayout(this);
    all->setContentsMargins(14, 10, 8, 8);
    all->setSpacing(4);
    all->addWidget(question_);
    all->addWidget(answer_);
    all->addWidget(certainty_);
    all->addWidget(stopped_);
    all->addWidget(mentions_);
    auto* foot = new QHBoxLayout;
    foot->addWidget(timings_, 1);
    foot->addWidget(copy_, 0, Qt::AlignBottom);
    all->addLayout(foot);
    connect(copy_, &QPushButton::clicked, this, &ExchangeCard::copyAnswer);
    followFocusOf(answer_);
}

void ExchangeCard::append(const QString& piece) {
    answer_->show();
    answer_->append(piece);
    timings_->setText(tr("Answering…"));
}

void ExchangeCard::setStatus(const QString& status) {
    timings_->setText(status);
}

void ExchangeCard::finish(const Exchange& exchange) {
    askedAt_ = fromUtf8(exchange.asked_at);
    answer_->setText(fromUtf8(exchange.answer));
    answer_->setVisible(!exchange.answer.empty());
    QString stop = stopSentence(exchange.stopped_because);
    if (exchange.answer.empty() && stop.isEmpty())
        stop = tr("The model gave no answer.");
    stopped_->setText(stop);
    stopped_->setVisible(!stop.isEmpty());
    certainty_->setVisible(exchange.confidence.has_value());
    if (exchange.confidence)
        certainty_->setText(certaintySentence(*exchange.confidence));
    showMentions(exchange.mentions);
    timings_->setText(timingLine(exchange));
    copy_->setVisible(!exchange.answer.empty());
}

void ExchangeCard::showMentions(const std::vector<Mention>& mentions) {
    if (mentions.empty())
        return;
    auto* label = new ToneLabel(ToneLabel::Tone::muted, ToneLabel::Size::small, tr("Mentioned:"), mentions_);
    mentions_->layout()->addWidget(label);
    QWidget* before = answer_;
    for (const Mention& mention : mentions) {
        const QString place = fromUtf8(mention.location), quote = fromUtf8(mention.quote);
        auto* button =
            new Button(Button::Kind::chip, QString(place).replace(u'&', QLatin1String("&&")), mentions_);
        button->setObjectName(QStringLiteral("mention"));
        button->setAccessibleName(tr("Show where it is mentioned: %1").arg(place));
        button->setAccessibleDescription(quote);
        button->setToolTip(
            QStringLiteral("<qt>%1</qt>")
                .arg(tr("Found by the words of question and answer: %1").arg(quote).toHtmlEscaped()));
        connect(button, &QPushButton::clicked, this,
                [this, begin = mention.begin, end = mention.end] { Q_EMIT placeRequested(begin, end); });
        mentions_->layout()->addWidget(button);
        label->setMinimumHeight(button->sizeHint().height()); // beside the first row
        setTabOrder(std::exchange(before, button), button);
    }
    mentions_->show();
}

QString ExchangeCard::answer() const {
    return answer_->toPlainText();
}

bool ExchangeCard::isOf(const QString& question, const QString& askedAt) const {
    return askedAt == askedAt_ && question == question_->toPlainText();
}

QWidget* ExchangeCard::followInTabOrder(QWidget* before) {
    QWidget::setTabOrder(before, answer_);
    QWidget::setTabOrder(answer_, copy_);
    return copy_;
}

void ExchangeCard::copyAnswer() {
    QApplication::clipboard()->setText(answer());
    copy_->setText(tr("✓ Copied"));
    QTimer::singleShot(1500, this, [this] { copy_->setText(tr("Copy")); });
}

} // namespace longview::ui
