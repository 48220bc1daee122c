#include "ui/tones.h"

#include <algorithm>
#include <cmath>
#include <initializer_list>

namespace longview::ui {
namespace {

double linear(double channel) {
    return channel <= 0.04045 ? channel / 12.92 : std::pow((channel + 0.055) / 1.055, 2.4);
}

double luminance(const QColor& colour) {
    return 0.2126 * linear(colour.redF()) + 0.7152 * linear(colour.greenF()) +
           0.0722 * linear(colour.blueF());
}

/// `colour` moved toward `pole` in small steps until it has `ratio` on every ground.
QColor readable(const QColor& colour, const QColor& pole, std::initializer_list<QColor> grounds,
                double ratio) {
    for (int step = 0; step < 20; ++step) {
        const QColor candidate = mix(colour, pole, step / 20.0);
        const bool enough = std::all_of(grounds.begin(), grounds.end(), [&](const QColor& ground) {
            return contrast(candidate, ground) >= ratio;
        });
        if (enough)
            return candidate;
    }
    return pole;
}

} // namespace

double contrast(const QColor& a, const QColor& b) {
    const double light = std::max(luminance(a), luminance(b));
    const double dark = std::min(luminance(a), luminance(b));
    return (light + 0.05) / (dark + 0.05);
}

QColor mix(const QColor& a, const QColor& b, double share) {
    const auto blend = [share](float from, float to) {
        return static_cast<float>(from + (to - from) * share);
    };
    return QColor::fromRgbF(blend(a.redF(), b.redF()), blend(a.greenF(), b.greenF()),
                            blend(a.blueF(), b.blueF()));
}

Tones tonesOf(const QPalette& palette) {
    Tones tones;
    tones.window = palette.color(QPalette::Active, QPalette::Window);
    tones.base = palette.color(QPalette::Active, QPalette::Base);
    const bool dark = luminance(tones.base) < 0.18;
    const QColor pole = dark ? QColor(Qt::white) : QColor(Qt::black);
    tones.text =
        readable(palette.color(QPalette::Active, QPalette::Text), pole, {tones.base, tones.window}, 7);
    tones.muted = readable(mix(tones.text, tones.base, 0.42), tones.text, {tones.base, tones.window}, 4.9);
    tones.border = mix(tones.window, tones.text, dark ? 0.16 : 0.13);
    tones.outline = readable(mix(tones.base, tones.text, 0.35), tones.text, {tones.base, tones.window}, 3);

    const QColor highlight = palette.color(QPalette::Active, QPalette::Highlight);
    tones.onAccent = luminance(highlight) > 0.36 ? QColor(Qt::black) : QColor(Qt::white);
    const QColor away = tones.onAccent == QColor(Qt::white) ? QColor(Qt::black) : QColor(Qt::white);
    tones.accent = readable(highlight, away, {tones.onAccent}, 4.6);
    tones.accentText = readable(highlight, pole, {tones.base, tones.window}, 4.6);
    tones.accentSoft = mix(tones.base, tones.accent, dark ? 0.24 : 0.13);

    // The one hue a palette has no role for; lightness follows the theme.
    const QColor red = dark ? QColor::fromRgb(0xff, 0x8a, 0x80) : QColor::fromRgb(0xb7, 0x1c, 0x1c);
    tones.problemSoft = mix(tones.base, red, dark ? 0.22 : 0.10);
    tones.problem = readable(red, pole, {tones.problemSoft, tones.base}, 4.5);
    return tones;
}

} // namespace longview::ui
