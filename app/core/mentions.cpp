#include "app/core/mentions.h"

#include <algorithm>
#include <array>

#include "inference/text/text_normalizer.h"
#include "inference/text/utf8.h"

namespace longview::app {

namespace {

constexpr std::size_t most_answer_words = 8;
constexpr std::size_t most_question_words = 16;
constexpr int most_mentions = 3;

constexpr std::array grammar{
    "a",      "about", "after",  "all",   "am",      "an",     "and",   "any",  "are",     "as",    "at",
    "be",     "been",  "before", "but",   "by",      "can",    "could", "did",  "do",      "does",  "for",
    "from",   "give",  "had",    "has",   "have",    "he",     "her",   "hers", "him",     "his",   "how",
    "i",      "if",    "in",     "into",  "is",      "it",     "its",   "know", "many",    "may",   "me",
    "might",  "much",  "must",   "my",    "name",    "no",     "none",  "not",  "nothing", "of",    "on",
    "one",    "or",    "our",    "out",   "over",    "please", "say",   "she",  "should",  "so",    "some",
    "stated", "tell",  "than",   "that",  "the",     "their",  "them",  "then", "there",   "these", "they",
    "this",   "those", "to",     "under", "unknown", "up",     "us",    "was",  "we",      "were",  "what",
    "when",   "where", "which",  "who",   "whom",    "whose",  "why",   "will", "with",    "would", "yes",
    "you",    "your"};

bool is_word_byte(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x80 || (byte >= '0' && byte <= '9') || ((byte | 0x20U) >= 'a' && (byte | 0x20U) <= 'z');
}

std::string lower(std::string word) {
    for (char& c : word)
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
    return word;
}

bool means_something(const std::string& word) {
    const bool is_letter = word.size() == 1 && (word[0] < '0' || word[0] > '9');
    return !word.empty() && !is_letter && std::find(grammar.begin(), grammar.end(), word) == grammar.end();
}

/// "Mr.", "Dr.", "J.": a full stop behind a capital and at most two more letters ends nothing.
bool abbreviates(std::string_view text, std::size_t at) {
    std::size_t begin = at;
    while (begin > 0 && at - begin < 4 && is_word_byte(text[begin - 1]))
        --begin;
    return at - begin >= 1 && at - begin <= 3 && text[begin] >= 'A' && text[begin] <= 'Z';
}

bool ends_sentence(std::string_view text, std::size_t at) {
    const bool ends = text[at] == '!' || text[at] == '?' || (text[at] == '.' && !abbreviates(text, at));
    return ends && at + 1 < text.size() &&
           (text[at + 1] == ' ' || text[at + 1] == '\n' || text[at + 1] == '"');
}

bool ends_paragraph(std::string_view text, std::size_t at) {
    return text[at] == '\n' && at > 0 && text[at - 1] == '\n';
}

constexpr std::size_t farthest = 160; // bytes that a quote goes beyond what it is about

/// Where the sentence around `at` begins, or a word not too far before.
std::size_t quote_begin(std::string_view text, std::size_t at, bool& cut) {
    const std::size_t first = at > farthest ? at - farthest : 0;
    for (std::size_t begin = at; begin > first; --begin)
        if (ends_sentence(text, begin - 1) || ends_paragraph(text, begin - 1))
            return begin;
    cut = first > 0;
    return cut ? std::min(text.find_first_of(" \n", first), at) : 0;
}

/// Where it ends; never beyond `limit`.
std::size_t quote_end(std::string_view text, std::size_t at, std::size_t limit, bool& cut) {
    const std::size_t last = at + complete_prefix(text.substr(at, std::min(farthest, limit - at)));
    for (std::size_t end = at; end < last; ++end)
        if (ends_sentence(text, end) || ends_paragraph(text, end))
            return end + 1;
    cut = last < limit;
    const auto word = text.substr(0, last).find_last_of(" \n");
    return cut && word != std::string_view::npos && word >= at ? word : last;
}

std::string one_line(std::string_view text) {
    std::string line;
    for (const char c : text) {
        const bool space = c == ' ' || c == '\n' || c == '\t';
        if (!space)
            line += c;
        else if (!line.empty() && line.back() != ' ')
            line += ' ';
    }
    line.erase(line.find_last_not_of(' ') + 1);
    return line;
}

std::string quote_around(std::string_view text, std::size_t begin, std::size_t end, std::size_t limit) {
    bool cut_before = false, cut_after = false;
    const auto from = quote_begin(text, begin, cut_before), to = quote_end(text, end, limit, cut_after);
    return (cut_before ? "\u2026 " : "") + one_line(text.substr(from, to - from)) +
           (cut_after ? " \u2026" : "");
}

} // namespace

std::vector<std::string> content_words(std::string_view text) {
    const std::string plain = normalize(text).text; // typographic punctuation is no part of a word
    std::vector<std::string> words;
    for (std::size_t begin = 0; begin < plain.size();) {
        std::size_t end = begin;
        while (end < plain.size() && is_word_byte(plain[end]))
            ++end;
        const std::string word = lower(plain.substr(begin, end - begin));
        const bool possessive = begin > 0 && plain[begin - 1] == '\'' && word == "s";
        if (!possessive && means_something(word) &&
            std::find(words.begin(), words.end(), word) == words.end())
            words.push_back(word);
        begin = std::max(end, begin + 1);
    }
    return words;
}

std::vector<Mention> find_mentions(storage::SourceStore& sources, std::int64_t document_id,
                                   const Document& document, std::size_t end, const Exchange& exchange) {
    const auto answer = content_words(exchange.answer);
    auto question = content_words(exchange.question);
    const auto repeated = std::erase_if(question, [&](const std::string& word) {
        return std::find(answer.begin(), answer.end(), word) != answer.end();
    });
    if (repeated > 0 && answer.size() > 1) // the answer says itself what it is about
        question.clear();
    else if (question.empty())
        return {};
    if (answer.empty() || answer.size() > most_answer_words)
        return {};
    question.resize(std::min(question.size(), most_question_words));
    std::vector<Mention> mentions;
    for (const auto& hit : sources.together(answer, question, document_id, end, most_mentions))
        mentions.push_back(
            {hit.begin, hit.end, hit.location, quote_around(document.text, hit.begin, hit.end, end)});
    return mentions;
}

} // namespace longview::app
