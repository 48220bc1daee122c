// plan: what reading would take.

#include <algorithm>
#include <cmath>
#include <map>

#include "app/cli/commands.h"
#include "app/cli/library.h"
#include "app/core/locations.h"
#include "app/core/reading_plan.h"
#include "app/core/snapshots.h"
#include "inference/values/error.h"

namespace longview::cli {

namespace {

Json json_of(const app::ReadingPlan& plan, const app::Model& model) {
    Json files = Json::array();
    for (const app::FileResult& file : plan.files)
        files.push_back(file_json(file));
    return {{"document", plan.path},
            {"files", files},
            {"bytes", plan.bytes},
            {"tokens", plan.tokens},
            {"tokens_exact", plan.exact},
            {"segments", plan.segments},
            {"segments_known", plan.segments_known},
            {"changed", plan.changed},
            {"minutes", plan.seconds() / 60},
            {"tokens_per_second", plan.tokens_per_second},
            {"speed_measured_now", plan.measured},
            {"memory_bytes", plan.memory_bytes},
            {"model", model.name},
            {"device", model.engine->device().name},
            {"notes", plan.notes}};
}

std::string minutes_text(double seconds) {
    if (seconds < 60)
        return std::to_string(static_cast<int>(std::ceil(seconds))) + " s";
    return grouped(std::llround(std::ceil(seconds / 60))) + " minutes";
}

/// The reasons with how often each occurs, and the first few files of it.
std::string left_out_text(const std::vector<app::FileResult>& files) {
    std::map<std::string, std::vector<std::string>> by_reason;
    for (const app::FileResult& file : files)
        if (!file.left_out.empty())
            by_reason[file.left_out].push_back(file.path);
    std::string text;
    for (const auto& [reason, paths] : by_reason) {
        constexpr std::size_t shown = 3;
        text += "  left out, " + reason + ": ";
        for (std::size_t i = 0; i < std::min(shown, paths.size()); ++i)
            text += (i > 0 ? ", " : "") + paths[i];
        text += paths.size() > shown
                    ? " and " + grouped(static_cast<std::int64_t>(paths.size() - shown)) + " more\n"
                    : "\n";
    }
    return text;
}

std::string state_text(const app::ReadingPlan& plan) {
    const auto rest = plan.segments - plan.segments_known;
    std::string text;
    if (plan.changed)
        text =
            "  changed: " + grouped(rest) + " of " + grouped(plan.segments) + " segments to re-read" +
            (plan.extractor_before.empty() ? ""
                                           : " (its text was extracted by " + plan.extractor_before + ")") +
            "\n";
    else if (plan.segments_known > 0)
        text = "  " + grouped(plan.segments_known) + " segments are in memory already, " + grouped(rest) +
               " to read\n";
    return text;
}

std::string text_of(const app::ReadingPlan& plan, const app::Model& model) {
    std::string text = plan.path + "\n";
    if (!plan.files.empty()) {
        const auto taken = std::count_if(plan.files.begin(), plan.files.end(),
                                         [](const app::FileResult& file) { return file.left_out.empty(); });
        text += "  " + grouped(taken) + " files taken, " +
                grouped(static_cast<std::int64_t>(plan.files.size()) - taken) +
                " files and folders left out\n";
    }
    text += left_out_text(plan.files);
    text += "  " + human_bytes(plan.bytes) + ", " + (plan.exact ? "" : "about ") + grouped(plan.tokens) +
            " tokens, " + grouped(plan.segments) + " segments\n" + state_text(plan);
    if (plan.rest_tokens == 0)
        return text + "  nothing to read\n";
    return text + "  about " + minutes_text(plan.seconds()) + " on " + model.engine->device().name + " (" +
           grouped(std::llround(plan.tokens_per_second)) + " tokens/s, " +
           (plan.measured ? "measured now" : "as last time") + ")\n  memory of at most " +
           human_bytes(plan.memory_bytes) + ", and up to " +
           std::to_string(app::most_kept(model.config.memories(plan.segments))) +
           " snapshots as large on the way\n";
}

} // namespace

int run_plan(Context& context) {
    const Options& options = context.options;
    auto library = open_existing_library(options, storage::Database::Mode::read_write);
    app::Model model = app::open_model(app::model_directory(options.model), options.device, options.threads);
    const Interrupt::Keeping keeping(context.interrupt);
    return for_each_document(context, [&](const std::string& file) {
        const app::ReadingPlan plan =
            app::plan_reading(file, model, library ? &*library : nullptr, import_options(context));
        if (options.json) // with an object for each of what may be a million files
            return std::pair(json_of(plan, model), exit_code::ok);
        context.output.write(text_of(plan, model));
        return std::pair(Json(), exit_code::ok);
    });
}

} // namespace longview::cli
