#pragma once
// One laid-out block of the reader: its paragraphs, wrapped to a width, and the way from bytes to points and
// back.

#include <QFont>
#include <QPointF>
#include <QRectF>
#include <QTextLayout>

#include <memory>
#include <string>
#include <vector>

#include "ui/text_blocks.h"

namespace longview::ui {

struct TextStyle {
    QFont font;
    double width = 400; ///< of a line
    double gap = 0;     ///< below a paragraph
    double leading = 0; ///< between the rows of a paragraph
};

/// A line of the document, or the piece of it that this block holds.
struct Paragraph {
    std::size_t begin = 0;
    std::size_t end = 0;    ///< without the "\n"
    std::size_t line = 0;   ///< 0-based
    bool startsLine = true; ///< false for a later piece of a long line
    double y = 0;
    double height = 0;
    std::unique_ptr<QTextLayout> layout;
};

class TextPage {
public:
    TextPage(const std::string& text, const TextBlock& block, const TextStyle& style);

    double height() const { return height_; }
    const std::vector<Paragraph>& paragraphs() const { return paragraphs_; }
    const Paragraph& paragraphAtY(double y) const;
    const Paragraph& paragraphOf(std::size_t byte) const;
    std::size_t byteAt(QPointF point) const;
    /// Where a caret before `byte` stands.
    QRectF caret(std::size_t byte) const;

    /// UTF-16 position in the paragraph of a byte, and back.
    int positionOf(const Paragraph& paragraph, std::size_t byte) const;
    std::size_t byteOf(const Paragraph& paragraph, int position) const;

private:
    const std::string& text_;
    std::vector<Paragraph> paragraphs_;
    double height_ = 0;
};

} // namespace longview::ui
