#include "ui/wavefront_view.h"

#include <QAccessible>
#include <QHelpEvent>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QToolTip>

#include <algorithm>
#include <cmath>

#include "ui/format.h"

namespace longview::ui {
namespace {

constexpr int margin = 3; // room for the focus ring and the cursor's frame

} // namespace

WavefrontView::WavefrontView(QWidget* parent) : QWidget(parent) {
    setObjectName(QStringLiteral("wavefront"));
    setAccessibleName(tr("Reading progress, segments by layers"));
    setFocusPolicy(Qt::StrongFocus);
    setMouseTracking(true);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    describeForAssistance();
}

void WavefrontView::setLocator(std::function<QString(std::int64_t)> locator) {
    locator_ = std::move(locator);
}

QRect WavefrontView::area() const {
    return rect().adjusted(margin, margin, -margin, -margin);
}

QSize WavefrontView::sizeHint() const {
    return {420,
            WavefrontGeometry::idealHeight(std::max(1, snapshot_.layers), geometry_.windowed()) + 2 * margin};
}

QSize WavefrontView::minimumSizeHint() const {
    return {160, sizeHint().height()};
}

WavefrontGeometry WavefrontView::geometryNow() const {
    return geometry_;
}

void WavefrontView::setSnapshot(const WavefrontSnapshot& snapshot) {
    if (snapshot == snapshot_)
        return;
    const bool otherShape = snapshot.layers != snapshot_.layers || snapshot.segments != snapshot_.segments;
    const bool restarted = snapshot.running && snapshot.cells_done() < snapshot_.cells_done();
    snapshot_ = snapshot;
    if (otherShape) {
        geometry_ = WavefrontGeometry::fit(area(), snapshot_.segments, snapshot_.layers);
        cursor_.reset();
        hovered_.reset();
        updateGeometry();
    }
    following_ = following_ || otherShape || restarted;
    follow();
    describeForAssistance();
    if (cursor_ || hovered_)
        tell();
    update();
}

void WavefrontView::follow() {
    if (!following_ || geometry_.columns == 0)
        return;
    const WavefrontCounts counts = countsOf(snapshot_);
    // The front stands still at three quarters and the document moves under it.
    geometry_.lookAt(counts.known() + counts.running, 0.75);
}

void WavefrontView::resizeEvent(QResizeEvent* event) {
    QWidget::resizeEvent(event);
    const std::int64_t first = geometry_.first;
    const bool windowed = geometry_.windowed();
    geometry_ = WavefrontGeometry::fit(area(), snapshot_.segments, snapshot_.layers);
    geometry_.lookAt(first, 0);
    follow();
    if (windowed != geometry_.windowed())
        updateGeometry();
}

void WavefrontView::changeEvent(QEvent* event) {
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange)
        update();
}

void WavefrontView::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    const Tones tones = tonesOf(palette());
    cellsPainted_ = 0;
    if (geometry_.columns > 0) {
        const int narrow = geometry_.grid.width() / geometry_.columns;
        const QSize size(narrow - (geometry_.cell(geometry_.first, 0).width() < narrow ? 1 : 0),
                         geometry_.cell(geometry_.first, 0).height());
        tiles_[0].prepare(size, devicePixelRatioF(), tones);
        tiles_[1].prepare(size + QSize(1, 0), devicePixelRatioF(), tones);
        for (int column = 0; column < geometry_.columns; ++column) {
            const std::int64_t segment = geometry_.first + column;
            const bool wide = geometry_.cell(segment, 0).width() > size.width();
            for (int layer = 0; layer < geometry_.layers; ++layer, ++cellsPainted_)
                painter.drawPixmap(geometry_.cell(segment, layer).topLeft(),
                                   tiles_[wide ? 1 : 0].of(snapshot_.status(segment, layer)));
        }
        if (!geometry_.overview.isEmpty())
            paintOverview(painter, tones);
    }
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setBrush(Qt::NoBrush);
    for (const auto& cell : {hovered_, cursor_}) {
        if (!cell || geometry_.cell(cell->segment, cell->layer).isNull())
            continue;
        const QRectF frame =
            QRectF(geometry_.cell(cell->segment, cell->layer)).adjusted(-1.5, -1.5, 1.5, 1.5);
        painter.setPen(QPen(tones.base, 4));
        painter.drawRoundedRect(frame, 3, 3);
        painter.setPen(QPen(tones.text, 2));
        painter.drawRoundedRect(frame, 3, 3);
    }
    if (hasFocus()) {
        painter.setPen(QPen(tones.accentText, 2));
        painter.drawRoundedRect(QRectF(rect()).adjusted(1, 1, -1, -1), 5, 5);
    }
}

