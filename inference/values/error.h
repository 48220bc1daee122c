#pragma once
// The one exception type of Longview's libraries. Its text is a sentence a person can act on: what, where,
// what to do.

#include <stdexcept>
#include <string>

namespace longview {

/// What kind of thing went wrong; longview-cli maps each kind to its exit code.
enum class ErrorKind {
    usage,     ///< the request itself makes no sense (exit 2)
    input,     ///< a document cannot be used (exit 3)
    model,     ///< a model directory cannot be used (exit 4)
    device,    ///< a device is missing, too small or failed (exit 5)
    storage,   ///< the library file or a directory cannot be used (exit 6)
    cancelled, ///< the person stopped it (exit 130)
};

class Error : public std::runtime_error {
public:
    Error(ErrorKind kind, const std::string& sentence) : std::runtime_error(sentence), kind_(kind) {}
    ErrorKind kind() const noexcept { return kind_; }

private:
    ErrorKind kind_;
};

} // namespace longview
