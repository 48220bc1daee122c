#include "ui/conversation_view.h"

#include <QScrollBar>
#include <QVBoxLayout>

#include <algorithm>

#include "ui/button.h"
#include "ui/exchange_card.h"
#include "ui/format.h"
#include "ui/tone_label.h"

namespace longview::ui {
namespace {

constexpr std::size_t cardsAtOnce = 50;

} // namespace

ConversationView::ConversationView(QWidget* parent)
    : QScrollArea(parent),
      empty_(new ToneLabel(ToneLabel::Tone::muted, ToneLabel::Size::normal)),
      earlier_(new Button(Button::Kind::quiet, {})) {
    setObjectName(QStringLiteral("conversation"));
    setAccessibleName(tr("Questions and answers"));
    setAccessibleDescription(
        tr("Every question about this document with its answer and timings, the newest last."));
    setFrameShape(QFrame::NoFrame);
    setWidgetResizable(true);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setFocusPolicy(Qt::StrongFocus);
    auto* page = new QWidget;
    page->setObjectName(QStringLiteral("conversationPage"));
    list_ = new QVBoxLayout(page);
    list_->setContentsMargins(0, 0, 6, 4);
    list_->setSpacing(8);
    empty_->setObjectName(QStringLiteral("conversationEmpty"));
    empty_->setWordWrap(true);
    empty_->setAlignment(Qt::AlignCenter);
    earlier_->setObjectName(QStringLiteral("earlierButton"));
    earlier_->hide();
    lastStop_ = earlier_;
    list_->addWidget(earlier_, 0, Qt::AlignHCenter);
    list_->addWidget(empty_, 1);
    list_->addStretch(0);
    setWidget(page);
    page->setAutoFillBackground(false);
    viewport()->setAutoFillBackground(false);
    connect(earlier_, &QPushButton::clicked, this, &ConversationView::showEarlier);
    connect(verticalScrollBar(), &QScrollBar::valueChanged, this,
            [this](int value) { atEnd_ = value >= verticalScrollBar()->maximum() - 4; });
    connect(verticalScrollBar(), &QScrollBar::rangeChanged, this, &ConversationView::keepPlace);
    connect(verticalScrollBar(), &QScrollBar::actionTriggered, this, &ConversationView::forgetSought);
    setEmptyText(tr("Questions and answers appear here."));
}

void ConversationView::setEmptyText(const QString& text) {
    empty_->setText(text);
}

bool ConversationView::focusNextPrevChild(bool next) {
    // Not QScrollArea's, which would keep the focus inside.
    return QWidget::focusNextPrevChild(next); // NOLINT(bugprone-parent-virtual-call)
}

ExchangeCard* ConversationView::addCard(const QString& question) {
    ExchangeCard* card = insertCard(question, list_->count() - 1);
    lastStop_ = card->followInTabOrder(lastStop_);
    return card;
}

ExchangeCard* ConversationView::insertCard(const QString& question, int position) {
    auto* card = new ExchangeCard(question, widget());
    list_->insertWidget(position, card);
    connect(card, &ExchangeCard::placeRequested, this, &ConversationView::placeRequested);
    card->show();
    empty_->hide();
    return card;
}

void ConversationView::setExchanges(const std::vector<Exchange>& exchanges) {
    open_ = nullptr;
    lastStop_ = earlier_;
    const auto old = widget()->findChildren<ExchangeCard*>(QString(), Qt::FindDirectChildrenOnly);
    for (ExchangeCard* card : old) {
        list_->removeWidget(card);
        card->hide();
        card->deleteLater();
    }
    const std::size_t shown = std::min(exchanges.size(), cardsAtOnce);
    const auto split = exchanges.end() - static_cast<std::ptrdiff_t>(shown);
    hidden_.assign(exchanges.begin(), split);
    empty_->setVisible(exchanges.empty());
    for (auto it = split; it != exchanges.end(); ++it)
        addCard(fromUtf8(it->question))->finish(*it);
    earlier_->setText(tr("Show %1 earlier").arg(std::min(hidden_.size(), cardsAtOnce)));
    earlier_->setVisible(!hidden_.empty());
    atEnd_ = true;
    setCount(static_cast<int>(exchanges.size()));
    showSought();
    if (!sought_ && !exchanges.empty()) // none: they are still to come
        forgetSought();
}

void ConversationView::seek(const QString& question, const QString& askedAt) {
    soughtQuestion_ = question;
    soughtAt_ = askedAt;
    showSought();
}

void ConversationView::forgetSought() {
    soughtQuestion_.clear();
    sought_.clear();
}

void ConversationView::showSought() {
    sought_.clear();
    if (soughtQuestion_.isEmpty())
        return;
    while (std::any_of(hidden_.begin(), hidden_.end(), [this](const Exchange& exchange) {
        return fromUtf8(exchange.question) == soughtQuestion_ && fromUtf8(exchange.asked_at) == soughtAt_;
    }))
        showEarlier();
    for (int i = 0; i < list_->count() && !sought_; ++i) {
        auto* card = qobject_cast<ExchangeCard*>(list_->itemAt(i)->widget());
        if (card != nullptr && card->isOf(soughtQuestion_, soughtAt_))
            sought_ = card;
    }
    // Once new cards are laid out: if they are as high as the old ones were, the scroll bar says nothing.
    QMetaObject::invokeMethod(this, &ConversationView::keepPlace, Qt::QueuedConnection);
}

void ConversationView::showEarlier() {
    const std::size_t more = std::min(hidden_.size(), cardsAtOnce);
    for (std::size_t i = 0; i < more; ++i) {
        ExchangeCard* card = insertCard(fromUtf8(hidden_.back().question), 1);
        card->followInTabOrder(earlier_);
        card->finish(hidden_.back());
        hidden_.pop_back();
    }
    earlier_->setText(tr("Show %1 earlier").arg(std::min(hidden_.size(), cardsAtOnce)));
    earlier_->setVisible(!hidden_.empty());
}

void ConversationView::start(const QString& question) {
    if (open_ != nullptr)
        abandon({});
    forgetSought();
    atEnd_ = true;
    open_ = addCard(question);
    open_->setStatus(tr("Recalling…"));
}

void ConversationView::append(const QString& piece) {
    if (open_ != nullptr)
        open_->append(piece);
}

void ConversationView::setStatus(const QString& status) {
    if (open_ != nullptr && open_->answer().isEmpty())
        open_->setStatus(status);
}

void ConversationView::finish(const Exchange& exchange) {
    ExchangeCard* card = open_ != nullptr ? open_ : addCard(fromUtf8(exchange.question));
    card->finish(exchange);
    open_ = nullptr;
    setCount(finished_ + 1);
}

void ConversationView::abandon(const QString& reason) {
    if (open_ != nullptr)
        open_->setStatus(reason.isEmpty() ? tr("No answer.") : reason);
    open_ = nullptr;
}

void ConversationView::setCount(int finished) {
    finished_ = finished;
    Q_EMIT countChanged(finished_);
}

void ConversationView::keepPlace() {
    if (sought_)
        verticalScrollBar()->setValue(sought_->y());
    else if (atEnd_)
        verticalScrollBar()->setValue(verticalScrollBar()->maximum());
}

void ConversationView::resizeEvent(QResizeEvent* event) {
    const bool end = atEnd_;
    QScrollArea::resizeEvent(event);
    atEnd_ = end;
    keepPlace();
}

} // namespace longview::ui
