#include "app/core/report.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <system_error>
#include <utility>

#include <nlohmann/json.hpp>

#include "app/core/wording.h"
#include "inference/values/error.h"

namespace longview::app {

namespace fs = std::filesystem;

namespace {

/// Text that Markdown shows as it is, in a heading, a table cell or within a line.
std::string escaped(std::string_view text) {
    static constexpr std::string_view special = "\\`*_[]<>#|~&$";
    std::string out;
    for (const char c : text) {
        if (c == '\n' || c == '\r') {
            out += ' ';
            continue;
        }
        if (special.find(c) != std::string_view::npos)
            out += '\\';
        out += c;
    }
    return out;
}

/// The same at the beginning of a line, where "- ", "+ ", "1. " and an underline of "=" mean something, too,
/// and deep indentation would make it code.
std::string escaped_line(std::string_view line) {
    line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
    std::string out = escaped(line);
    const std::size_t digits = std::min(out.find_first_not_of("0123456789"), out.size());
    if (out.starts_with('-') || out.starts_with('+') || out.starts_with('='))
        out.insert(0, 1, '\\');
    else if (digits > 0 && digits < out.size() && (out[digits] == '.' || out[digits] == ')'))
        out.insert(digits, 1, '\\');
    return out;
}

/// Text with its line breaks, as a Markdown quotation.
std::string quotation(std::string_view text) {
    std::string out;
    for (std::size_t begin = 0; begin <= text.size();) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        const std::string line = escaped_line(text.substr(begin, end - begin));
        out += line.empty() ? ">" : "> ";
        out += line;
        out += end < text.size() && !line.empty() ? "\\\n" : "\n";
        begin = end + 1;
    }
    return out;
}

std::string markdown_of(const Exchange& exchange) {
    const auto row = [](const std::string& what, const std::string& value) {
        return "| " + what + " | " + value + " |\n";
    };
    std::string out = "## ";
    out += escaped(exchange.question) + "\n\n";
    out += exchange.answer.empty() ? "*No answer.*\n" : quotation(exchange.answer);
    if (!exchange.mentions.empty())
        out += "\nMentioned, found by the words of question and answer:\n\n";
    for (const Mention& mention : exchange.mentions)
        out += "- " + escaped(mention.location) + ": " + escaped(mention.quote) + "\n";
    out += "\n| | |\n|---|---|\n";
    out += row("Asked", escaped(exchange.asked_at));
    out += row("Model", escaped(exchange.model) + " on " + escaped(exchange.device));
    if (!exchange.as_of.empty())
        out += row("As of", escaped(exchange.as_of));
    out += row(exchange.as_of.empty() ? "Document" : "Document up to there",
               std::to_string(exchange.document_tokens) + " tokens, " +
                   std::to_string(exchange.segments_total) + " segments");
    out += row("Segments read / reused",
               std::to_string(exchange.segments_computed) + " / " + std::to_string(exchange.segments_reused));
    out += row("Answer", std::to_string(exchange.answer_tokens) + " tokens, ended by " +
                             escaped(name_of(exchange.stopped_because)));
    if (exchange.confidence)
        out += row("The model is", certainty_text(*exchange.confidence));
    out += row("Time to first token", fixed(exchange.time_to_first_token_ms, 1) + " ms");
    out += row("Tokens per second", fixed(exchange.tokens_per_second, 1));
    out += row("Whole time", fixed(exchange.total_ms, 1) + " ms");
    return out;
}

nlohmann::ordered_json mentions_json(const Exchange& exchange) {
    auto list = nlohmann::ordered_json::array();
    for (const Mention& mention : exchange.mentions)
        list.push_back({{"location", mention.location},
                        {"begin", mention.begin},
                        {"end", mention.end},
                        {"quote", mention.quote}});
    return list;
}

nlohmann::ordered_json json_of(const Exchange& exchange) {
    return {
        {"question", exchange.question},
        {"answer", exchange.answer},
        {"asked_at", exchange.asked_at},
        {"model", exchange.model},
        {"device", exchange.device},
        {"stopped_because", name_of(exchange.stopped_because)},
        {"answer_token_count", exchange.answer_tokens},
        {"as_of", exchange.as_of.empty() ? nlohmann::ordered_json() : nlohmann::ordered_json(exchange.as_of)},
        {"document_tokens", exchange.document_tokens},
        {"segments_total", exchange.segments_total},
        {"segments_computed", exchange.segments_computed},
        {"segments_reused", exchange.segments_reused},
        {"confidence",
         exchange.confidence ? nlohmann::ordered_json(*exchange.confidence) : nlohmann::ordered_json()},
        {"time_to_first_token_ms", exchange.time_to_first_token_ms},
        {"tokens_per_second", exchange.tokens_per_second},
        {"total_ms", exchange.total_ms},
        {"mentions", mentions_json(exchange)}};
}

/// A file under a temporary name until commit() renames it; removed otherwise.
class PendingFile {
public:
    explicit PendingFile(const fs::path& target)
        : target_(target),
          name_(target.string() + ".XXXXXX"),
          descriptor_(mkostemp(name_.data(), O_CLOEXEC)) {
        if (descriptor_ < 0)
            fail();
    }
    ~PendingFile() {
        if (descriptor_ >= 0)
            close(descriptor_);
        if (!committed_ && !name_.empty())
            unlink(name_.c_str());
    }
    PendingFile(const PendingFile&) = delete;
    PendingFile& operator=(const PendingFile&) = delete;

