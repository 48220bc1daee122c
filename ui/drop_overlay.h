#pragma once
// Lies over the window while a file is dragged across it, and says what dropping it would do.

#include <QWidget>

namespace longview::ui {

class DropOverlay : public QWidget {
    Q_OBJECT
public:
    explicit DropOverlay(QWidget* parent);
    void showFor(const QString& fileName);

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    QString text_;
};

} // namespace longview::ui
