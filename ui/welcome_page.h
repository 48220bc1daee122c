#pragma once
// What is seen before a document is open: what Longview does, where to drop a file, and what was opened
// before.

#include <QWidget>

namespace longview::ui {

class Button;
class LibraryList;

class WelcomePage : public QWidget {
    Q_OBJECT
public:
    explicit WelcomePage(QWidget* parent = nullptr);
    Button* openButton() const { return open_; }
    LibraryList* library() const { return library_; }
    /// Whether there is a document to go back to.
    void setCanGoBack(bool can);

Q_SIGNALS:
    void openRequested();
    void backRequested();

protected:
    bool event(QEvent* event) override;

private:
    Button* open_;
    Button* back_;
    LibraryList* library_;
};

} // namespace longview::ui