    void write(std::string_view content) {
        while (!content.empty()) {
            const ssize_t written = ::write(descriptor_, content.data(), content.size());
            if (written < 0 && errno != EINTR)
                fail();
            if (written > 0)
                content.remove_prefix(static_cast<std::size_t>(written));
        }
    }
    void commit() {
        const mode_t mask =
            umask(0); // mkostemp makes private files; a report gets the permissions of any other file
        umask(mask);
        if (fchmod(descriptor_, 0666 & ~mask) != 0 || fsync(descriptor_) != 0)
            fail();
        if (close(std::exchange(descriptor_, -1)) != 0 || rename(name_.c_str(), target_.c_str()) != 0)
            fail();
        committed_ = true;
    }

private:
    [[noreturn]] void fail() const {
        throw Error(ErrorKind::storage, "Writing " + target_.string() +
                                            " failed: " + std::generic_category().message(errno) +
                                            "; choose another place, or make room there.");
    }

    fs::path target_;
    std::string name_;
    int descriptor_ = -1;
    bool committed_ = false;
};

} // namespace

std::string markdown_report(const storage::DocumentRecord& document, const std::vector<Exchange>& exchanges) {
    std::string out = "# ";
    out += escaped(document.title) + "\n\n" + escaped_line(document.path) + ": " +
           std::to_string(document.bytes) + " bytes, " + std::to_string(document.tokens) + " tokens\n";
    if (exchanges.empty())
        out += "\nNothing has been asked yet.\n";
    for (const Exchange& exchange : exchanges) {
        out += '\n';
        out += markdown_of(exchange);
    }
    return out;
}

std::string json_report(const storage::DocumentRecord& document, const std::vector<Exchange>& exchanges) {
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    for (const Exchange& exchange : exchanges)
        list.push_back(json_of(exchange));
    const nlohmann::ordered_json report = {{"document",
                                            {{"title", document.title},
                                             {"path", document.path},
                                             {"content_hash", document.content_hash},
                                             {"bytes", document.bytes},
                                             {"tokens", document.tokens},
                                             {"added_at", document.added_at},
                                             {"opened_at", document.opened_at}}},
                                           {"exchanges", std::move(list)}};
    return report.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

void write_file(const fs::path& file, const std::string& content) {
    std::error_code
        ignored; // a link keeps pointing where it points; what cannot be resolved is written as named
    const fs::path resolved = fs::weakly_canonical(file, ignored);
    PendingFile pending(ignored ? file : resolved);
    pending.write(content);
    pending.commit();
}

} // namespace longview::app
