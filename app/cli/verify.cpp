#include "app/core/verification.h"

#include "app/cli/commands.h"

namespace longview::cli {

namespace {

std::string scientific(double value) {
    char text[64];
    return {text, static_cast<std::size_t>(std::snprintf(text, sizeof text, "%.3g", value))};
}

Json json_of(const app::Verification& verification) {
    Json out = Json::object();
    for (const auto& [key, error] : verification.errors)
        out[key] = error;
    out["tokens_equal"] = verification.tokens_equal;
    if (verification.schedules_bit_identical)
        out["schedules_bit_identical"] = *verification.schedules_bit_identical;
    out["digest"] = verification.digest.hex();
    out["bound"] = verification.bound;
    out["passed"] = verification.passed();
    out["device"] = verification.device;
    out["ms"] = verification.ms;
    return out;
}

std::string text_of(const app::Verification& verification) {
    const auto yes = [](bool value) { return std::string(value ? "yes" : "no"); };
    std::vector<std::vector<std::string>> rows;
    for (const auto& [key, error] : verification.errors)
        rows.push_back({key, scientific(error), error <= verification.bound ? "" : "over the bound"});
    rows.push_back({"tokens_equal", yes(verification.tokens_equal)});
    if (verification.schedules_bit_identical)
        rows.push_back({"schedules_bit_identical", yes(*verification.schedules_bit_identical)});
    rows.push_back({"digest", verification.digest.hex()});
    return table(rows, false) + (verification.passed() ? "Passed" : "Failed") +
           ": greatest relative errors, bound " + scientific(verification.bound) + ", on " +
           verification.device + ".\n";
}

} // namespace

int run_verify(Context& context) {
    const Options& options = context.options;
    const app::Verification verification = app::verify(
        options.model_directory, options.file, options.verify_schedule, options.device, options.threads);
    if (options.json)
        context.output.json(json_of(verification));
    else
        context.output.write(text_of(verification));
    return verification.passed() ? exit_code::ok : exit_code::failed;
}

} // namespace longview::cli
