#pragma once
// Numbers and sentences as the window writes them, in the person's locale.

#include <QString>

#include "inference/values/exchange.h"
#include "inference/values/wavefront.h"

namespace longview::ui {

QString wholeNumber(std::int64_t number); ///< "12,400"
QString rate(double perSecond);           ///< "0.8", "310", "12,400"
QString clock(double seconds);            ///< "0:07", "12:30", "1:02:03"
QString fileSize(std::size_t bytes);      ///< "30 KB"
QString milliseconds(double ms);          ///< "38 ms", "1.2 s"
QString nameOf(CellStatus status);        ///< "waiting", "running", "done", "restored"
/// What was measured for one answer, in one line.
QString timingLine(const Exchange& exchange);
/// How sure the model is of an answer, in a short sentence.
QString certaintySentence(double confidence);
/// Why an answer ended early, or empty when the model ended it.
QString stopSentence(StopReason reason);
QString fromUtf8(const std::string& text);

} // namespace longview::ui
