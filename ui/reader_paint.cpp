// ReaderView: what it draws.

#include <QPaintEvent>
#include <QPainter>

#include <algorithm>

#include "ui/format.h"
#include "ui/reader_view.h"
#include "ui/tones.h"

namespace longview::ui {

void ReaderView::paintEvent(QPaintEvent*) {
    QPainter painter(viewport());
    painter.fillRect(viewport()->rect(), tonesOf(palette()).base);
    double y = -spot_.y;
    for (std::size_t block = spot_.block; block < blocks_.size() && y < viewport()->height(); ++block) {
        paintPage(painter, block, y);
        y += page(block).height();
    }
    if (!blocks_.empty()) {
        dropFarPages();
        syncScrollBar();
    }
}

void ReaderView::paintPage(QPainter& painter, std::size_t block, double y) {
    const TextPage& shown = page(block);
    const Tones tones = tonesOf(palette());
    paintMark(painter, shown, y);
    const auto [from, to] = selectedBytes();
    for (const Paragraph& paragraph : shown.paragraphs()) {
        const double top = y + paragraph.y;
        if (top + paragraph.height < 0)
            continue;
        if (top > viewport()->height())
            break;
        QList<QTextLayout::FormatRange> ranges;
        if (from < to && from < paragraph.end && to > paragraph.begin) {
            QTextLayout::FormatRange range;
            range.start = shown.positionOf(paragraph, std::max(from, paragraph.begin));
            range.length = shown.positionOf(paragraph, to) - range.start;
            range.format.setBackground(tones.accent);
            range.format.setForeground(tones.onAccent);
            ranges.push_back(range);
        }
        painter.setPen(tones.text);
        paragraph.layout->draw(&painter, {left_, top}, ranges);
        if (paragraph.startsLine)
            paintLineNumber(painter, paragraph, top);
    }
}

void ReaderView::paintMark(QPainter& painter, const TextPage& shown, double y) const {
    const auto& paragraphs = shown.paragraphs();
    if (mark_.first >= mark_.second || mark_.second <= paragraphs.front().begin ||
        mark_.first >= paragraphs.back().end)
        return;
    const Tones tones = tonesOf(palette());
    const double top = mark_.first <= paragraphs.front().begin ? 0 : shown.caret(mark_.first).top();
    const bool beyond = mark_.second > paragraphs.back().end;
    const double bottom = beyond ? shown.height() : shown.caret(mark_.second - 1).bottom();
    const QRectF band(left_ - 10, y + top, style_.width + 20, bottom - top);
    painter.fillRect(band, tones.accentSoft);
    painter.fillRect(QRectF(band.left(), band.top(), 3, band.height()), tones.accentText);
}

void ReaderView::paintLineNumber(QPainter& painter, const Paragraph& paragraph, double y) const {
    const QTextLine first = paragraph.layout->lineAt(0);
    if (!first.isValid())
        return;
    QFont small = style_.font;
    small.setFamilies(font().families().isEmpty() ? QStringList{font().family()} : font().families());
    small.setPointSizeF(style_.font.pointSizeF() * 0.72);
    painter.setFont(small);
    painter.setPen(tonesOf(palette()).muted);
    const double base = y + first.y() + first.ascent();
    const QString number = QString::number(paragraph.line + 1);
    const double wide = QFontMetricsF(small).horizontalAdvance(number);
    painter.drawText(QPointF(left_ - 18 - wide, base), number);
}

} // namespace longview::ui
