#include "ui/reader_view.h"

#include <QApplication>
#include <QFontMetricsF>
#include <QResizeEvent>
#include <QScrollBar>

#include <algorithm>
#include <cmath>
#include <iterator>

#include "ui/format.h"
#include "ui/reader_accessible.h"

namespace longview::ui {
namespace {

constexpr std::int64_t greatestHeight = 1'000'000'000; // the scroll bar counts in int
constexpr double readableColumns = 74;                 // letters in a line that is easy to read

QFont readingFont(int zoom) {
    const QFont base = QApplication::font();
    QFont font(QStringList{QStringLiteral("Noto Serif"), QStringLiteral("Source Serif 4"),
                           QStringLiteral("Charter"), QStringLiteral("Liberation Serif"),
                           QStringLiteral("DejaVu Serif")});
    font.setStyleHint(QFont::Serif);
    font.setPointSizeF(std::max(base.pointSizeF(), 6.0) * 1.12 * zoom / 100.0);
    return font;
}

} // namespace

ReaderView::ReaderView(QWidget* parent) : QAbstractScrollArea(parent) {
    ReaderAccessible::install();
    setObjectName(QStringLiteral("reader"));
    setAccessibleName(tr("Document text"));
    setAccessibleDescription(
        tr("The document. Arrow keys scroll, Shift with arrow keys selects, Ctrl+C copies."));
    setFocusPolicy(Qt::StrongFocus);
    setFrameShape(QFrame::NoFrame);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOn);
    viewport()->setCursor(Qt::IBeamCursor);
    viewport()->setBackgroundRole(QPalette::Base);
    setMinimumSize(260, 160);
}

ReaderView::~ReaderView() = default;

void ReaderView::setDocument(std::shared_ptr<const Document> document) {
    document_ = std::move(document);
    blocks_.clear();
    mark_ = {0, 0};
    anchor_ = caret_ = 0;
    if (document_ != nullptr) {
        const bool numbered = !document_->line_starts.empty() || document_->text.empty();
        blocks_ = cutIntoBlocks(document_->text,
                                numbered ? document_->line_starts : line_starts_of(document_->text));
    }
    relayout(0);
}

double ReaderView::topMargin() const {
    return std::round(rowHeight_ * 0.9);
}

void ReaderView::relayout(std::size_t topByte) {
    pages_.clear();
    style_.font = readingFont(zoom_);
    const QFontMetricsF metrics(style_.font);
    style_.leading = std::round(metrics.height() * 0.22);
    style_.gap = std::round(metrics.height() * 0.3);
    rowHeight_ = std::ceil(metrics.height() + style_.leading);
    const std::size_t lines = blocks_.empty() ? 1 : blocks_.back().firstLine + blocks_.back().lines;
    const double digit = metrics.horizontalAdvance(QLatin1Char('0')) * 0.8;
    gutter_ = digit * static_cast<double>(std::max<std::size_t>(3, std::to_string(lines).size())) + 20;
    const double room = viewport()->width() - gutter_ - 3 * digit;
    style_.width = std::max(80.0, std::min(room, metrics.averageCharWidth() * readableColumns));
    left_ = gutter_ + std::max(0.0, std::floor((room - style_.width) / 2)) + digit;
    estimateHeights();
    if (!blocks_.empty())
        scrollTo(topByte, 0);
    else
        syncScrollBar();
    viewport()->update();
}

void ReaderView::estimateHeights() {
    const double perRow =
        std::max(1.0, style_.width / (QFontMetricsF(style_.font).averageCharWidth() * 1.02));
    std::vector<std::int64_t> heights;
    heights.reserve(blocks_.size());
    for (const TextBlock& block : blocks_) {
        const double full = static_cast<double>(block.end - block.begin) / perRow;
        const double rows = std::max<double>(block.lines, full + 0.45 * block.lines);
        heights.push_back(std::llround(rows * rowHeight_ + block.lines * style_.gap));
    }
    heights_.assign(std::move(heights));
}

const TextPage& ReaderView::page(std::size_t block) {
    const auto found = pages_.find(block);
    if (found != pages_.end())
        return found->second;
    const auto made = pages_.try_emplace(block, document_->text, blocks_[block], style_).first;
    heights_.set(block, std::llround(made->second.height()));
    return made->second;
}

void ReaderView::dropFarPages() {
    constexpr std::size_t near = 24;
    std::erase_if(pages_, [&](const auto& entry) {
        const std::size_t block = entry.first;
        return block + near < spot_.block || (block > spot_.block + near && block + 4 < blocks_.size());
    });
}

void ReaderView::scrollTo(std::size_t byte, double share) {
    spot_.block = blockAt(blocks_, byte);
    const double into = page(spot_.block).caret(byte).y();
    spot_.y = byte == 0 ? -topMargin() : into;
    scrollBy(-share * viewport()->height());
}

void ReaderView::scrollBy(double pixels) {
    if (blocks_.empty())
        return;
    spot_.y += pixels;
    settle();
    syncScrollBar();
    viewport()->update();
    Q_EMIT positionChanged(visibleLine(), blocks_.back().firstLine + blocks_.back().lines);
}

