#pragma once
// The few settings of a SentencePiece file that its library does not tell.

#include <string>
#include <string_view>

namespace longview {

/// NormalizerSpec of sentencepiece_model.proto, with the defaults given there.
struct SentencePieceSpec {
    bool changes_characters = false; ///< has a character map (NFKC and the like)
    bool adds_space = true;          ///< add_dummy_prefix
    bool removes_spaces = true;      ///< remove_extra_whitespaces
    bool escapes_spaces = true;      ///< pieces spell a space as U+2581
};

/// `model` is a serialized ModelProto. What cannot be parsed is left at its default: the library refuses such
/// a file.
SentencePieceSpec read_spec(std::string_view model);

/// The same model without add_dummy_prefix: in this format, what is appended to a message overrides what came
/// before.
std::string without_added_space(std::string_view model);

} // namespace longview
