#pragma once
// Text to token ids and back.

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "inference/values/model_config.h"
#include "inference/values/tokenized_text.h"

namespace longview {

/// Immutable after loading; every method may be called from any thread.
class Tokenizer {
public:
    virtual ~Tokenizer() = default;

    virtual int vocab_size() const = 0;
    /// Any bytes: invalid UTF-8 is read as U+FFFD and counted in replaced_bytes. Adds no special token, and
    /// text that spells one ("<q>") never becomes it.
    virtual TokenizedText encode(std::string_view text) const = 0;
    /// The text of `ids`, without special tokens and without the space the tokenizer adds at the start.
    /// Always valid UTF-8; a code point still unfinished at the end is left out, so the text of a streaming
    /// answer only ever grows. Throws Error(model) for an id outside the vocabulary.
    virtual std::string decode(std::span<const TokenId> ids) const = 0;
    /// The bytes that `id` stands for in running text: those of its piece, a space in front where it has one;
    /// empty for a special token. Throws Error(model) as decode does. Valid as long as the tokenizer.
    virtual std::string_view bytes_of(TokenId id) const = 0;
    /// The bytes of the tokenizer's own file, for the fingerprint.
    virtual std::string_view file_bytes() const = 0;
};

/// tokenizer.model (SentencePiece) in `directory`. Text is normalised as the model was trained when the
/// config names a newline token (see text_normalizer.h). Throws Error(model) when it is missing, unreadable,
/// or its vocabulary differs from config.vocab_size or lacks a token that the config names.
std::unique_ptr<Tokenizer> load_tokenizer(const std::filesystem::path& directory, const ModelConfig& config);

} // namespace longview
