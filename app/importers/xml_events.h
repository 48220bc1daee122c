#pragma once
// libxml2's reader as a stream of events. Internal to this folder.

#include <functional>
#include <stop_token>
#include <string>
#include <string_view>

namespace longview::app {

/// One element; valid during the call. Names are without a namespace's prefix.
class XmlElement {
public:
    explicit XmlElement(void* reader) : reader_(reader) {}
    /// By local name; empty when there is none.
    std::string attribute(const char* name) const;

private:
    void* reader_;
};

struct XmlEvents {
    std::function<void(std::string_view element, const XmlElement&)> start = [](auto, const auto&) {};
    std::function<void(std::string_view element)> end = [](auto) {}; ///< also of empty elements
    std::function<void(std::string_view utf8)> characters = [](auto) {};
};

/// Never fetches anything, never expands an entity. Returns what is wrong with the document; empty when it is
/// well-formed. Throws what the events throw.
std::string parse_xml(std::string_view xml, const XmlEvents& events, const std::stop_token& stop = {});

} // namespace longview::app
