#pragma once
// What is seen before a document is open: what Longview does, and where to drop a file.

#include <QWidget>

namespace longview::ui {

class Button;

class WelcomePage : public QWidget {
    Q_OBJECT
public:
    explicit WelcomePage(QWidget* parent = nullptr);
    Button* openButton() const { return open_; }

Q_SIGNALS:
    void openRequested();

private:
    Button* open_;
};

} // namespace longview::ui
