#pragma once
// One question with its answer, as it comes in and as it stays.

#include "inference/values/exchange.h"
#include "ui/card.h"

namespace longview::ui {

class Button;
class PlainTextBox;
class ToneLabel;

class ExchangeCard : public Card {
    Q_OBJECT
public:
    explicit ExchangeCard(const QString& question, QWidget* parent = nullptr);
    void append(const QString& piece);
    /// What happens while there is no answer yet.
    void setStatus(const QString& status);
    void finish(const longview::Exchange& exchange);
    QString answer() const;
    /// Is this the finished exchange with that question, asked then?
    bool isOf(const QString& question, const QString& askedAt) const;
    /// Tab goes from `before` into this card; the widget to go on from comes back.
    QWidget* followInTabOrder(QWidget* before);

Q_SIGNALS:
    /// A place where the answer is mentioned, in bytes of the document.
    void placeRequested(qulonglong begin, qulonglong end);

private:
    void showMentions(const std::vector<longview::Mention>& mentions);
    void copyAnswer();
    QString askedAt_; ///< of the finished exchange
    PlainTextBox* question_;
    PlainTextBox* answer_;
    ToneLabel* certainty_;
    ToneLabel* stopped_;
    QWidget* mentions_;
    ToneLabel* timings_;
    Button* copy_;
};

} // namespace longview::ui
