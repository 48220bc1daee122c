#pragma once
// Shows the text of a document of any length: only what is seen is laid out. Select, copy, search, zoom, mark
// a stretch.

#include <QAbstractScrollArea>
#include <QBasicTimer>

#include <map>
#include <memory>

#include "inference/values/document.h"
#include "ui/text_blocks.h"
#include "ui/text_page.h"

namespace longview::ui {

class ReaderView : public QAbstractScrollArea {
    Q_OBJECT
public:
    explicit ReaderView(QWidget* parent = nullptr);
    ~ReaderView() override;

    void setDocument(std::shared_ptr<const longview::Document> document);
    const longview::Document* document() const { return document_.get(); }

    /// Scrolls to the bytes [begin, end) and marks them until another stretch is marked or clearMark() is
    /// called.
    void showBytes(std::size_t begin, std::size_t end);
    void clearMark();
    std::pair<std::size_t, std::size_t> markedBytes() const { return mark_; }

    /// Selects the next (or previous) place that holds `words` and shows it; wraps around; letters of ASCII
    /// match in either case. Starts behind the selection, or at it when `fromSelection`. False when there is
    /// none.
    bool find(const QString& words, bool forward, bool fromSelection = false);

    std::pair<std::size_t, std::size_t> selectedBytes() const;
    QString selectedText() const;
    QString visibleText() const;
    std::pair<std::size_t, std::size_t> visibleBytes() const;
    std::size_t visibleLine() const; ///< 1-based, at the top
    int zoom() const { return zoom_; }

public Q_SLOTS:
    void zoomIn();
    void zoomOut();
    void resetZoom();
    void copy();
    void selectAll();

Q_SIGNALS:
    void positionChanged(qulonglong line, qulonglong lines);
    void zoomChanged(int percent);

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void scrollContentsBy(int dx, int dy) override;
    void changeEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;
    void timerEvent(QTimerEvent* event) override;

private:
    struct Spot { ///< the point of the text at the viewport's top edge
        std::size_t block = 0;
        double y = 0; ///< within the block
    };
    const TextPage& page(std::size_t block);
    void relayout(std::size_t topByte);
    void estimateHeights();
    void dropFarPages();
    void scrollTo(std::size_t byte, double share);
    void scrollBy(double pixels);
    void settle(); ///< moves the spot back into the text
    void syncScrollBar();
    void setZoom(int percent);
    bool scrollKey(QKeyEvent* event);
    bool selectKey(QKeyEvent* event);
    std::size_t besides(std::size_t byte, bool forward) const;
    std::size_t byteAt(QPointF viewportPoint);
    double yOf(std::size_t byte); ///< in the viewport; may be outside
    void setSelection(std::size_t anchor, std::size_t caret);
    void paintPage(QPainter& painter, std::size_t block, double y);
    void paintMark(QPainter& painter, const TextPage& page, double y) const;
    void paintLineNumber(QPainter& painter, const Paragraph& paragraph, double y) const;
    double topMargin() const;

    std::shared_ptr<const longview::Document> document_;
    std::vector<TextBlock> blocks_;
    HeightIndex heights_;
    std::map<std::size_t, TextPage> pages_;
    TextStyle style_;
    double rowHeight_ = 20;
    double left_ = 0;   ///< of the text column
    double gutter_ = 0; ///< width of the line numbers
    int zoom_ = 100;
    Spot spot_;
    std::int64_t unit_ = 1; ///< pixels per step of the scroll bar: more than one only for gigantic heights
    bool syncing_ = false;
    std::pair<std::size_t, std::size_t> mark_{0, 0};
    std::size_t anchor_ = 0, caret_ = 0;
    bool selecting_ = false;
    QPointF pointer_;
    QBasicTimer dragScroll_;
};

} // namespace longview::ui
