#include "ui/text_page.h"

#include <QFontMetricsF>
#include <QTextOption>

#include <algorithm>
#include <cmath>

namespace longview::ui {
namespace {

bool continues(char byte) {
    return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U;
}

bool takesTwoUnits(char byte) { // beyond the basic plane: a surrogate pair in UTF-16
    return static_cast<unsigned char>(byte) >= 0xF0U;
}

std::unique_ptr<QTextLayout> layOut(const QString& text, const TextStyle& style, double& height) {
    auto layout = std::make_unique<QTextLayout>(text, style.font);
    QTextOption option;
    option.setWrapMode(QTextOption::WrapAtWordBoundaryOrAnywhere);
    option.setTabStopDistance(QFontMetricsF(style.font).horizontalAdvance(QLatin1Char(' ')) * 4);
    layout->setTextOption(option);
    layout->beginLayout();
    for (QTextLine line = layout->createLine(); line.isValid(); line = layout->createLine()) {
        line.setLineWidth(style.width);
        line.setPosition({0, height});
        height += std::ceil(line.height() + style.leading);
    }
    layout->endLayout();
    return layout;
}

} // namespace

TextPage::TextPage(const std::string& text, const TextBlock& block, const TextStyle& style) : text_(text) {
    std::size_t line = block.firstLine;
    for (std::size_t begin = block.begin; begin < block.end; ++line) {
        const std::size_t newline = std::min(text.find('\n', begin), block.end);
        Paragraph paragraph;
        paragraph.begin = begin;
        paragraph.end = newline;
        paragraph.line = line;
        paragraph.startsLine = begin == 0 || text[begin - 1] == '\n';
        paragraph.y = height_;
        paragraph.layout =
            layOut(QString::fromUtf8(text.data() + begin, static_cast<qsizetype>(newline - begin)), style,
                   paragraph.height);
        if (newline < block.end)
            paragraph.height += style.gap;
        height_ += paragraph.height;
        paragraphs_.push_back(std::move(paragraph));
        begin = newline + 1;
    }
}

const Paragraph& TextPage::paragraphAtY(double y) const {
    const auto after =
        std::upper_bound(paragraphs_.begin(), paragraphs_.end(), y,
                         [](double value, const Paragraph& paragraph) { return value < paragraph.y; });
    return after == paragraphs_.begin() ? paragraphs_.front() : *(after - 1);
}

const Paragraph& TextPage::paragraphOf(std::size_t byte) const {
    const auto after = std::upper_bound(
        paragraphs_.begin(), paragraphs_.end(), byte,
        [](std::size_t value, const Paragraph& paragraph) { return value < paragraph.begin; });
    return after == paragraphs_.begin() ? paragraphs_.front() : *(after - 1);
}

std::size_t TextPage::byteAt(QPointF point) const {
    const Paragraph& paragraph = paragraphAtY(point.y());
    const double y = point.y() - paragraph.y;
    QTextLine found;
    for (int i = 0; i < paragraph.layout->lineCount(); ++i) {
        const QTextLine line = paragraph.layout->lineAt(i);
        if (i > 0 && line.y() > y)
            break;
        found = line;
    }
    return found.isValid() ? byteOf(paragraph, found.xToCursor(point.x())) : paragraph.begin;
}

QRectF TextPage::caret(std::size_t byte) const {
    const Paragraph& paragraph = paragraphOf(byte);
    const int position = positionOf(paragraph, byte);
    const QTextLine line = paragraph.layout->lineForTextPosition(position);
    if (!line.isValid())
        return {0, paragraph.y, 1, paragraph.height};
    return {line.cursorToX(position), paragraph.y + line.y(), 1, line.height()};
}

int TextPage::positionOf(const Paragraph& paragraph, std::size_t byte) const {
    int position = 0;
    const std::size_t end = std::min(byte, paragraph.end);
    for (std::size_t i = paragraph.begin; i < end; ++i) {
        if (!continues(text_[i]))
            position += takesTwoUnits(text_[i]) ? 2 : 1;
    }
    return position;
}

std::size_t TextPage::byteOf(const Paragraph& paragraph, int position) const {
    std::size_t byte = paragraph.begin;
    while (position > 0 && byte < paragraph.end) {
        position -= takesTwoUnits(text_[byte]) ? 2 : 1;
        ++byte;
        while (byte < paragraph.end && continues(text_[byte]))
            ++byte;
    }
    return byte;
}

} // namespace longview::ui
