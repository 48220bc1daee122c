#include "ui/tone_label.h"

#include <QApplication>
#include <QEvent>

#include "ui/tones.h"

namespace longview::ui {

ToneLabel::ToneLabel(Tone tone, Size size, const QString& text, QWidget* parent)
    : QLabel(text, parent), tone_(tone), size_(size) {
    setTextFormat(Qt::PlainText);
    applySize();
    applyTone();
}

void ToneLabel::setTone(Tone tone) {
    tone_ = tone;
    applyTone();
}

void ToneLabel::changeEvent(QEvent* event) {
    QLabel::changeEvent(event);
    if (event->type() == QEvent::PaletteChange)
        applyTone();
    else if (event->type() == QEvent::ApplicationFontChange)
        applySize();
}

void ToneLabel::applyTone() {
    const Tones tones = tonesOf(palette()); // does not look at WindowText, the role set here
    const QColor colour = tone_ == Tone::muted     ? tones.muted
                          : tone_ == Tone::accent  ? tones.accentText
                          : tone_ == Tone::problem ? tones.problem
                                                   : tones.text;
    if (palette().color(QPalette::Active, QPalette::WindowText) == colour && testAttribute(Qt::WA_SetPalette))
        return;
    QPalette own;
    own.setColor(QPalette::WindowText, colour);
    setPalette(own);
}

void ToneLabel::applySize() {
    QFont own = QApplication::font();
    const double points = own.pointSizeF();
    if (size_ == Size::small)
        own.setPointSizeF(points * 0.9);
    if (size_ == Size::heading || size_ == Size::title)
        own.setWeight(QFont::DemiBold);
    if (size_ == Size::heading)
        own.setPointSizeF(points * 1.1);
    if (size_ == Size::title)
        own.setPointSizeF(points * 1.9);
    setFont(own);
}

} // namespace longview::ui
