#pragma once
// The window's push button: flat, drawn from the palette, with a focus ring that does not rely on colour.

#include <QPushButton>

namespace longview::ui {

class Button : public QPushButton {
    Q_OBJECT
public:
    enum class Kind {
        primary, ///< the one next step
        plain,   ///< everything else
        quiet,   ///< no frame until hovered or focused
        chip,    ///< a suggestion; elides its text
    };
    Button(Kind kind, const QString& text, QWidget* parent = nullptr);

    void setKind(Kind kind);
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    QSize textSize() const;
    Kind kind_;
};

} // namespace longview::ui
