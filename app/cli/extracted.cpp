// text: what Longview makes of a document before any model sees it.

#include "app/cli/commands.h"
#include "app/cli/library.h"

namespace longview::cli {

namespace {

const char* name_of(SectionKind kind) {
    switch (kind) {
    case SectionKind::page:
        return "page";
    case SectionKind::chapter:
        return "chapter";
    case SectionKind::heading:
        return "heading";
    case SectionKind::file:
        return "file";
    }
    return "";
}

Json json_of(const Document& document) {
    Json sections = Json::array();
    for (const Section& section : document.sections)
        sections.push_back({{"kind", name_of(section.kind)},
                            {"title", section.title},
                            {"level", section.level},
                            {"begin", section.begin}});
    return {{"document", document.path},
            {"title", document.title},
            {"extractor", document.extractor},
            {"encoding", document.encoding},
            {"fingerprint", document.content_hash},
            {"notes", document.notes},
            {"sections", sections},
            {"text", document.text}};
}

/// Each line behind its place, as grep prints what it found.
std::string located_lines(const Document& document) {
    std::string out;
    for (std::size_t i = 0; i < document.line_starts.size(); ++i) {
        const std::size_t begin = document.line_starts[i];
        const std::size_t end =
            i + 1 < document.line_starts.size() ? document.line_starts[i + 1] : document.text.size();
        out += document.location(begin, end) + "\t" + document.text.substr(begin, end - begin);
    }
    if (!out.ends_with('\n'))
        out += '\n';
    return out;
}

} // namespace

int run_text(Context& context) {
    const Options& options = context.options;
    const app::Import imported = import_source(context, options.files.front());
    const Document& document = imported.document;
    if (!options.quiet)
        for (const std::string& note : document.notes)
            complain("Note: " + note);
    if (options.json)
        context.output.json(json_of(document));
    else
        context.output.write(options.plain ? document.text : located_lines(document));
    return exit_code::ok;
}

} // namespace longview::cli
