#pragma once
// libxml2's HTML parser as a stream of events. Internal to this folder.

#include <stop_token>
#include <string_view>
#include <utility>
#include <vector>

namespace longview::app {

/// Names are lower-case and without a namespace's prefix.
class HtmlEvents {
public:
    using Attributes = std::vector<std::pair<std::string_view, std::string_view>>;
    virtual ~HtmlEvents() = default;
    virtual void start(std::string_view element, const Attributes& attributes) = 0;
    virtual void end(std::string_view element) = 0;
    virtual void characters(std::string_view utf8) = 0;
};

/// Never throws for any bytes but what `events` throws, and Error(cancelled) on a stop.
void parse_html(std::string_view utf8, HtmlEvents& events, const std::stop_token& stop = {});

/// The value of an attribute; empty when there is none.
std::string_view attribute(const HtmlEvents::Attributes& attributes, std::string_view name);

} // namespace longview::app
