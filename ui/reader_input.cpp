// ReaderView: keys, mouse, selection and search.

#include <QApplication>
#include <QClipboard>
#include <QContextMenuEvent>
#include <QKeyEvent>
#include <QMenu>
#include <QMouseEvent>
#include <QScrollBar>
#include <QTimerEvent>
#include <QWheelEvent>

#include <algorithm>

#include "ui/reader_view.h"

namespace longview::ui {
namespace {

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool same(char a, char b) {
    return lower(a) == lower(b);
}

bool wordByte(char c) {
    const auto u = static_cast<unsigned char>(c);
    return u >= 0x80U || (lower(c) >= 'a' && lower(c) <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

} // namespace

void ReaderView::keyPressEvent(QKeyEvent* event) {
    if (event->matches(QKeySequence::Copy))
        copy();
    else if (event->matches(QKeySequence::SelectAll))
        selectAll();
    else if (blocks_.empty() || !(selectKey(event) || scrollKey(event)))
        QAbstractScrollArea::keyPressEvent(event);
}

bool ReaderView::scrollKey(QKeyEvent* event) {
    const double pageful = std::max(rowHeight_, viewport()->height() - 2 * rowHeight_);
    const bool back = event->modifiers().testFlag(Qt::ShiftModifier);
    switch (event->key()) {
    case Qt::Key_Up:
        scrollBy(-rowHeight_);
        return true;
    case Qt::Key_Down:
        scrollBy(rowHeight_);
        return true;
    case Qt::Key_PageUp:
        scrollBy(-pageful);
        return true;
    case Qt::Key_PageDown:
        scrollBy(pageful);
        return true;
    case Qt::Key_Space:
        scrollBy(back ? -pageful : pageful);
        return true;
    case Qt::Key_Home:
        scrollTo(0, 0);
        return true;
    case Qt::Key_End:
        scrollTo(document_->text.size(), 0);
        return true;
    default:
        return false;
    }
}

bool ReaderView::selectKey(QKeyEvent* event) {
    if (!event->modifiers().testFlag(Qt::ShiftModifier))
        return false;
    if (anchor_ == caret_ && (yOf(caret_) < 0 || yOf(caret_) > viewport()->height()))
        anchor_ = caret_ = visibleBytes().first; // begin where the eye is
    const QRectF at = page(blockAt(blocks_, caret_)).caret(caret_);
    const QPointF point(left_ + at.x(), yOf(caret_) + at.height() / 2);
    std::size_t next;
    switch (event->key()) {
    case Qt::Key_Left:
        next = besides(caret_, false);
        break;
    case Qt::Key_Right:
        next = besides(caret_, true);
        break;
    case Qt::Key_Up:
        next = byteAt(point - QPointF(0, rowHeight_));
        break;
    case Qt::Key_Down:
        next = byteAt(point + QPointF(0, rowHeight_));
        break;
    case Qt::Key_Home:
        next = event->modifiers().testFlag(Qt::ControlModifier) ? 0 : byteAt({left_, point.y()});
        break;
    case Qt::Key_End:
        next = event->modifiers().testFlag(Qt::ControlModifier) ? document_->text.size()
                                                                : byteAt({left_ + style_.width, point.y()});
        break;
    default:
        return false;
    }
    setSelection(anchor_, next);
    const double y = yOf(caret_);
    if (y < 0 || y + 2 * rowHeight_ > viewport()->height())
        scrollTo(caret_, y < 0 ? 0.05 : 0.85);
    return true;
}

std::size_t ReaderView::besides(std::size_t byte, bool forward) const {
    const std::string& text = document_->text;
    const auto inside = [&](std::size_t at) {
        return at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U;
    };
    if (forward ? byte >= text.size() : byte == 0)
        return byte;
    do
        byte = forward ? byte + 1 : byte - 1;
    while (byte > 0 && inside(byte));
    return byte;
}

std::size_t ReaderView::byteAt(QPointF point) {
    if (blocks_.empty())
        return 0;
    std::size_t block = spot_.block;
    double y = point.y() + spot_.y;
    while (y < 0 && block > 0)
        y += page(--block).height();
    while (block + 1 < blocks_.size() && y >= page(block).height())
        y -= page(block++).height();
    return page(block).byteAt({point.x() - left_, y});
}

double ReaderView::yOf(std::size_t byte) {
    const std::size_t block = blockAt(blocks_, byte);
    const double inBlock = page(block).caret(byte).y();
    return static_cast<double>(heights_.before(block) - heights_.before(spot_.block)) + inBlock - spot_.y;
}

void ReaderView::setSelection(std::size_t anchor, std::size_t caret) {
    anchor_ = anchor;
    caret_ = caret;
    viewport()->update();
}

std::pair<std::size_t, std::size_t> ReaderView::selectedBytes() const {
    return std::minmax(anchor_, caret_);
}

QString ReaderView::selectedText() const {
    const auto [from, to] = selectedBytes();
    if (document_ == nullptr || from >= to)
        return {};
    return QString::fromUtf8(document_->text.data() + from, static_cast<qsizetype>(to - from));
}

void ReaderView::copy() {
    const QString text = selectedText();
    if (!text.isEmpty())
        QApplication::clipboard()->setText(text);
}

void ReaderView::selectAll() {
    if (document_ != nullptr)
        setSelection(0, document_->text.size());
}

bool ReaderView::find(const QString& words, bool forward, bool fromSelection) {
    const std::string needle = words.toStdString();
    if (needle.empty() || blocks_.empty())
        return false;
    const std::string& text = document_->text;
    const auto [from, to] = selectedBytes();
    const auto search = [&](auto begin, auto end) {
        return std::search(begin, end, needle.begin(), needle.end(), same);
    };
    std::size_t at;
    if (forward) {
        const std::size_t start = fromSelection ? from : std::max(to, from);
        auto hit = search(text.begin() + static_cast<std::ptrdiff_t>(start), text.end());
        if (hit == text.end())
            hit = search(text.begin(), text.end());
        at = static_cast<std::size_t>(hit - text.begin());
    } else {
        const auto last = [&](auto end) {
            return std::find_end(text.begin(), end, needle.begin(), needle.end(), same);
        };
        const auto end = text.begin() + static_cast<std::ptrdiff_t>(from);
        auto hit = last(end);
        if (hit == end)
            hit = last(text.end());
        at = static_cast<std::size_t>(hit - text.begin());
    }
    if (at >= text.size())
        return false;
    setSelection(at, at + needle.size());
    const double y = yOf(at);
    if (y < rowHeight_ || y > viewport()->height() - 3 * rowHeight_)
        scrollTo(at, 0.33);
    return true;
}

void ReaderView::wheelEvent(QWheelEvent* event) {
    if (event->modifiers().testFlag(Qt::ControlModifier)) {
        if (event->angleDelta().y() != 0)
            event->angleDelta().y() > 0 ? zoomIn() : zoomOut();
        event->accept();
        return;
    }
    QAbstractScrollArea::wheelEvent(event);
}

void ReaderView::mousePressEvent(QMouseEvent* event) {
    if (event->button() != Qt::LeftButton || blocks_.empty())
        return;
    const std::size_t byte = byteAt(event->position());
    setSelection(event->modifiers().testFlag(Qt::ShiftModifier) ? anchor_ : byte, byte);
    selecting_ = true;
}

void ReaderView::mouseMoveEvent(QMouseEvent* event) {
    if (!selecting_)
        return;
    pointer_ = event->position();
    setSelection(anchor_, byteAt(pointer_));
    const bool outside = pointer_.y() < 0 || pointer_.y() > viewport()->height();
    if (outside && !dragScroll_.isActive())
        dragScroll_.start(30, this);
    else if (!outside)
        dragScroll_.stop();
}

void ReaderView::mouseReleaseEvent(QMouseEvent* event) {
    if (event->button() != Qt::LeftButton)
        return;
    selecting_ = false;
    dragScroll_.stop();
    if (QApplication::clipboard()->supportsSelection() && anchor_ != caret_)
        QApplication::clipboard()->setText(selectedText(), QClipboard::Selection);
}

void ReaderView::mouseDoubleClickEvent(QMouseEvent* event) {
    if (event->button() != Qt::LeftButton || blocks_.empty())
        return;
    const std::string& text = document_->text;
    std::size_t begin = byteAt(event->position());
    std::size_t end = begin;
    while (begin > 0 && wordByte(text[begin - 1]))
        --begin;
    while (end < text.size() && wordByte(text[end]))
        ++end;
    setSelection(begin, end);
}

void ReaderView::timerEvent(QTimerEvent* event) {
    if (event->timerId() != dragScroll_.timerId()) {
        QAbstractScrollArea::timerEvent(event);
        return;
    }
    scrollBy(pointer_.y() < 0 ? pointer_.y() : pointer_.y() - viewport()->height());
    setSelection(anchor_, byteAt(pointer_));
}

void ReaderView::contextMenuEvent(QContextMenuEvent* event) {
    QMenu menu(this);
    QAction* copyAction = menu.addAction(tr("&Copy"), this, &ReaderView::copy);
    copyAction->setEnabled(!selectedText().isEmpty());
    menu.addAction(tr("Select &all"), this, &ReaderView::selectAll);
    menu.exec(event->globalPos());
}

void ReaderView::focusInEvent(QFocusEvent* event) {
    QAbstractScrollArea::focusInEvent(event);
    update();
    viewport()->update();
}

void ReaderView::focusOutEvent(QFocusEvent* event) {
    QAbstractScrollArea::focusOutEvent(event);
    update();
    viewport()->update();
}

} // namespace longview::ui
