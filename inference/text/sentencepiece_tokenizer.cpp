#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <functional>
#include <sentencepiece_processor.h>
#include <unordered_map>
#include <utility>

#include "inference/text/sentencepiece_spec.h"
#include "inference/text/sentencepiece_vocabulary.h"
#include "inference/text/text_normalizer.h"
#include "inference/text/tokenizer.h"
#include "inference/text/utf8.h"
#include "inference/values/error.h"

namespace longview {
namespace {

using sentencepiece::SentencePieceProcessor;

/// A space in the library's alphabet. One that a text really holds would come back as a space, so it is
/// spelled in bytes.
constexpr std::string_view escaped_space = "\u2581";

/// Only a run without any border is longer than this (a line of 65,536 letters "a"); it is cut to bound
/// memory.
constexpr std::size_t longest_chunk = 1U << 16U;

void check(const sentencepiece::util::Status& status) {
    if (!status.ok())
        throw Error(ErrorKind::model, "The tokenizer cannot encode this text (" + status.ToString() + ").");
}

/// Translates offsets of the text that is tokenized into offsets of the text the caller gave, and collects
/// tokens.
class Collector {
public:
    /// `added` bytes at the beginning of the text stand for nothing in the source.
    Collector(const Utf8Repair& repair, const NormalizedText& normal, std::size_t added)
        : repaired_(repair.origin), normalized_(normal.origin), added_(added) {
        result_.replaced_bytes = repair.replaced_bytes;
        const auto expected = normal.text.size() / 3;
        result_.ids.reserve(expected);
        result_.begin.reserve(expected);
        result_.end.reserve(expected);
    }
    /// Requires begin <= end, and begin not before the last token's end.
    void add(TokenId id, std::size_t begin, std::size_t end) {
        result_.ids.push_back(id);
        result_.begin.push_back(source(begin));
        result_.end.push_back(source(end));
    }
    TokenizedText take() { return std::move(result_); }

private:
    std::size_t source(std::size_t at) { return repaired_.at(normalized_.at(std::max(at, added_) - added_)); }

    SourceMap::Cursor repaired_, normalized_;
    std::size_t added_;
    TokenizedText result_;
};

/// Tokenizes a text chunk by chunk, cut where no piece can reach across; a chunk seen before is not computed
/// again.
class ChunkEncoder {
public:
    ChunkEncoder(const SentencePieceProcessor& processor, const SentencePieceVocabulary& vocabulary)
        : processor_(processor), vocabulary_(vocabulary) {}

    void encode(std::string_view text, Collector& tokens) {
        for (std::size_t begin = 0; begin < text.size();) {
            const auto end = chunk_end(text, begin);
            auto at = begin;
            for (const auto id : ids_of(text.substr(begin, end - begin))) {
                const auto next = std::min(end, at + vocabulary_.text(id).size());
                tokens.add(id, at, next);
                at = next;
            }
            begin = end;
        }
    }

private:
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
    };
    static constexpr std::size_t most_remembered = 1U << 16U;
    static constexpr std::size_t longest_remembered = 48;

    std::size_t chunk_end(std::string_view text, std::size_t begin) const {
        auto left = code_point_at(text, begin);
        auto at = begin + left.length;
        // A marker that the text spells is cut after its first character, so that it cannot form.
        if (vocabulary_.marker_at(text, begin) != 0)
            return at;
        while (at < text.size() && at - begin < longest_chunk && vocabulary_.marker_at(text, at) == 0) {
            const auto right = code_point_at(text, at);
            if (!vocabulary_.borders().joins(left.value, right.value))
                break;
            left = right;
            at += right.length;
        }
        return at;
    }

