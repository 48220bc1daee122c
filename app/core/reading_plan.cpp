#include "app/core/reading_plan.h"

#include <algorithm>
#include <chrono>
#include <numeric>

#include "app/core/session.h"
#include "app/importers/tree_plan.h"
#include "inference/values/error.h"
#include "storage/document_store.h"
#include "storage/memory_store.h"
#include "storage/speed_store.h"

namespace longview::app {

namespace {

/// A folder with more is not read whole for its plan.
constexpr std::int64_t small_tree = std::int64_t{2} << 20U;
constexpr std::size_t sampled_files = 48;
constexpr std::int64_t measured_segments = 16;
constexpr std::chrono::milliseconds measuring{700};

bool is_taken(const FileResult& file) {
    return file.left_out.empty();
}

std::int64_t taken_bytes(const std::vector<FileResult>& files) {
    return std::accumulate(
        files.begin(), files.end(), std::int64_t{0},
        [](std::int64_t sum, const FileResult& file) { return sum + (is_taken(file) ? file.bytes : 0); });
}

/// A few files from everywhere in the folder, as one document.
Import sample_of(const TreePlan& plan, const ImportOptions& options) {
    std::vector<FileResult> taken;
    std::copy_if(plan.files.begin(), plan.files.end(), std::back_inserter(taken), [](const FileResult& file) {
        return is_taken(file) && file.format == "text" && file.bytes < (std::int64_t{256} << 10U);
    });
    TreePlan sample{plan.root, {}, {}};
    const auto step = std::max<std::size_t>(1, taken.size() / sampled_files);
    for (std::size_t i = 0; i < taken.size(); i += step)
        sample.files.push_back(taken[i]);
    return import_tree(std::move(sample), options);
}

class Planner {
public:
    Planner(Model& model, storage::Database* library, const ImportOptions& options)
        : model_(model), library_(library), options_(options) {}

    ReadingPlan plan(const std::filesystem::path& path) {
        plan_.path = path.string();
        std::error_code error; // what cannot be looked at is left to the importer to complain about
        if (path != "-" && std::filesystem::is_directory(path, error))
            plan_folder(plan_tree(path, options_));
        else
            plan_document(import_path(path, options_));
        plan_.segments = plan_.tokens / model_.config.segment_size;
        plan_.memory_bytes = model_.config.memories(plan_.segments) *
                             static_cast<std::int64_t>(MemoryState::empty(model_.config).bytes());
        plan_.rest_tokens =
            std::max<std::int64_t>(0, (plan_.segments - plan_.segments_known) * model_.config.segment_size);
        find_speed();
        return std::move(plan_);
    }

private:
    void plan_folder(TreePlan tree) {
        const auto bytes = taken_bytes(tree.files);
        if (bytes <= small_tree) {
            plan_document(import_tree(std::move(tree), options_));
            return;
        }
        const auto sample = sample_of(tree, options_);
        tokens_ = model_.tokenizer->encode(sample.document.text).ids;
        plan_.exact = false;
        plan_.bytes = bytes;
        const auto sampled = static_cast<double>(taken_bytes(sample.files));
        plan_.tokens = static_cast<std::int64_t>(static_cast<double>(tokens_.size()) *
                                                 static_cast<double>(bytes) / std::max(1.0, sampled));
        plan_.files = std::move(tree.files);
    }

    void plan_document(Import import) {
        tokens_ = model_.tokenizer->encode(import.document.text).ids;
        plan_.tokens = static_cast<std::int64_t>(tokens_.size());
        plan_.notes = import.document.notes;
        plan_.bytes = import.files.empty() ? static_cast<std::int64_t>(import.document.text.size())
                                           : taken_bytes(import.files);
        plan_.files = std::move(import.files);
        if (library_ == nullptr)
            return;
        const auto chain = segment_chain(model_.root, tokens_, model_.config.segment_size);
        plan_.segments_known = storage::MemoryStore(*library_).longest_prefix(chain);
        const auto before = storage::DocumentStore(*library_).find_path(library_path(plan_.path));
        plan_.changed = before && before->content_hash != import.document.content_hash;
        if (plan_.changed && !before->extractor.empty() && before->extractor != import.document.extractor)
            plan_.extractor_before = before->extractor;
    }

    void find_speed() {
        if (plan_.rest_tokens == 0)
            return;
        const auto device = model_.engine->device().name;
        if (library_ != nullptr)
            plan_.tokens_per_second = storage::SpeedStore(*library_)
                                          .find({model_.name, model_.engine->numerics(), device})
                                          .value_or(0);
        if (plan_.tokens_per_second <= 0)
            measure();
    }

    void measure() {
        const auto n = static_cast<std::size_t>(model_.config.segment_size);
        const auto segments = std::min(tokens_.size() / n, static_cast<std::size_t>(measured_segments));
        if (segments == 0)
            return;
        std::stop_source enough;
        const auto begin = std::chrono::steady_clock::now();
        ReadObserver observer;
        observer.on_step = [&](const ReadProgress&) {
            if (std::chrono::steady_clock::now() - begin > measuring || options_.stop.stop_requested())
                enough.request_stop();
        };
        const auto result =
            model_.engine->read({std::span(tokens_).first(segments * n)}, observer, enough.get_token());
        plan_.measured = true;
        plan_.tokens_per_second = result.ms <= 0 ? 0
                                                 : static_cast<double>(result.segments_computed) *
                                                       static_cast<double>(n) * 1000 / result.ms;
    }

    Model& model_;
    storage::Database* library_;
    const ImportOptions& options_;
    std::vector<TokenId> tokens_;
    ReadingPlan plan_;
};

} // namespace

double ReadingPlan::seconds() const {
    return tokens_per_second > 0 ? static_cast<double>(rest_tokens) / tokens_per_second : 0;
}

ReadingPlan plan_reading(const std::filesystem::path& path, Model& model, storage::Database* library,
                         const ImportOptions& options) {
    return Planner(model, library, options).plan(path);
}

} // namespace longview::app
