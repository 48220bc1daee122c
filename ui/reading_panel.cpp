#include "ui/reading_panel.h"

#include <QGridLayout>
#include <QHBoxLayout>
#include <QStackedLayout>
#include <QVBoxLayout>

#include <algorithm>
#include <cmath>

#include "ui/button.h"
#include "ui/format.h"
#include "ui/tone_label.h"
#include "ui/wavefront_legend.h"
#include "ui/wavefront_view.h"

namespace longview::ui {
namespace {

using Tone = ToneLabel::Tone;
using Size = ToneLabel::Size;

/// A number above its caption; columns share the width, so nothing moves when digits change.
ToneLabel* addFigure(QGridLayout* grid, int column, const QString& caption, const QString& name,
                     QWidget* parent) {
    auto* number = new ToneLabel(Tone::text, Size::heading, QStringLiteral("–"), parent);
    number->setObjectName(name);
    number->setAccessibleName(caption);
    grid->addWidget(number, 0, column);
    grid->addWidget(new ToneLabel(Tone::muted, Size::small, caption, parent), 1, column);
    grid->setColumnStretch(column, 1);
    return number;
}

} // namespace

ReadingPanel::ReadingPanel(QWidget* parent)
    : QWidget(parent),
      sentence_(new ToneLabel(Tone::muted, Size::normal, {}, this)),
      read_(new Button(Button::Kind::primary, tr("&Read"), this)),
      stop_(new Button(Button::Kind::plain, tr("&Stop"), this)),
      view_(new WavefrontView(this)) {
    setObjectName(QStringLiteral("readingPanel"));
    read_->setObjectName(QStringLiteral("readButton"));
    stop_->setObjectName(QStringLiteral("stopButton"));
    stop_->setAccessibleDescription(tr("Stops reading; what was read is kept."));
    sentence_->setObjectName(QStringLiteral("readingSentence"));
    sentence_->setWordWrap(true);
    auto* all = new QVBoxLayout(this);
    all->setContentsMargins(0, 0, 0, 0);
    all->setSpacing(8);

    auto* words = new QVBoxLayout;
    words->setSpacing(2);
    words->addWidget(new ToneLabel(Tone::text, Size::heading, tr("Reading"), this));
    words->addWidget(sentence_);
    auto* head = new QHBoxLayout;
    head->addLayout(words, 1);
    head->addWidget(read_, 0, Qt::AlignTop);
    head->addWidget(stop_, 0, Qt::AlignTop);
    all->addLayout(head);
    all->addWidget(view_);

    auto* under = new QStackedLayout; // the legend, or what is under the pointer
    auto* cell = new ToneLabel(Tone::text, Size::small, {}, this);
    cell->setObjectName(QStringLiteral("cellDescription"));
    cell->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    under->addWidget(new WavefrontLegend(this));
    under->addWidget(cell);
    all->addLayout(under);
    connect(view_, &WavefrontView::cellDescribed, this, [under, cell](const QString& text) {
        cell->setText(text);
        under->setCurrentIndex(text.isEmpty() ? 0 : 1);
    });

    auto* figures = new QGridLayout;
    figures->setVerticalSpacing(0);
    figures->setContentsMargins(0, 4, 0, 0);
    percent_ = addFigure(figures, 0, tr("done"), QStringLiteral("percentFigure"), this);
    rate_ = addFigure(figures, 1, tr("tokens/s"), QStringLiteral("rateFigure"), this);
    left_ = addFigure(figures, 2, tr("time left"), QStringLiteral("leftFigure"), this);
    elapsed_ = addFigure(figures, 3, tr("elapsed"), QStringLiteral("elapsedFigure"), this);
    all->addLayout(figures);

    connect(read_, &QPushButton::clicked, this, &ReadingPanel::readRequested);
    connect(stop_, &QPushButton::clicked, this, &ReadingPanel::stopRequested);
    connect(view_, &WavefrontView::segmentActivated, this, &ReadingPanel::segmentActivated);
    showState();
}

const WavefrontSnapshot& ReadingPanel::wavefront() const {
    return view_->snapshot();
}

void ReadingPanel::setLayers(int layers) {
    layers_ = layers;
    if (state_ != State::preparing && !isReading() && view_->snapshot().layers != layers)
        setSummary(DocumentSummary(summary_));
}

void ReadingPanel::setLocator(std::function<QString(std::int64_t)> locator) {
    view_->setLocator(std::move(locator));
}

void ReadingPanel::setHindrance(const QString& reason) {
    hindrance_ = reason;
    showState();
}

void ReadingPanel::reset() {
    summary_ = {};
    outcome_.clear();
    state_ = State::preparing;
    view_->setSnapshot({});
    showFigures(0, 0, -1, -1);
    showState();
}

void ReadingPanel::setSummary(const DocumentSummary& summary) {
    summary_ = summary;
    if (isReading())
        return;
    const WavefrontSnapshot& shown = view_->snapshot();
    const bool same = shown.segments == summary.segments && shown.layers == layers_ &&
                      countsOf(shown).known() == summary.knownSegments;
    if (!same) { // otherwise keep showing which cells were read just now
        outcome_.clear();
        view_->setSnapshot({summary.segments, summary.knownSegments, layers_, Schedule::diagonal, 0, false});
        showFigures(summary.segments > 0 ? countsOf(view_->snapshot()).share : 1, 0, -1, -1);
    }
    showKnown(summary.knownSegments);
}

void ReadingPanel::showKnown(std::int64_t known) {
    summary_.knownSegments = known;
    state_ = known >= summary_.segments ? State::known : known > 0 ? State::partial : State::unread;
    showState();
}

void ReadingPanel::start() {
    outcome_.clear();
    state_ = State::reading;
    showState();
}

void ReadingPanel::setProgress(const ReadProgress& progress) {
    view_->setSnapshot(progress.wavefront);
    const WavefrontCounts counts = countsOf(progress.wavefront);
    showFigures(counts.share, progress.tokens_per_second, progress.eta_s, progress.elapsed_s);
    if (!isReading())
        start();
    sentence_->setText(sentence());
}

void ReadingPanel::setStopping() {
    if (state_ != State::reading)
        return;
    state_ = State::stopping;
    showState();
}

void ReadingPanel::finish(const WavefrontSnapshot& wavefront, bool stopped, const QString& summary) {
    view_->setSnapshot(wavefront);
    const WavefrontCounts counts = countsOf(wavefront);
    percent_->setText(tr("%1 %").arg(
        static_cast<int>(counts.known() * 100 / std::max<std::int64_t>(1, wavefront.segments))));
    left_->setText(counts.known() >= wavefront.segments ? clock(0) : QStringLiteral("–"));
    outcome_ = summary;
    if (stopped && outcome_.isEmpty())
        outcome_ = tr("Stopped; what was read is kept.");
    summary_.segments = wavefront.segments;
    showKnown(counts.known());
}

bool ReadingPanel::canRead() const {
    return hindrance_.isEmpty() && (state_ == State::unread || state_ == State::partial);
}

QString ReadingPanel::sentence() const {
    const QString all = wholeNumber(summary_.segments);
    switch (state_) {
    case State::preparing:
        return hindrance_.isEmpty() ? tr("Counting tokens…") : hindrance_;
    case State::unread:
        return tr("Not read yet: %1 tokens in %2 segments.").arg(wholeNumber(summary_.tokens), all);
    case State::partial: {
        const QString known =
            tr("%1 of %2 segments are known.").arg(wholeNumber(summary_.knownSegments), all);
        return outcome_.isEmpty() ? known : outcome_ + QLatin1Char(' ') + known;
    }
    case State::reading: {
        const WavefrontCounts counts = countsOf(view_->snapshot());
        return counts.known() == 0 && counts.running == 0
                   ? tr("Starting…")
                   : tr("%1 of %2 segments are known.").arg(wholeNumber(counts.known()), all);
    }
    case State::stopping:
        return tr("Stopping: finishing what is under way…");
    case State::known:
        if (summary_.segments == 0)
            return tr("Shorter than one segment: nothing to read in advance, just ask.");
        return outcome_.isEmpty() ? tr("All %1 segments are known. Ask away.").arg(all) : outcome_;
    }
    return {};
}

void ReadingPanel::showState() {
    sentence_->setText(sentence());
    const bool hadFocus = read_->hasFocus() || stop_->hasFocus();
    switch (state_) {
    case State::preparing:
        read_->setText(tr("&Read"));
        break;
    case State::unread:
        read_->setText(missingSegments() == 1 ? tr("&Read 1 segment")
                                              : tr("&Read %1 segments").arg(wholeNumber(missingSegments())));
        break;
    case State::partial:
        read_->setText(tr("Continue &reading (%1)").arg(wholeNumber(missingSegments())));
        break;
    case State::known:
        read_->setText(tr("✓ Fully known"));
        break;
    case State::reading:
        stop_->setText(tr("&Stop"));
        break;
    case State::stopping:
        stop_->setText(tr("Stopping…"));
        break;
    }
    stop_->setEnabled(state_ == State::reading);
    stop_->setVisible(isReading());
    read_->setVisible(!isReading());
    read_->setEnabled(canRead());
    read_->setToolTip(state_ == State::unread || state_ == State::partial ? hindrance_ : QString());
    read_->setAccessibleDescription(hindrance_.isEmpty() ? sentence_->text() : hindrance_);
    if (hadFocus && state_ == State::reading)
        stop_->setFocus();
    else if (hadFocus && canRead())
        read_->setFocus();
    Q_EMIT stateChanged();
}

void ReadingPanel::showFigures(double share, double perSecond, double left, double elapsed) {
    percent_->setText(tr("%1 %").arg(static_cast<int>(std::floor(share * 100))));
    rate_->setText(rate(perSecond));
    left_->setText(clock(left));
    elapsed_->setText(clock(elapsed));
}

} // namespace longview::ui
