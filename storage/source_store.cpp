#include "storage/source_store.h"

#include <algorithm>
#include <limits>
#include <map>

#include <SQLiteCpp/SQLiteCpp.h>

#include "storage/passages.h"
#include "storage/sql.h"

namespace longview::storage {

namespace {

constexpr char match_begins = '\x02', match_ends = '\x03';

std::int64_t signed_of(std::size_t value) {
    return static_cast<std::int64_t>(value);
}

bool is_kept(SQLite::Database& database, std::int64_t id) {
    SQLite::Statement query(database, "SELECT 1 FROM passages WHERE document_id = ?1 LIMIT 1");
    query.bind(1, id);
    return query.executeStep();
}

void put_sections(SQLite::Database& database, std::int64_t id, const std::vector<Section>& sections) {
    SQLite::Statement clear(database, "DELETE FROM sections WHERE document_id = ?1");
    clear.bind(1, id);
    clear.exec();
    SQLite::Statement insert(database, "INSERT INTO sections VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)");
    std::int64_t position = 0;
    for (const auto& section : sections) {
        insert.bind(1, id);
        insert.bind(2, position++);
        insert.bind(3, static_cast<int>(section.kind));
        insert.bind(4, section.title);
        insert.bind(5, section.level);
        insert.bind(6, signed_of(section.begin));
        insert.bind(7, signed_of(section.first_line));
        insert.exec();
        insert.reset();
    }
}

void put_passages(SQLite::Database& database, std::int64_t id, std::string_view text) {
    SQLite::Statement place(database, "INSERT INTO passages (document_id, begin, line) VALUES (?1, ?2, ?3)");
    SQLite::Statement words(database, "INSERT INTO passage_words (rowid, text) VALUES (?1, ?2)");
    for (const auto& passage : passages_of(text)) {
        place.bind(1, id);
        place.bind(2, signed_of(passage.begin));
        place.bind(3, signed_of(passage.line));
        place.exec();
        place.reset();
        words.bind(1, database.getLastInsertRowid());
        words.bind(2, with_breaks(text.substr(passage.begin, passage.end - passage.begin)));
        words.exec();
        words.reset();
    }
}

std::vector<Section> read_sections(SQLite::Database& database, std::int64_t id) {
    SQLite::Statement query(database, "SELECT kind, title, level, begin, first_line FROM sections "
                                      "WHERE document_id = ?1 ORDER BY position");
    query.bind(1, id);
    std::vector<Section> sections;
    while (query.executeStep()) {
        const int kind = std::clamp(query.getColumn(0).getInt(), 0, static_cast<int>(SectionKind::file));
        sections.push_back({static_cast<SectionKind>(kind), query.getColumn(1).getString(),
                            query.getColumn(2).getInt(), size_of(query.getColumn(3)),
                            size_of(query.getColumn(4))});
    }
    return sections;
}

/// One line, with the marks taken out and remembered.
void set_snippet(SearchHit& hit, std::string text) {
    std::replace_if(
        text.begin(), text.end(), [](char c) { return c == '\n' || c == '\t'; }, ' ');
    std::size_t begin = 0;
    for (const char c : text) {
        if (c == match_begins)
            begin = hit.snippet.size();
        else if (c == match_ends)
            hit.matches.emplace_back(begin, hit.snippet.size());
        else if (c != ' ' || !hit.snippet.ends_with(' '))
            hit.snippet += c;
    }
}

struct Match {
    std::size_t begin = 0, end = 0; ///< bytes in the passage as it was given
    std::size_t lines_before = 0, lines_within = 0;
};

/// The first match, with those that follow when they begin within `reach` bytes of it.
Match first_match(const std::string& highlighted, std::size_t reach) {
    const auto lines = [](std::string_view text) {
        return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
    };
    const auto unmarked = [](std::string_view text) {
        std::string plain(text);
        std::erase_if(plain, [](char c) { return c == match_begins || c == match_ends; });
        return without_breaks(plain);
    };
    const std::string_view text(highlighted);
    const auto begin = std::min(text.find(match_begins), text.size());
    auto last = begin;
    for (auto next = last; next != std::string_view::npos && next - begin <= reach;
         next = text.find(match_begins, next + 1))
        last = next;
    const auto end = std::min(text.find(match_ends, last), text.size());
    const auto before = unmarked(text.substr(0, begin)), within = unmarked(text.substr(begin, end - begin));
    return {before.size(), before.size() + within.size(), lines(before), lines(within)};
}

SearchHit hit_of(SQLite::Statement& row, const std::vector<Section>& sections, std::size_t reach) {
    SearchHit hit;
    hit.document_id = row.getColumn(0).getInt64();
    hit.title = row.getColumn(1).getString();
    hit.path = row.getColumn(2).getString();
    const auto match = first_match(row.getColumn(5).getString(), reach);
    hit.begin = size_of(row.getColumn(3)) + match.begin;
    hit.end = size_of(row.getColumn(3)) + match.end;
    const auto line = size_of(row.getColumn(4)) + match.lines_before;
    hit.location = location_of(sections, hit.begin, hit.end, line, line + match.lines_within);
    set_snippet(hit, without_breaks(row.getColumn(6).getString()));
    return hit;
}

} // namespace

void SourceStore::put(std::int64_t document_id, const Document& document) {
    guarded(database_.file(), "Keeping a document's text", [&] {
        if (is_kept(database_.handle(), document_id))
            return;
        in_transaction(database_.handle(), [&] {
            if (is_kept(database_.handle(), document_id)) // another process was faster
                return;
            put_sections(database_.handle(), document_id, document.sections);
            put_passages(database_.handle(), document_id, document.text);
        });
    });
}

std::vector<Section> SourceStore::sections(std::int64_t document_id) {
    std::vector<Section> sections;
    guarded(database_.file(), "Looking up a document's sections",
            [&] { sections = read_sections(database_.handle(), document_id); });
    return sections;
}

struct SourceStore::Wanted {
    std::string expression; ///< for FTS5
    std::optional<std::int64_t> document_id;
    int limit = 0;
    std::size_t reach = 0;                                      ///< see first_match()
    std::size_t end = std::numeric_limits<std::int64_t>::max(); ///< passages begin before it
};

std::vector<SearchHit> SourceStore::search(const std::string& typed, std::optional<std::int64_t> document_id,
                                           int limit) {
    return matches({match_expression(typed), document_id, limit});
}

std::vector<SearchHit> SourceStore::together(const std::vector<std::string>& all,
                                             const std::vector<std::string>& any, std::int64_t document_id,
                                             std::size_t end, int limit) {
    constexpr std::size_t reach = 200; // about the distance that the expression allows
    // One more, because the last passage before the end may have its match behind it.
    auto hits = matches({nearness_expression(all, any), document_id, limit + 1, reach, end});
    std::erase_if(hits, [end](const SearchHit& hit) { return hit.end > end; });
    hits.resize(std::min(hits.size(), static_cast<std::size_t>(limit)));
    return hits;
}

std::vector<SearchHit> SourceStore::matches(const Wanted& wanted) {
    std::vector<SearchHit> hits;
    if (wanted.expression.empty())
        return hits;
    guarded(database_.file(), "Searching the library", [&] {
        in_snapshot(database_.handle(), [&] {
            SQLite::Statement query(database_.handle(), R"sql(
                SELECT d.id, d.title, d.path, p.begin, p.line, highlight(passage_words, 0, char(2), char(3)),
                       snippet(passage_words, 0, char(2), char(3), '…', 24)
                FROM passage_words JOIN passages p ON p.id = passage_words.rowid
                JOIN documents d ON d.id = p.document_id
                WHERE passage_words MATCH ?1 AND (?2 IS NULL OR d.id = ?2) AND p.begin < ?4
                ORDER BY rank, p.id LIMIT ?3)sql");
            query.bind(1, wanted.expression);
            if (wanted.document_id)
                query.bind(2, *wanted.document_id);
            query.bind(3, wanted.limit);
            query.bind(4, signed_of(wanted.end));
            std::map<std::int64_t, std::vector<Section>> sections;
            while (query.executeStep()) {
                const auto id = query.getColumn(0).getInt64();
                if (!sections.contains(id))
                    sections.emplace(id, read_sections(database_.handle(), id));
                hits.push_back(hit_of(query, sections[id], wanted.reach));
            }
        });
    });
    return hits;
}

} // namespace longview::storage