void ReaderView::settle() {
    while (spot_.y < 0 && spot_.block > 0) {
        --spot_.block;
        spot_.y += page(spot_.block).height();
    }
    while (spot_.block + 1 < blocks_.size() && spot_.y >= page(spot_.block).height()) {
        spot_.y -= page(spot_.block).height();
        ++spot_.block;
    }
    // Not past the end: the last row stays at the bottom edge, with a margin below it.
    double below = viewport()->height() - topMargin();
    Spot last{blocks_.size() - 1, 0};
    while (true) {
        below -= page(last.block).height();
        if (below <= 0 || last.block == 0)
            break;
        --last.block;
    }
    last.y = -below;
    if (spot_.block > last.block || (spot_.block == last.block && spot_.y > last.y))
        spot_ = last;
    if (spot_.block == 0)
        spot_.y = std::max(spot_.y, -topMargin());
}

void ReaderView::syncScrollBar() {
    QScrollBar* bar = verticalScrollBar();
    const auto high = static_cast<std::int64_t>(viewport()->height());
    const auto margins = std::llround(2 * topMargin());
    const std::int64_t total = blocks_.empty() ? 0 : heights_.total() + margins;
    unit_ = 1 + total / greatestHeight;
    const double position =
        blocks_.empty() ? 0 : static_cast<double>(heights_.before(spot_.block)) + spot_.y + topMargin();
    syncing_ = true;
    bar->setRange(0, static_cast<int>(std::max<std::int64_t>(0, total - high) / unit_));
    bar->setPageStep(static_cast<int>(std::max<std::int64_t>(1, high / unit_)));
    bar->setSingleStep(static_cast<int>(std::max(1.0, rowHeight_ / static_cast<double>(unit_))));
    bar->setValue(static_cast<int>(position / static_cast<double>(unit_)));
    syncing_ = false;
}

void ReaderView::scrollContentsBy(int, int dy) {
    if (syncing_ || blocks_.empty())
        return;
    const double pixels = -static_cast<double>(dy) * static_cast<double>(unit_);
    if (std::abs(pixels) <= 2.0 * viewport()->height()) {
        scrollBy(pixels);
        return;
    }
    const std::int64_t position = verticalScrollBar()->value() * unit_ - std::llround(topMargin());
    spot_.block = heights_.find(std::max<std::int64_t>(0, position));
    spot_.y = static_cast<double>(position - heights_.before(spot_.block));
    scrollBy(0);
}

void ReaderView::resizeEvent(QResizeEvent* event) {
    QAbstractScrollArea::resizeEvent(event);
    const bool atTop = spot_.block == 0 && spot_.y <= 0;
    relayout(atTop || blocks_.empty() ? 0 : visibleBytes().first);
}

void ReaderView::changeEvent(QEvent* event) {
    QAbstractScrollArea::changeEvent(event);
    if (event->type() == QEvent::ApplicationFontChange)
        relayout(blocks_.empty() ? 0 : visibleBytes().first);
    if (event->type() == QEvent::PaletteChange)
        viewport()->update();
}

void ReaderView::showBytes(std::size_t begin, std::size_t end) {
    if (blocks_.empty())
        return;
    mark_ = {std::min(begin, document_->text.size()), std::min(end, document_->text.size())};
    scrollTo(mark_.first, 0.2);
}

void ReaderView::clearMark() {
    mark_ = {0, 0};
    viewport()->update();
}

std::pair<std::size_t, std::size_t> ReaderView::visibleBytes() const {
    if (blocks_.empty())
        return {0, 0};
    const auto found = pages_.find(spot_.block);
    if (found == pages_.end())
        return {blocks_[spot_.block].begin, blocks_[spot_.block].end};
    const std::size_t begin = found->second.byteAt({0, spot_.y});
    double y = -spot_.y;
    auto last = found;
    for (auto next = std::next(last); next != pages_.end(); ++next) {
        if (y + last->second.height() >= viewport()->height())
            break;
        y += last->second.height();
        last = next;
    }
    return {begin, last->second.byteAt({style_.width, viewport()->height() - y})};
}

QString ReaderView::visibleText() const {
    const auto [from, to] = visibleBytes();
    return blocks_.empty()
               ? QString()
               : QString::fromUtf8(document_->text.data() + from, static_cast<qsizetype>(to - from));
}

std::size_t ReaderView::visibleLine() const {
    return blocks_.empty() ? 0 : document_->line_at(visibleBytes().first);
}

void ReaderView::setZoom(int percent) {
    const int bounded = std::clamp(percent, 60, 300);
    if (bounded == zoom_)
        return;
    const std::size_t top = blocks_.empty() || (spot_.block == 0 && spot_.y <= 0) ? 0 : visibleBytes().first;
    zoom_ = bounded;
    relayout(top);
    Q_EMIT zoomChanged(zoom_);
}

void ReaderView::zoomIn() {
    setZoom(zoom_ + 10);
}
void ReaderView::zoomOut() {
    setZoom(zoom_ - 10);
}
void ReaderView::resetZoom() {
    setZoom(100);
}

} // namespace longview::ui
