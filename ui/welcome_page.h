#pragma once
// What is seen before a document is open: what Longview does, and where to drop a file.

#include <QWidget>

namespace longview::ui {

class Button;
class ToneLabel;

class WelcomePage : public QWidget {
    Q_OBJECT
public:
    explicit WelcomePage(QWidget* parent = nullptr);
    void setModelState(const QString& sentence, bool problem);
    Button* openButton() const { return open_; }

Q_SIGNALS:
    void openRequested();

private:
    Button* open_;
    ToneLabel* model_;
};

} // namespace longview::ui