    /// Valid until the next call.
    const std::vector<TokenId>& ids_of(std::string_view chunk) {
        if (const auto known = known_.find(chunk); known != known_.end())
            return known->second;
        std::vector<TokenId> ids;
        if (chunk == escaped_space || vocabulary_.marker_at(chunk, 0) == chunk.size())
            for (const char byte : chunk)
                ids.push_back(vocabulary_.byte_piece(static_cast<unsigned char>(byte)));
        else
            check(processor_.Encode(chunk, &ids));
        if (chunk.size() > longest_remembered)
            return last_ = std::move(ids);
        if (known_.size() >= most_remembered)
            known_.clear();
        return known_.emplace(chunk, std::move(ids)).first->second;
    }

    const SentencePieceProcessor& processor_;
    const SentencePieceVocabulary& vocabulary_;
    std::unordered_map<std::string, std::vector<TokenId>, Hash, std::equal_to<>> known_;
    std::vector<TokenId> last_;
};

class SentencePieceTokenizer final : public Tokenizer {
public:
    /// `file` is valid for a SentencePieceProcessor.
    SentencePieceTokenizer(std::string file, std::unique_ptr<SentencePieceProcessor> processor,
                           const ModelConfig& config)
        : file_(std::move(file)),
          spec_(read_spec(file_)),
          processor_(std::move(processor)),
          vocabulary_(*processor_, markers_of(config)),
          normalizes_(config.newline_token.has_value()) {
        check(plain_.LoadFromSerializedProto(without_added_space(file_)));
        by_chunks_ = !spec_.changes_characters && !spec_.removes_spaces && spec_.escapes_spaces &&
                     vocabulary_.spells_bytes() && adds_space_in_front();
    }

    int vocab_size() const override { return vocabulary_.size(); }
    std::string_view file_bytes() const override { return file_; }

    TokenizedText encode(std::string_view text) const override {
        auto repair = repair_utf8(text);
        auto normal = normalizes_ ? normalize(repair.text) : NormalizedText{repair.text, {}};
        std::string().swap(repair.text);
        const std::size_t added = by_chunks_ && spec_.adds_space && !normal.text.empty() ? 1 : 0;
        normal.text.insert(0, added, ' ');
        Collector tokens(repair, normal, added);
        if (by_chunks_)
            ChunkEncoder(plain_, vocabulary_).encode(normal.text, tokens);
        else
            encode_whole(normal.text, tokens);
        return tokens.take();
    }

    std::string decode(std::span<const TokenId> ids) const override {
        std::string text;
        for (const auto id : ids)
            text += bytes_of(id);
        if (spec_.adds_space && text.starts_with(' '))
            text.erase(0, 1);
        text.resize(complete_prefix(text));
        return repair_utf8(text).text;
    }

    std::string_view bytes_of(TokenId id) const override {
        if (id < 0 || id >= vocabulary_.size())
            throw Error(ErrorKind::model, "Token " + std::to_string(id) + " is outside the tokenizer's " +
                                              std::to_string(vocabulary_.size()) + " pieces.");
        return vocabulary_.text(id);
    }

private:
    static std::vector<TokenId> markers_of(const ModelConfig& config) {
        std::vector<TokenId> markers;
        for (const auto& token :
             {config.bos_token, config.eos_token, config.question_token, config.answer_token})
            if (token)
                markers.push_back(*token);
        return markers;
    }

    /// Some models put the added space at the end instead (treat_whitespace_as_suffix).
    bool adds_space_in_front() const {
        return !spec_.adds_space || processor_->EncodeAsIds("a b") == plain_.EncodeAsIds(" a b");
    }

    /// For a model that changes the text in its own way: the library sees all of it at once, apart from
    /// markers.
    void encode_whole(std::string_view text, Collector& tokens) const {
        for (std::size_t begin = 0; begin < text.size();) {
            auto end = begin + code_point_at(text, begin).length;
            const auto marker = vocabulary_.marker_at(text, begin);
            while (marker == 0 && end < text.size() && vocabulary_.marker_at(text, end) == 0)
                end += code_point_at(text, end).length;
            if (begin + marker == end) // a marker of one character
                tokens.add(processor_->unk_id(), begin, end);
            else
                encode_stretch(text.substr(begin, end - begin), begin, tokens);
            begin = end;
        }
    }

