#pragma once
// What the shapes of the wavefront's cells mean.

#include <QWidget>

namespace longview::ui {

class WavefrontLegend : public QWidget {
    Q_OBJECT
public:
    explicit WavefrontLegend(QWidget* parent = nullptr);
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;
};

} // namespace longview::ui
