#pragma once
// Kernels do not throw, print or exit: they return a Status, and the engine says what it was doing.

namespace longview::kernels {

/// `message` is nullptr when all went well, else a static text that names the operation and the broken
/// assumption.
struct [[nodiscard]] Status {
    const char* message = nullptr;
    constexpr bool ok() const { return message == nullptr; }
};

} // namespace longview::kernels