    void encode_stretch(std::string_view text, std::size_t offset, Collector& tokens) const {
        sentencepiece::ImmutableSentencePieceText pieces;
        const auto& processor = offset == 0 ? *processor_ : plain_;
        check(processor.Encode(text, pieces.mutable_proto()));
        for (const auto& piece : pieces.pieces())
            tokens.add(static_cast<TokenId>(piece.id()), offset + piece.begin(), offset + piece.end());
    }

    std::string file_;
    SentencePieceSpec spec_;
    std::unique_ptr<SentencePieceProcessor> processor_;
    SentencePieceProcessor plain_; ///< the same, adding no space
    SentencePieceVocabulary vocabulary_;
    bool normalizes_;
    bool by_chunks_ = false;
};

std::string read_file(const std::filesystem::path& path) {
    std::error_code error;
    if (!std::filesystem::exists(path, error))
        throw Error(ErrorKind::model, "There is no tokenizer at " + path.string() +
                                          ": put the model's SentencePiece file tokenizer.model there.");
    std::ifstream stream(path, std::ios::binary);
    std::string bytes;
    if (stream && std::filesystem::is_regular_file(path, error))
        bytes.assign(std::istreambuf_iterator<char>(stream), {});
    else
        stream.setstate(std::ios::failbit);
    if (stream.bad() || stream.fail())
        throw Error(ErrorKind::model, "The tokenizer " + path.string() +
                                          " cannot be read: check that it is a file and its permissions.");
    if (bytes.empty())
        throw Error(ErrorKind::model, "The tokenizer " + path.string() +
                                          " is empty: copy it again from where the model came from.");
    return bytes;
}

void check_token(const SentencePieceProcessor& processor, const std::filesystem::path& path,
                 const std::string& key, const std::optional<TokenId>& token) {
    if (!token)
        return;
    const auto fail = [&](const std::string& what) {
        throw Error(ErrorKind::model, "config.json says " + key + " " + std::to_string(*token) + ", but " +
                                          path.string() + " " + what +
                                          ": use the config.json and the tokenizer of one model.");
    };
    if (*token < 0 || *token >= processor.GetPieceSize())
        fail("has only " + std::to_string(processor.GetPieceSize()) + " pieces");
    if (processor.IsUnknown(*token))
        fail("uses that piece for unknown text");
    const auto& piece = processor.IdToPiece(*token);
    if (key == "newline_token_id" && piece != "\n" && piece != "<0x0A>")
        fail("uses that piece for \"" + piece + "\", not for a newline");
}

} // namespace

std::unique_ptr<Tokenizer> load_tokenizer(const std::filesystem::path& directory, const ModelConfig& config) {
    const auto path = directory / "tokenizer.model";
    auto bytes = read_file(path);
    auto processor = std::make_unique<SentencePieceProcessor>();
    if (const auto status = processor->LoadFromSerializedProto(bytes); !status.ok())
        throw Error(ErrorKind::model, "The tokenizer " + path.string() +
                                          " is not a whole SentencePiece model (" + status.error_message() +
                                          "): copy it again from where the model came from.");
    if (processor->GetPieceSize() != config.vocab_size)
        throw Error(ErrorKind::model,
                    "The tokenizer " + path.string() + " has " + std::to_string(processor->GetPieceSize()) +
                        " pieces, but config.json says vocab_size " + std::to_string(config.vocab_size) +
                        ": they are of different models.");
    check_token(*processor, path, "bos_token_id", config.bos_token);
    check_token(*processor, path, "eos_token_id", config.eos_token);
    check_token(*processor, path, "question_token_id", config.question_token);
    check_token(*processor, path, "answer_token_id", config.answer_token);
    check_token(*processor, path, "newline_token_id", config.newline_token);
    return std::make_unique<SentencePieceTokenizer>(std::move(bytes), std::move(processor), config);
}

} // namespace longview
