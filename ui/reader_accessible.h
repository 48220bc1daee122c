#pragma once
// What a screen reader gets of the reader: the text in sight as its value.

#include <QAccessibleWidget>

namespace longview::ui {

class ReaderAccessible : public QAccessibleWidget {
public:
    explicit ReaderAccessible(QWidget* reader);
    QString text(QAccessible::Text kind) const override;
    QAccessible::State state() const override;

    /// Makes every ReaderView answer through this class.
    static void install();
};

} // namespace longview::ui
