#pragma once
// The left part: what document this is, its text, and the search in it.

#include <QWidget>

#include <memory>

#include "inference/values/document.h"

namespace longview::ui {

class Button;
class FindBar;
class ReaderView;
class ToneLabel;

class DocumentPanel : public QWidget {
    Q_OBJECT
public:
    explicit DocumentPanel(QWidget* parent = nullptr);
    void setDocument(std::shared_ptr<const longview::Document> document);
    void setTokens(std::int64_t tokens);
    ReaderView* reader() const { return reader_; }
    FindBar* findBar() const { return find_; }

Q_SIGNALS:
    void openRequested();

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    void showFacts();
    void elideTitle();
    ToneLabel* title_;
    ToneLabel* facts_;
    ToneLabel* notes_;
    ReaderView* reader_;
    FindBar* find_;
    std::shared_ptr<const longview::Document> document_;
    std::int64_t tokens_ = 0;
};

} // namespace longview::ui
