// WavefrontView: keys and mouse.

#include <QAccessible>
#include <QHelpEvent>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QToolTip>

#include <algorithm>

#include "ui/wavefront_view.h"

namespace longview::ui {

bool WavefrontView::event(QEvent* event) {
    if (event->type() == QEvent::ToolTip) {
        auto* help = static_cast<QHelpEvent*>(event);
        if (const auto cell = geometry_.cellAt(help->pos()))
            QToolTip::showText(help->globalPos(), describe(*cell), this,
                               geometry_.cell(cell->segment, cell->layer));
        else
            QToolTip::hideText();
        return true;
    }
    return QWidget::event(event);
}

void WavefrontView::keyPressEvent(QKeyEvent* event) {
    const bool far = event->modifiers().testFlag(Qt::ControlModifier);
    const std::int64_t step = far ? 10 : 1;
    switch (event->key()) {
    case Qt::Key_Left:
        moveCursor(-step, 0);
        return;
    case Qt::Key_Right:
        moveCursor(step, 0);
        return;
    case Qt::Key_Up:
        moveCursor(0, -1);
        return;
    case Qt::Key_Down:
        moveCursor(0, 1);
        return;
    case Qt::Key_PageUp:
        moveCursor(-geometry_.columns, 0);
        return;
    case Qt::Key_PageDown:
        moveCursor(geometry_.columns, 0);
        return;
    case Qt::Key_Home:
        moveCursor(-snapshot_.segments, 0);
        return;
    case Qt::Key_End:
        moveCursor(snapshot_.segments, 0);
        return;
    case Qt::Key_Return:
    case Qt::Key_Enter:
    case Qt::Key_Space:
        if (cursor_)
            Q_EMIT segmentActivated(cursor_->segment);
        return;
    default:
        QWidget::keyPressEvent(event);
    }
}

void WavefrontView::moveCursor(std::int64_t segments, int layers) {
    if (snapshot_.segments == 0 || snapshot_.layers == 0)
        return;
    if (!cursor_) { // starts where the eye is: at the front
        const WavefrontCounts counts = countsOf(snapshot_);
        const bool jump = std::abs(segments) >= snapshot_.segments;
        cursor_ = WavefrontCell{std::clamp<std::int64_t>(counts.known(), 0, snapshot_.segments - 1), 0};
        if (!jump)
            segments = layers = 0;
    }
    cursor_->segment = std::clamp<std::int64_t>(cursor_->segment + segments, 0, snapshot_.segments - 1);
    cursor_->layer = std::clamp(cursor_->layer + layers, 0, snapshot_.layers - 1);
    following_ = false;
    geometry_.reveal(cursor_->segment);
    tell();
    update();
}

void WavefrontView::tell() {
    const auto& cell = hovered_ ? hovered_ : cursor_;
    const QString text = cell ? describe(*cell) : QString();
    Q_EMIT cellDescribed(text);
    if (hasFocus() && cursor_ && !hovered_ && text != accessibleName()) {
        setAccessibleName(text);
        QAccessibleEvent changed(this, QAccessible::NameChanged);
        QAccessible::updateAccessibility(&changed);
    }
}

void WavefrontView::mousePressEvent(QMouseEvent* event) {
    if (event->button() != Qt::LeftButton)
        return;
    const QPoint point = event->position().toPoint();
    if (const auto cell = geometry_.cellAt(point)) {
        cursor_ = *cell;
        tell();
        Q_EMIT segmentActivated(cell->segment);
    } else if (const auto segment = geometry_.overviewSegmentAt(point)) {
        following_ = false;
        geometry_.lookAt(*segment, 0.5);
    }
    update();
}

void WavefrontView::mouseMoveEvent(QMouseEvent* event) {
    const QPoint point = event->position().toPoint();
    if (event->buttons().testFlag(Qt::LeftButton) && geometry_.overviewSegmentAt(point)) {
        following_ = false;
        geometry_.lookAt(*geometry_.overviewSegmentAt(point), 0.5);
        update();
    }
    setHovered(geometry_.cellAt(point));
    const bool active = hovered_ || geometry_.overviewSegmentAt(point);
    setCursor(active ? Qt::PointingHandCursor : Qt::ArrowCursor);
}

void WavefrontView::leaveEvent(QEvent* event) {
    QWidget::leaveEvent(event);
    setHovered(std::nullopt);
}

void WavefrontView::focusOutEvent(QFocusEvent* event) {
    QWidget::focusOutEvent(event);
    if (event->reason() != Qt::ActiveWindowFocusReason && event->reason() != Qt::PopupFocusReason) {
        cursor_.reset();
        setAccessibleName(tr("Reading progress, segments by layers"));
        following_ = true;
        follow();
        tell();
    }
    update();
}

void WavefrontView::setHovered(std::optional<WavefrontCell> cell) {
    if (cell == hovered_)
        return;
    hovered_ = cell;
    tell();
    update();
}

} // namespace longview::ui
