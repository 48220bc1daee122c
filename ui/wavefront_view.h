#pragma once
// The reading as a grid of segments × layers, with the diagonal front moving through it.

#include <QWidget>

#include <functional>
#include <optional>

#include "ui/cell_tiles.h"
#include "ui/wavefront_geometry.h"

namespace longview::ui {

class WavefrontView : public QWidget {
    Q_OBJECT
public:
    explicit WavefrontView(QWidget* parent = nullptr);

    void setSnapshot(const longview::WavefrontSnapshot& snapshot);
    const longview::WavefrontSnapshot& snapshot() const { return snapshot_; }
    /// Says where a segment is in the document ("lines 301–340"); may be empty.
    void setLocator(std::function<QString(std::int64_t segment)> locator);

    /// "Segment 12 of 430, layer 3 of 16: done, lines 301–340".
    QString describe(const WavefrontCell& cell) const;
    std::optional<WavefrontCell> cursor() const { return cursor_; }
    WavefrontGeometry geometryNow() const;
    /// Cells drawn by the last paint; bounded by the widget's size whatever the document's length.
    int cellsPainted() const { return cellsPainted_; }

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

Q_SIGNALS:
    void segmentActivated(qlonglong segment);
    /// What is under the pointer or the keyboard cursor; empty when nothing is.
    void cellDescribed(const QString& text);

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void changeEvent(QEvent* event) override;
    bool event(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;

private:
    QRect area() const;
    void follow();
    void moveCursor(std::int64_t segments, int layers);
    void setHovered(std::optional<WavefrontCell> cell);
    void tell();
    void describeForAssistance();
    void paintOverview(QPainter& painter, const Tones& tones) const;

    longview::WavefrontSnapshot snapshot_;
    std::function<QString(std::int64_t)> locator_;
    WavefrontGeometry geometry_;
    std::array<CellTiles, 2> tiles_; ///< for columns of either width
    std::optional<WavefrontCell> cursor_, hovered_;
    bool following_ = true; ///< the window moves with the front until a person moves it
    int cellsPainted_ = 0;
    int percentTold_ = -1;
};

} // namespace longview::ui
