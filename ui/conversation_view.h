#pragma once
// The questions and answers about one document, newest at the bottom.

#include <QPointer>
#include <QScrollArea>

#include <vector>

#include "inference/values/exchange.h"

class QVBoxLayout;

namespace longview::ui {

class Button;
class ExchangeCard;
class ToneLabel;

class ConversationView : public QScrollArea {
    Q_OBJECT
public:
    explicit ConversationView(QWidget* parent = nullptr);

    void setExchanges(const std::vector<longview::Exchange>& exchanges);
    /// Brings that exchange to the top of the view, now or with the next exchanges that are set, and keeps it
    /// there until somebody scrolls or asks. Without a question: none.
    void seek(const QString& question, const QString& askedAt);
    void start(const QString& question);
    void append(const QString& piece);
    void setStatus(const QString& status);
    void finish(const longview::Exchange& exchange);
    /// The answer that was begun will not come.
    void abandon(const QString& reason);
    int exchanges() const { return finished_; }
    void setEmptyText(const QString& text);

Q_SIGNALS:
    void countChanged(int exchanges);
    void placeRequested(qulonglong begin, qulonglong end); ///< see ExchangeCard

protected:
    void resizeEvent(QResizeEvent* event) override;
    bool focusNextPrevChild(bool next) override;

private:
    void showEarlier();
    ExchangeCard* addCard(const QString& question);
    ExchangeCard* insertCard(const QString& question, int position);
    void setCount(int finished);
    void showSought();
    void forgetSought();
    void keepPlace();
    QVBoxLayout* list_;
    ToneLabel* empty_;
    Button* earlier_;
    ExchangeCard* open_ = nullptr;
    QWidget* lastStop_ = nullptr;            ///< of the tab order
    std::vector<longview::Exchange> hidden_; ///< older ones, made into cards on request
    QString soughtQuestion_, soughtAt_;
    QPointer<ExchangeCard> sought_; ///< its card, when there is one
    int finished_ = 0;
    bool atEnd_ = true;
};

} // namespace longview::ui
