#include "app/importers/pdf.h"

#include <algorithm>
#include <filesystem>
#include <future>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "app/importers/child_process.h"
#include "app/importers/pdf_pages.h"
#include "app/importers/refusal.h"
#include "inference/values/error.h"

namespace longview::app {
namespace {

using Json = nlohmann::json;

constexpr const char* helper = "longview-pdf-text";

/// Beside the program that runs, where it was installed, and where it was built.
std::filesystem::path helper_path() {
    std::error_code error;
    const auto here = std::filesystem::read_symlink("/proc/self/exe", error).parent_path();
    for (const auto& directory :
         {here.parent_path() / "libexec" / "longview", std::filesystem::path(LONGVIEW_INSTALLED_LIBEXEC),
          std::filesystem::path(LONGVIEW_BUILT_HELPERS)})
        if (std::filesystem::exists(directory / helper, error))
            return directory / helper;
    return {};
}

ChildResult run_helper(std::string_view bytes, const std::string& name, const ImportOptions& options,
                       unsigned part, unsigned parts) {
    const auto program = helper_path();
    std::optional<ChildResult> result;
    if (!program.empty())
        result = run_child(program,
                           {std::to_string(options.limits.child_seconds),
                            std::to_string(options.limits.child_bytes), std::to_string(part),
                            std::to_string(parts)},
                           {"LONGVIEW_PDF_PASSWORD=" + options.password}, bytes, options.limits.child_seconds,
                           options.limits.text_bytes, options.stop);
    if (!result)
        refuse(name, "is a PDF document, which this build cannot read: PDF needs Longview built with Qt (its "
                     "program longview-pdf-text); or convert it to text, for example with pdftotext.");
    return *std::move(result);
}

/// The library reads one page at a time, so a large document is shared out to a process per core.
std::vector<ChildResult> run_helpers(std::string_view bytes, const std::string& name,
                                     const ImportOptions& options) {
    constexpr std::size_t large = std::size_t{1} << 18U;
    const unsigned parts = bytes.size() < large ? 1 : std::clamp(std::thread::hardware_concurrency(), 1U, 8U);
    std::vector<std::future<ChildResult>> running;
    running.reserve(parts);
    for (unsigned part = 0; part < parts; ++part)
        running.push_back(std::async(std::launch::async,
                                     [&, part] { return run_helper(bytes, name, options, part, parts); }));
    std::vector<ChildResult> results;
    results.reserve(parts);
    for (auto& result : running)
        results.push_back(result.get());
    return results;
}

void refuse_failed(const ChildResult& result, const std::string& name, const ImportLimits& limits) {
    if (result.timed_out)
        refuse(name, "took longer than " + std::to_string(limits.child_seconds) +
                         " s to take apart and was given up: print it to a new PDF, or convert it to text.");
    if (result.too_much)
        refuse(name, "holds more text than is read as one document: split it.");
    if (result.signal != 0 || result.exit_code != 0)
        refuse(name, "is damaged, or too large: reading it ended the PDF reader (" +
                         (result.signal != 0 ? "signal " + std::to_string(result.signal)
                                             : "exit code " + std::to_string(result.exit_code)) +
                         "); print it to a new PDF, or convert it to text.");
}

void refuse_error(const std::string& error, const std::string& name, bool with_password) {
    if (error == "password")
        throw PasswordNeeded(ErrorKind::input,
                             quoted(std::string_view(name)) +
                                 (with_password ? " is encrypted, and the password is not the right one."
                                                : " is encrypted: give its password with --password."));
    if (error == "scheme")
        refuse(name, "is encrypted in a way that is not supported: save it without protection.");
    if (!error.empty())
        refuse(name, "is damaged and cannot be read as a PDF document: get it again from where it came.");
}

/// Adds the pages of one part; the first one says what the document is.
void add_part(std::string_view output, const std::string& name, const ImportOptions& options, bool first,
              PdfContent& content) {
    bool described = false;
    while (!output.empty()) {
        const auto end = std::min(output.find('\n'), output.size());
        const auto object = Json::parse(output.substr(0, end), nullptr, false);
        output.remove_prefix(std::min(end + 1, output.size()));
        if (!object.is_object())
            refuse(name, "could not be taken apart: the PDF reader's answer makes no sense.");
        refuse_error(object.value("error", ""), name, !options.password.empty());
        if (described) {
            content.pages.push_back({object.value("label", ""), object.value("text", "")});
            continue;
        }
        described = true;
        if (!first)
            continue;
        content.title = object.value("title", "");
        for (const auto& entry : object.value("outline", Json::array()))
            content.outline.push_back({entry.value("title", ""), entry.value("level", 1),
                                       static_cast<std::size_t>(std::max(0, entry.value("page", 0)))});
    }
}

} // namespace

Extraction extract_pdf(std::string_view bytes, const std::string& name, const ImportOptions& options) {
    PdfContent content;
    try {
        bool first = true;
        for (const auto& result : run_helpers(bytes, name, options)) {
            refuse_failed(result, name, options.limits);
            add_part(result.output, name, options, std::exchange(first, false), content);
        }
    } catch (const Json::exception&) { // the helper was ours before it read the file
        refuse(name, "could not be taken apart: the PDF reader's answer makes no sense.");
    }
    auto extraction = assemble_pages(std::move(content));
    if (extraction.text.empty()) {
        const auto pages = std::to_string(
            std::count_if(extraction.sections.begin(), extraction.sections.end(),
                          [](const Section& section) { return section.kind == SectionKind::page; }));
        refuse(name, "has no text layer on " + pages + " of " + pages +
                         " pages: it holds pictures of pages; recognise the text first, for example with "
                         "ocrmypdf.");
    }
    return extraction;
}

} // namespace longview::app
