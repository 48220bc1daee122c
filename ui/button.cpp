#include "ui/button.h"

#include <QPainter>
#include <QStyleOptionButton>

#include "ui/tones.h"

namespace longview::ui {
namespace {

struct Paint {
    QColor fill, edge, text;
};

Paint paintOf(Button::Kind kind, const Tones& tones, QStyle::State state) {
    const bool enabled = state.testFlag(QStyle::State_Enabled);
    const bool hovered = enabled && state.testFlag(QStyle::State_MouseOver);
    const bool pressed = enabled && state.testFlag(QStyle::State_Sunken);
    if (!enabled)
        return {kind == Button::Kind::quiet ? QColor(Qt::transparent) : mix(tones.window, tones.text, 0.04),
                kind == Button::Kind::quiet ? QColor(Qt::transparent) : tones.border, tones.muted};
    const double press = pressed ? 0.16 : hovered ? 0.08 : 0.0;
    switch (kind) {
    case Button::Kind::primary:
        return {mix(tones.accent, tones.text, press), mix(tones.accent, tones.text, 0.15 + press),
                tones.onAccent};
    case Button::Kind::plain:
        return {mix(tones.base, tones.text, press), mix(tones.border, tones.text, 0.12), tones.text};
    case Button::Kind::quiet:
        return {press > 0 ? mix(tones.window, tones.text, press) : QColor(Qt::transparent), Qt::transparent,
                tones.text};
    case Button::Kind::chip:
        return {mix(tones.accentSoft, tones.text, press * 0.6), mix(tones.accentSoft, tones.accent, 0.35),
                tones.text};
    }
    return {};
}

} // namespace

Button::Button(Kind kind, const QString& text, QWidget* parent) : QPushButton(text, parent), kind_(kind) {
    setAttribute(Qt::WA_Hover);
    setFocusPolicy(Qt::StrongFocus);
    setCursor(Qt::PointingHandCursor);
    setAutoDefault(false);
}

void Button::setKind(Kind kind) {
    kind_ = kind;
    update();
}

QSize Button::textSize() const {
    return fontMetrics().size(Qt::TextShowMnemonic, text());
}

QSize Button::sizeHint() const {
    const QSize content = textSize();
    const int unit = fontMetrics().height();
    const int icons = icon().isNull() ? 0 : iconSize().width() + unit / 3;
    const int margin = kind_ == Kind::quiet ? unit / 2 : kind_ == Kind::chip ? unit * 2 / 3 : unit;
    const int high = kind_ == Kind::chip || kind_ == Kind::quiet ? unit * 3 / 2 + 2 : unit * 2 - 2;
    return {content.width() + icons + 2 * margin, high};
}

QSize Button::minimumSizeHint() const {
    return kind_ == Kind::chip ? QSize(fontMetrics().height() * 4, sizeHint().height()) : sizeHint();
}

void Button::paintEvent(QPaintEvent*) {
    QStyleOptionButton option;
    initStyleOption(&option);
    const Tones tones = tonesOf(palette());
    const Paint paint = paintOf(kind_, tones, option.state);
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const QRectF frame = QRectF(rect()).adjusted(1.5, 1.5, -1.5, -1.5);
    const double radius = kind_ == Kind::chip ? frame.height() / 2 : 6;
    painter.setPen(paint.edge.alpha() == 0 ? QPen(Qt::NoPen) : QPen(paint.edge, 1));
    painter.setBrush(paint.fill);
    painter.drawRoundedRect(frame, radius, radius);
    if (hasFocus()) {
        painter.setBrush(Qt::NoBrush);
        painter.setPen(QPen(tones.accentText, 2));
        painter.drawRoundedRect(QRectF(rect()).adjusted(1, 1, -1, -1), radius + 0.5, radius + 0.5);
        if (kind_ == Kind::primary) {
            painter.setPen(QPen(paint.text, 1));
            painter.drawRoundedRect(QRectF(rect()).adjusted(3.5, 3.5, -3.5, -3.5), radius - 2, radius - 2);
        }
    }
    const int unit = fontMetrics().height();
    QRect content = rect().adjusted(unit / 2, 0, -unit / 2, 0);
    if (!option.icon.isNull()) {
        const int wide = iconSize().width() + (text().isEmpty() ? 0 : unit / 3) + textSize().width();
        content.setLeft(rect().center().x() - wide / 2);
        const QRect place(content.left(), rect().center().y() - iconSize().height() / 2, iconSize().width(),
                          iconSize().height());
        option.icon.paint(&painter, place, Qt::AlignCenter, isEnabled() ? QIcon::Normal : QIcon::Disabled);
        content.setLeft(place.right() + unit / 3);
    }
    painter.setPen(paint.text);
    const bool mnemonic = style()->styleHint(QStyle::SH_UnderlineShortcut, &option, this) != 0;
    const int flags = (option.icon.isNull() ? Qt::AlignCenter : Qt::AlignLeft | Qt::AlignVCenter) |
                      (mnemonic ? Qt::TextShowMnemonic : Qt::TextHideMnemonic);
    const QString shown = textSize().width() <= content.width()
                              ? text()
                              : fontMetrics().elidedText(text(), Qt::ElideRight, content.width(), flags);
    painter.drawText(content, flags, shown);
}

} // namespace longview::ui