void WavefrontView::paintOverview(QPainter& painter, const Tones& tones) const {
    const WavefrontCounts counts = countsOf(snapshot_);
    const auto restored = static_cast<double>(counts.restored);
    const auto known = static_cast<double>(counts.known());
    const auto entered = known + static_cast<double>(counts.running);
    painter.fillRect(geometry_.overview, tones.base);
    painter.fillRect(geometry_.overviewOf(0, restored), tones.accentSoft);
    painter.fillRect(geometry_.overviewOf(0, restored), brushOf(CellStatus::restored, tones));
    painter.fillRect(geometry_.overviewOf(restored, known), tones.accent);
    QRect front = geometry_.overviewOf(known, entered);
    if (counts.running > 0) {
        front.setWidth(std::max(2, front.width()));
        painter.fillRect(front, tones.text);
    }
    painter.setPen(mix(tones.base, tones.text, 0.22));
    painter.drawRect(geometry_.overview.adjusted(0, 0, -1, -1));
    QRect window = geometry_.overviewOf(static_cast<double>(geometry_.first),
                                        static_cast<double>(geometry_.first + geometry_.columns));
    window.setWidth(std::max(6, window.width()));
    window.moveRight(std::min(window.right(), geometry_.overview.right()));
    painter.setPen(QPen(tones.text, 1));
    painter.drawRect(window.adjusted(0, -3, -1, 2));
}

QString WavefrontView::describe(const WavefrontCell& cell) const {
    const QString status = nameOf(snapshot_.status(cell.segment, cell.layer));
    const QString where = locator_ ? locator_(cell.segment) : QString();
    const QString text = tr("Segment %1 of %2, layer %3 of %4: %5")
                             .arg(wholeNumber(cell.segment + 1), wholeNumber(snapshot_.segments))
                             .arg(cell.layer + 1)
                             .arg(snapshot_.layers)
                             .arg(status);
    return where.isEmpty() ? text : tr("%1 – %2").arg(text, where);
}

void WavefrontView::describeForAssistance() {
    const WavefrontCounts counts = countsOf(snapshot_);
    const int percent = static_cast<int>(std::floor(counts.share * 100));
    const QString text =
        snapshot_.segments == 0
            ? tr("Nothing to show yet.")
            : tr("%1 percent of %2 segments through %3 layers: %4 restored, %5 done, %6 running, %7 waiting. "
                 "Arrow keys move from cell to cell, Enter shows the segment in the document.")
                  .arg(percent)
                  .arg(wholeNumber(snapshot_.segments))
                  .arg(snapshot_.layers)
                  .arg(wholeNumber(counts.restored), wholeNumber(counts.done), wholeNumber(counts.running),
                       wholeNumber(counts.waiting));
    setAccessibleDescription(text);
    if (percent / 10 != percentTold_ / 10) { // every tenth, so that a screen reader is not flooded
        percentTold_ = percent;
        QAccessibleEvent changed(this, QAccessible::DescriptionChanged);
        QAccessible::updateAccessibility(&changed);
    }
}

} // namespace longview::ui
