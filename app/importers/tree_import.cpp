#include <algorithm>
#include <set>
#include <utility>

#include "app/importers/extraction.h"
#include "app/importers/file_bytes.h"
#include "app/importers/plain_text.h"
#include "app/importers/refusal.h"
#include "app/importers/text_builder.h"
#include "app/importers/tree_plan.h"
#include "inference/text/utf8.h"
#include "inference/values/error.h"

namespace longview::app {
namespace {

class TreeText {
public:
    TreeText(const std::string& name, std::size_t largest) : name_(name), largest_(largest) {}

    void add(const std::string& path, Document file) {
        if (result.text.size() + file.text.size() > largest_)
            refuse(name_,
                   "holds more than " + std::to_string(largest_ >> 20U) +
                       " MiB of text, the most that is read as one document: exclude folders, or read one of "
                       "them.");
        const auto shown = single_line(repair_utf8(path).text);
        const auto begin = result.text.size();
        append("File: " + shown + "\n\n");
        result.sections.push_back({SectionKind::file, shown, 1, begin, line_});
        const auto offset = result.text.size();
        for (auto& section : file.sections) {
            section.begin += offset;
            result.sections.push_back(std::move(section));
        }
        append(file.text);
        append(file.text.ends_with('\n') ? "\n" : "\n\n");
        if (file.extractor != extractor::text)
            extractors_.insert(std::move(file.extractor));
    }

    Extraction take() {
        result.extractor = extractor::tree;
        for (const auto& used : extractors_)
            result.extractor += ", " + used;
        result.encoding = "UTF-8";
        return std::move(result);
    }

    Extraction result;

private:
    void append(const std::string& text) {
        line_ += static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
        result.text += text;
    }

    std::string name_;
    std::size_t largest_;
    std::size_t line_ = 1;
    std::set<std::string> extractors_;
};

/// The sentence without the name that begins it: the list tells the name.
std::string reason_of(const Error& error, const std::string& path) {
    std::string sentence = error.what();
    const auto name = app::quoted(path) + " ";
    return sentence.starts_with(name) ? sentence.substr(name.size()) : sentence;
}

Document import_file(const std::filesystem::path& path, const FileResult& file,
                     const ImportOptions& options) {
    const auto bytes = read_file(path, options.limits.file_bytes, options.stop).bytes;
    if (file.format == "text") // also a page: in a folder of sources it is one of them
        return document_of(extract_text(bytes, path.string()), path.string());
    return import_bytes(bytes, path.string(), options);
}

void note_left_out(const std::vector<FileResult>& files, std::vector<std::string>& notes) {
    const auto count = std::count_if(files.begin(), files.end(),
                                     [](const FileResult& file) { return !file.left_out.empty(); });
    if (count > 0)
        notes.push_back(std::to_string(count) +
                        (count == 1 ? " file or folder was" : " files and folders were") +
                        " left out; the plan names each with its reason.");
}

} // namespace

Import import_tree(TreePlan plan, const ImportOptions& options) {
    const auto name = plan.root.string();
    TreeText text(name, options.limits.text_bytes);
    bool any = false;
    for (auto& file : plan.files) {
        if (!file.left_out.empty())
            continue;
        stop_if_requested(options.stop, name);
        const auto path = plan.root / file.path;
        Document document;
        try {
            document = import_file(path, file, options);
        } catch (const Error& error) {
            if (error.kind() != ErrorKind::input)
                throw;
            file.left_out = reason_of(error, path.string());
            continue;
        }
        text.add(file.path, std::move(document));
        any = true;
    }
    if (!any)
        refuse(name, plan.files.empty() ? "is an empty folder: there is nothing to read."
                                        : "holds no file that can be read; its plan says why for each.");
    note_left_out(plan.files, text.result.notes);
    Import result{document_of(text.take(), name), std::move(plan.files)};
    result.document.source_stamp = std::move(plan.stamp);
    return result;
}

} // namespace longview::app
