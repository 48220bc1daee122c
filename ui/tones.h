#pragma once
// Every colour of the window, derived from one QPalette, so that light, dark and high-contrast themes are
// followed live.

#include <QColor>
#include <QPalette>

namespace longview::ui {

struct Tones {
    QColor window;      ///< behind everything
    QColor base;        ///< behind text to read, and cards
    QColor text;        ///< reads on base and window
    QColor muted;       ///< secondary text; still at least 4.5 : 1 on base and window
    QColor border;      ///< hairlines
    QColor outline;     ///< edges that carry meaning: at least 3 : 1 on base and window
    QColor accent;      ///< fills; at least 3 : 1 on base and 4.5 : 1 under onAccent
    QColor onAccent;    ///< text on accent
    QColor accentText;  ///< accent as text; at least 4.5 : 1 on base and window
    QColor accentSoft;  ///< a tint of base; text and muted read on it
    QColor problemSoft; ///< behind a problem; text reads on it
    QColor problem;     ///< the mark of a problem; at least 3 : 1 on problemSoft
};

/// WCAG 2 contrast ratio, 1 to 21.
double contrast(const QColor& a, const QColor& b);
/// `share` of b in a: 0 gives a, 1 gives b.
QColor mix(const QColor& a, const QColor& b, double share);
Tones tonesOf(const QPalette& palette);

} // namespace longview::ui
