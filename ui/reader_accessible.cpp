#include "ui/reader_accessible.h"

#include "ui/reader_view.h"

namespace longview::ui {
namespace {

QAccessibleInterface* make(const QString&, QObject* object) {
    auto* reader = qobject_cast<ReaderView*>(object);
    return reader != nullptr ? new ReaderAccessible(reader) : nullptr;
}

} // namespace

ReaderAccessible::ReaderAccessible(QWidget* reader) : QAccessibleWidget(reader, QAccessible::Document) {}

QString ReaderAccessible::text(QAccessible::Text kind) const {
    const auto* reader = qobject_cast<const ReaderView*>(object());
    if (kind != QAccessible::Value || reader == nullptr)
        return QAccessibleWidget::text(kind);
    const QString selected = reader->selectedText();
    return selected.isEmpty() ? reader->visibleText() : selected;
}

QAccessible::State ReaderAccessible::state() const {
    QAccessible::State state = QAccessibleWidget::state();
    state.readOnly = true;
    state.multiLine = true;
    state.selectableText = true;
    return state;
}

void ReaderAccessible::install() {
    QAccessible::installFactory(make); // a second installation of the same factory is ignored
}

} // namespace longview::ui
