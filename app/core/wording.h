#pragma once
// Numbers as sentences write them, in the terminal, in notes and in reports; always in English.

#include <cstdint>
#include <string>

namespace longview::app {

std::string fixed(double value, int digits); ///< fixed(2.345, 1) is "2.3"
std::string grouped(std::int64_t value);     ///< "1,234,567"
/// How sure the model is of an answer: "sure, 97 %".
std::string certainty_text(double confidence);

} // namespace longview::app
