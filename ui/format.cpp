#include "ui/format.h"

#include <QCoreApplication>
#include <QLocale>
#include <QStringList>

#include <algorithm>
#include <cmath>

namespace longview::ui {
namespace {

QString tr(const char* text, int number = -1) {
    return QCoreApplication::translate("longview::ui", text, nullptr, number);
}

} // namespace

QString fromUtf8(const std::string& text) {
    return QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size()));
}

QString wholeNumber(std::int64_t number) {
    return QLocale().toString(static_cast<qlonglong>(number));
}

QString rate(double perSecond) {
    if (!std::isfinite(perSecond) || perSecond <= 0)
        return QStringLiteral("–");
    if (perSecond < 10)
        return QLocale().toString(perSecond, 'f', 1);
    return wholeNumber(std::llround(perSecond));
}

QString clock(double seconds) {
    if (!std::isfinite(seconds) || seconds < 0)
        return QStringLiteral("–");
    const auto all = static_cast<qlonglong>(std::ceil(std::min(seconds, 359999.0)));
    const auto two = [](qlonglong value) { return QStringLiteral("%1").arg(value, 2, 10, QLatin1Char('0')); };
    const QString tail = two(all % 60);
    if (all < 3600)
        return QStringLiteral("%1:%2").arg(all / 60).arg(tail);
    return QStringLiteral("%1:%2:%3").arg(all / 3600).arg(two(all / 60 % 60), tail);
}

QString fileSize(std::size_t bytes) {
    return QLocale().formattedDataSize(static_cast<qint64>(bytes), bytes < (std::size_t{1} << 20) ? 0 : 1,
                                       QLocale::DataSizeTraditionalFormat);
}

QString milliseconds(double ms) {
    if (!std::isfinite(ms) || ms < 0)
        return QStringLiteral("–");
    if (ms < 10)
        return tr("%1 ms").arg(QLocale().toString(ms, 'f', 1));
    if (ms < 1000)
        return tr("%1 ms").arg(wholeNumber(std::llround(ms)));
    return tr("%1 s").arg(QLocale().toString(ms / 1000, 'f', 1));
}

QString nameOf(CellStatus status) {
    switch (status) {
    case CellStatus::waiting:
        return tr("waiting");
    case CellStatus::running:
        return tr("running");
    case CellStatus::done:
        return tr("done");
    case CellStatus::restored:
        return tr("restored");
    }
    return {};
}

QString timingLine(const Exchange& exchange) {
    QStringList parts;
    if (!exchange.as_of.empty())
        parts << tr("As of %1").arg(fromUtf8(exchange.as_of));
    parts << (exchange.answer_tokens == 1 ? tr("1 token")
                                          : tr("%1 tokens").arg(wholeNumber(exchange.answer_tokens)));
    if (exchange.answer_tokens > 0) {
        parts << tr("first after %1").arg(milliseconds(exchange.time_to_first_token_ms));
        parts << tr("%1 tokens/s").arg(rate(exchange.tokens_per_second));
    }
    if (exchange.segments_total > 0)
        parts << tr("memory: %1 of %2 segments reused")
                     .arg(wholeNumber(exchange.segments_reused), wholeNumber(exchange.segments_total));
    if (!exchange.device.empty())
        parts << fromUtf8(exchange.device);
    return parts.join(QStringLiteral(" · "));
}

QString certaintySentence(double confidence) {
    const int percent = percent_of(confidence);
    const QString number = percent < 1 ? tr("less than 1 %") : tr("%1 %").arg(percent);
    switch (certainty_of(confidence)) {
    case Certainty::sure:
        return tr("The model is sure (%1).").arg(number);
    case Certainty::fairly_sure:
        return tr("The model is fairly sure (%1).").arg(number);
    case Certainty::unsure:
        break;
    }
    return tr("The model is unsure (%1): check it in the text.").arg(number);
}

QString stopSentence(StopReason reason) {
    switch (reason) {
    case StopReason::stop_token:
        return {};
    case StopReason::max_tokens:
        return tr("Ended at the greatest length that was asked for.");
    case StopReason::segment_full:
        return tr("Ended because question and answer fill the model's last segment.");
    case StopReason::cancelled:
        return tr("Stopped by you.");
    }
    return {};
}

} // namespace longview::ui
