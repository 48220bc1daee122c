#pragma once
// The upper right part: how much of the document is known, the wavefront, the figures of a reading, Read and
// Stop.

#include <QWidget>

#include <functional>

#include "inference/values/progress.h"
#include "ui/main_window.h"

namespace longview::ui {

class Button;
class ToneLabel;
class WavefrontView;

class ReadingPanel : public QWidget {
    Q_OBJECT
public:
    enum class State { preparing, unread, partial, reading, stopping, known };
    explicit ReadingPanel(QWidget* parent = nullptr);

    void setLayers(int layers);
    /// A new document, whose tokens are not counted yet.
    void reset();
    void setSummary(const DocumentSummary& summary);
    /// Says why Read cannot be pressed now; empty when it can.
    void setHindrance(const QString& reason);
    void setLocator(std::function<QString(std::int64_t)> locator);

    void start();
    void setProgress(const ReadProgress& progress);
    void setStopping();
    void finish(const WavefrontSnapshot& wavefront, bool stopped, const QString& summary);

    State state() const { return state_; }
    bool isReading() const { return state_ == State::reading || state_ == State::stopping; }
    bool canRead() const;
    std::int64_t segments() const { return summary_.segments; }
    std::int64_t missingSegments() const { return summary_.segments - summary_.knownSegments; }
    const WavefrontSnapshot& wavefront() const;
    Button* readButton() const { return read_; }

Q_SIGNALS:
    void readRequested();
    void stopRequested();
    void segmentActivated(qlonglong segment);
    void stateChanged();

private:
    void showState();
    void showFigures(double share, double perSecond, double left, double elapsed);
    void showKnown(std::int64_t known);
    QString sentence() const;

    ToneLabel* sentence_;
    Button* read_;
    Button* stop_;
    WavefrontView* view_;
    ToneLabel* percent_;
    ToneLabel* rate_;
    ToneLabel* left_;
    ToneLabel* elapsed_;
    State state_ = State::preparing;
    DocumentSummary summary_;
    QString outcome_; ///< how the last reading ended
    QString hindrance_;
    int layers_ = 0;
};

} // namespace longview::ui
