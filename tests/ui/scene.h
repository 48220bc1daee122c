#pragma once
// A realistic document, reading and conversation to fill the window with.

#include <QFile>
#include <QTest>

#include <memory>

#include "ui/main_window.h"

namespace scene {

inline std::shared_ptr<const longview::Document> document(const std::string& text, const std::string& title) {
    auto made = std::make_shared<longview::Document>();
    made->path = "/library/" + title;
    made->title = title;
    made->text = text;
    made->encoding = "UTF-8";
    made->line_starts = longview::line_starts_of(made->text);
    return made;
}

inline std::shared_ptr<const longview::Document> sample() {
    QFile file(QStringLiteral(FIXTURES "/books/alice.txt"));
    if (!file.open(QIODevice::ReadOnly))
        return nullptr;
    return document(file.readAll().toStdString(), "alice.txt");
}

inline longview::ui::ModelSummary model(int layers = 8) {
    return {QStringLiteral("default"), QStringLiteral("CPU, 2 threads"),
            QStringLiteral(
                "This small model answers short questions about facts stated in the text, such as “Where is "
                "Marta?”. It can be wrong: check the passage."),
            layers, 256};
}

/// Segments of equal length over the whole text.
inline longview::ui::DocumentSummary summary(const longview::Document& document, std::int64_t segments,
                                             std::int64_t known) {
    longview::ui::DocumentSummary made;
    made.tokens = segments * 256 + 100;
    made.segments = segments;
    made.knownSegments = known;
    const std::size_t step = document.text.size() / static_cast<std::size_t>(segments);
    for (std::size_t s = 0; s < static_cast<std::size_t>(segments); ++s)
        made.segmentBytes.emplace_back(s * step, (s + 1) * step);
    return made;
}

inline longview::ReadProgress progress(std::int64_t segments, std::int64_t restored, int layers,
                                       std::int64_t steps) {
    longview::ReadProgress made;
    made.wavefront = {segments, restored, layers, longview::Schedule::diagonal, steps, true};
    made.layer_count = layers;
    made.tokens_total = (segments - restored) * 256;
    made.tokens_done = std::max<std::int64_t>(0, steps - layers + 1) * 256;
    made.elapsed_s = 12.4;
    made.tokens_per_second = 1243;
    made.eta_s = 34;
    return made;
}

inline longview::Exchange exchange(const std::string& question, const std::string& answer) {
    longview::Exchange made;
    made.question = question;
    made.answer = answer;
    made.asked_at = "2025-01-31T12:00:00Z";
    made.model = "default";
    made.device = "CPU, 2 threads";
    made.answer_tokens = 12;
    made.document_tokens = 8100;
    made.segments_total = made.segments_reused = 31;
    made.time_to_first_token_ms = 38;
    made.tokens_per_second = 310;
    made.total_ms = 77;
    return made;
}

} // namespace scene
