#pragma once
// One sentence above the window's content: a problem stays until it is dismissed, a notice fades by itself.

#include <QFrame>
#include <QTimer>

namespace longview::ui {

class Button;
class ToneLabel;

class MessageStrip : public QFrame {
    Q_OBJECT
public:
    explicit MessageStrip(QWidget* parent = nullptr);
    void showProblem(const QString& sentence);
    void showNotice(const QString& sentence);
    void dismiss();
    bool isProblem() const { return problem_ && isVisibleTo(parentWidget()); }
    QString text() const;
    void setNoticeSeconds(double seconds) { noticeSeconds_ = seconds; }

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    void showSentence(const QString& sentence);
    void fade();
    ToneLabel* mark_;
    ToneLabel* text_;
    Button* dismiss_;
    QTimer stay_;
    bool problem_ = false;
    double noticeSeconds_ = 6;
};

} // namespace longview::ui
