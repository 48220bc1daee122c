#pragma once
// A label whose colour and size are roles, not values, so that it follows palette and font changes.

#include <QLabel>

namespace longview::ui {

class ToneLabel : public QLabel {
    Q_OBJECT
public:
    enum class Tone { text, muted, accent, problem };
    enum class Size { small, normal, heading, title };
    ToneLabel(Tone tone, Size size, const QString& text = {}, QWidget* parent = nullptr);
    void setTone(Tone tone);

protected:
    void changeEvent(QEvent* event) override;

private:
    void applyTone();
    void applySize();
    Tone tone_;
    Size size_;
};

} // namespace longview::ui
