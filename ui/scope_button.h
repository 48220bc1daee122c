#pragma once
// What a question is about: the whole document, or only what lies before a point that the person picks, so
// that nothing later is given away.

#include <functional>
#include <memory>
#include <optional>

#include "inference/values/document.h"
#include "ui/button.h"

class QMenu;

namespace longview::ui {

class ScopeButton : public Button {
    Q_OBJECT
public:
    explicit ScopeButton(QWidget* parent = nullptr);

    /// Starts again with the whole document.
    void setDocument(std::shared_ptr<const longview::Document> document);
    /// Gives the byte up to which the person has the text in sight.
    void setReadingPlace(std::function<std::size_t()> place);
    /// The byte at which the document ends for questions; nothing: at its end.
    std::optional<std::size_t> upTo() const { return upTo_; }

Q_SIGNALS:
    void changed();

private:
    void choose(std::optional<std::size_t> upTo);
    void fillMenu();
    void addChapters();
    void addPoint(QMenu* menu, const QString& text, const QString& name, std::optional<std::size_t> upTo);
    QString nameOf(std::size_t end) const; ///< precondition: end > 0

    QMenu* menu_;
    std::shared_ptr<const longview::Document> document_;
    std::function<std::size_t()> readingPlace_;
    std::optional<std::size_t> upTo_;
};

} // namespace longview::ui
