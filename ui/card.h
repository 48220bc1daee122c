#pragma once
// A calm surface: rounded, with a hairline, in the palette's base colour. Shows the focus of a field inside
// it.

#include <QFrame>

namespace longview::ui {

class Card : public QFrame {
    Q_OBJECT
public:
    explicit Card(QWidget* parent = nullptr);
    /// Draws the focus ring while `field`, a child, has the keyboard focus.
    void followFocusOf(QWidget* field);

protected:
    void paintEvent(QPaintEvent* event) override;
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    QWidget* field_ = nullptr;
};

} // namespace longview::ui
