#include "app/importers/epub.h"

#include <algorithm>
#include <utility>

#include "app/importers/archive.h"
#include "app/importers/epub_package.h"
#include "app/importers/html.h"
#include "app/importers/refusal.h"
#include "app/importers/text_builder.h"

namespace longview::app {
namespace {

bool is_page(const EpubItem& item) {
    return item.media_type == "application/xhtml+xml" || item.media_type == "text/html" ||
           item.media_type == "text/x-oeb1-document";
}

bool has_word(std::string_view words, std::string_view word) {
    while (!words.empty()) {
        const auto end = std::min(words.find(' '), words.size());
        if (words.substr(0, end) == word)
            return true;
        words.remove_prefix(std::min(end + 1, words.size()));
    }
    return false;
}

/// Who protects it, by the file that each scheme adds.
std::string protection_of(const ZipArchive& archive) {
    if (archive.has("META-INF/rights.xml"))
        return "Adobe DRM (ADEPT)";
    if (archive.has("META-INF/license.lcpl"))
        return "Readium LCP";
    if (archive.has("META-INF/sinf.xml"))
        return "Apple FairPlay";
    return "encryption";
}

class EpubReader {
public:
    EpubReader(std::string_view bytes, const std::string& name, const ImportOptions& options)
        : archive_(bytes, name, options), name_(name), options_(options) {}

    Extraction extract() {
        open_package();
        refuse_protected();
        read_pages();
        Extraction& result = extraction_;
        note_outside();
        result.extractor = extractor::epub;
        result.title = package_.title;
        result.encoding = "UTF-8";
        add_chapters();
        result.sections = out_.take_sections();
        merge_chapters();
        result.text = out_.take_text();
        return std::move(result);
    }

private:
    void open_package() {
        const auto path = epub_package_path(archive_.read_one("META-INF/container.xml"));
        const auto opf = path.empty() ? std::string() : archive_.read_one(path);
        if (opf.empty())
            refuse(name_,
                   "is not a whole EPUB book: its package document is missing; get it again from where "
                   "it came.");
        package_ = parse_epub_package(opf, path);
        if (!package_.problem.empty())
            refuse(name_, "is a damaged EPUB book: its package document is not well-formed (" +
                              package_.problem + "); get it again from where it came.");
        if (package_.spine.empty())
            refuse(name_,
                   "is an EPUB book without a reading order (its spine is empty): repair it with an EPUB "
                   "editor.");
    }

    const EpubItem* item(const std::string& id) const {
        const auto found = package_.items.find(id);
        return found == package_.items.end() ? nullptr : &found->second;
    }

    void refuse_protected() {
        const auto encrypted = epub_encrypted(archive_.read_one("META-INF/encryption.xml"));
        for (const auto& id : package_.spine)
            if (const auto* page = item(id); page != nullptr && encrypted.contains(page->path))
                refuse(name_, "is protected by " + protection_of(archive_) +
                                  " and cannot be read: get an edition without copy protection.");
    }

    void read_pages() {
        for (const auto& [id, entry] : package_.items)
            if (has_word(entry.properties, "nav"))
                nav_ = &entry;
        std::set<std::string, std::less<>> wanted;
        for (const auto& id : package_.spine)
            if (const auto* page = item(id); page != nullptr && is_page(*page))
                wanted.insert(page->path);
        if (nav_ != nullptr)
            wanted.insert(nav_->path);
        if (const auto* ncx = item(package_.ncx))
            wanted.insert(ncx->path);
        files_ = archive_.read([&](const std::string& path) { return wanted.contains(path); });
        for (const auto& id : package_.spine)
            add_page(id);
    }

    /// The navigation document is the table of contents, which becomes the chapters.
    void add_page(const std::string& id) {
        const auto* page = item(id);
        if (page != nullptr && page == nav_)
            return;
        if (page != nullptr && !is_page(*page)) {
            extraction_.notes.push_back("The page " + page->path + " (" + page->media_type +
                                        ") is not text and was left out.");
            return;
        }
        const auto file = page == nullptr ? files_.end() : files_.find(page->path);
        if (file == files_.end()) {
            extraction_.notes.push_back("The page " + (page == nullptr ? id : page->path) +
                                        " is missing in the book.");
            return;
        }
        out_.paragraph_break();
        const auto begin = out_.mark();
        Extraction decoding;
        auto anchors =
            add_html(decode_html(file->second, name_, decoding), out_, true, options_.stop).anchors;
        std::move(decoding.notes.begin(), decoding.notes.end(), std::back_inserter(extraction_.notes));
        pages_.emplace(page->path, std::pair(begin, std::move(anchors)));
    }

    void add_chapters() {
        std::vector<EpubChapter> chapters;
        if (nav_ != nullptr && files_.contains(nav_->path))
            chapters = parse_epub_nav(files_.find(nav_->path)->second, nav_->path);
        const auto* ncx = item(package_.ncx);
        if (chapters.empty() && ncx != nullptr && files_.contains(ncx->path))
            chapters = parse_epub_ncx(files_.find(ncx->path)->second, ncx->path);
        for (const auto& chapter : chapters) {
            const auto page = pages_.find(chapter.path);
            if (page == pages_.end() || chapter.title.empty())
                continue;
            const auto& [begin, anchors] = page->second;
            const auto anchor = anchors.find(chapter.fragment);
            chapters_.push_back({SectionKind::chapter, chapter.title, chapter.level,
                                 out_.offset_of(anchor == anchors.end() ? begin : anchor->second), 1});
        }
    }

    /// The headings of the pages stand in where the book has no table of contents.
    void merge_chapters() {
        if (chapters_.empty())
            return;
        std::erase_if(chapters_, [&](const Section& chapter) { return chapter.begin >= out_.size(); });
        std::stable_sort(chapters_.begin(), chapters_.end(),
                         [](const Section& a, const Section& b) { return a.begin < b.begin; });
        extraction_.sections = std::move(chapters_);
    }

    void note_outside() {
        if (!archive_.outside().empty())
            extraction_.notes.push_back("Left out " + std::to_string(archive_.outside().size()) +
                                        " entries that point outside of the book, such as \"" +
                                        archive_.outside().front() + "\".");
    }

    ZipArchive archive_;
    std::string name_;
    const ImportOptions& options_;
    EpubPackage package_;
    const EpubItem* nav_ = nullptr;
    std::map<std::string, std::string, std::less<>> files_;
    using Page = std::pair<TextBuilder::Mark, std::map<std::string, TextBuilder::Mark, std::less<>>>;
    std::map<std::string, Page, std::less<>> pages_;
    std::vector<Section> chapters_;
    TextBuilder out_;
    Extraction extraction_;
};

} // namespace

Extraction extract_epub(std::string_view bytes, const std::string& name, const ImportOptions& options) {
    return EpubReader(bytes, name, options).extract();
}

} // namespace longview::app
