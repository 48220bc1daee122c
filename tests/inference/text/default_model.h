#pragma once
// What the tests of this folder share: the default model's tokenizer, and random texts.

#include <iterator>
#include <memory>
#include <random>
#include <string>

#include "inference/text/tokenizer.h"
#include "inference/text/utf8.h"

inline longview::ModelConfig default_config() {
    longview::ModelConfig config;
    config.vocab_size = 8192;
    config.segment_size = 256;
    config.memory_tokens = 16;
    config.bos_token = 1;
    config.eos_token = 2;
    config.question_token = 3;
    config.answer_token = 4;
    config.newline_token = 5;
    return config;
}

/// The same without normalisation: every byte of a text counts.
inline longview::ModelConfig plain_config() {
    auto config = default_config();
    config.newline_token.reset();
    return config;
}

inline std::unique_ptr<longview::Tokenizer> default_tokenizer(const longview::ModelConfig& config) {
    return longview::load_tokenizer(RESOURCES "/models/default", config);
}

/// Valid UTF-8 dense with what is easily got wrong: white space of all kinds, markers, U+2581, zero bytes,
/// characters of every length, words.
inline std::string random_text(std::mt19937& random, std::size_t pieces) {
    static const std::string special[] = {
        " ",        "  ",           "\n",         "\n\n",    "\t",      "\r\n",
        "\r",       "<q>",          "<a>",        "</s>",    "<s>",     "<unk>",
        "<",        "q>",           "<0x41>",     "\u2581",  "\u3000",  "\u00A0",
        "\u2028",   "\uFEFF",       "the",        "Marta",   "kitchen", "12345",
        "    if (", "\u4E2D\u6587", "\U0001F600", "e\u0301", "\uFFFD",  std::string(1, '\0')};
    std::string text;
    for (std::size_t i = 0; i < pieces; ++i) {
        if (random() % 3 != 0) {
            text += special[random() % std::size(special)];
            continue;
        }
        static constexpr char32_t limits[] = {0x80, 0x800, 0x10000, 0x110000};
        char32_t value = random() % limits[random() % std::size(limits)];
        if (value >= 0xD800 && value < 0xE000)
            value = 'x'; // surrogates are no characters
        longview::append_code_point(text, value);
    }
    return text;
}

inline std::string random_bytes(std::mt19937& random, std::size_t size) {
    std::string bytes;
    for (std::size_t i = 0; i < size; ++i)
        bytes += static_cast<char>(random() % 256);
    return bytes;
}
