#include "app/importers/html_events.h"

#include <algorithm>
#include <exception>
#include <limits>
#include <memory>
#include <new>

#include <libxml/HTMLparser.h>
#include <libxml/parserInternals.h>

#include "app/importers/refusal.h"

namespace longview::app {
namespace {

std::string_view view(const xmlChar* text) {
    return text == nullptr ? std::string_view() : std::string_view(reinterpret_cast<const char*>(text));
}

std::string_view local(std::string_view name) {
    return name.substr(name.find(':') + 1); // npos + 1 == 0
}

/// Exceptions must not pass through libxml2's C code: the first one stops the parser and is thrown again
/// behind it.
struct Bridge {
    HtmlEvents& events;
    const std::stop_token& stop;
    htmlParserCtxtPtr parser = nullptr;
    std::exception_ptr thrown = nullptr;
    HtmlEvents::Attributes attributes = {};

    template <class Call>
    void forward(Call&& call) {
        if (thrown != nullptr)
            return;
        try {
            call();
        } catch (const std::exception&) {
            thrown = std::current_exception();
            xmlStopParser(parser);
        }
    }
};

Bridge& bridge(void* user) {
    return *static_cast<Bridge*>(static_cast<htmlParserCtxtPtr>(user)->_private);
}

void on_start(void* user, const xmlChar* name, const xmlChar** attributes) {
    auto& self = bridge(user);
    self.forward([&] {
        stop_if_requested(self.stop, "the page");
        self.attributes.clear();
        for (; attributes != nullptr && attributes[0] != nullptr; attributes += 2)
            self.attributes.emplace_back(view(attributes[0]), view(attributes[1]));
        self.events.start(local(view(name)), self.attributes);
    });
}

void on_end(void* user, const xmlChar* name) {
    auto& self = bridge(user);
    self.forward([&] { self.events.end(local(view(name))); });
}

void on_characters(void* user, const xmlChar* text, int size) {
    auto& self = bridge(user);
    self.forward([&] {
        self.events.characters({reinterpret_cast<const char*>(text), static_cast<std::size_t>(size)});
    });
}

void ignore_error(void* /*user*/, xmlErrorPtr /*error*/) {}

} // namespace

void parse_html(std::string_view utf8, HtmlEvents& events, const std::stop_token& stop) {
    const auto size = std::min<std::size_t>(utf8.size(), std::numeric_limits<int>::max());
    const std::unique_ptr<htmlParserCtxt, decltype(&htmlFreeParserCtxt)> parser(
        htmlCreateMemoryParserCtxt(utf8.data(), static_cast<int>(size)), &htmlFreeParserCtxt);
    if (!parser)
        throw std::bad_alloc();
    htmlCtxtUseOptions(parser.get(), HTML_PARSE_NONET | HTML_PARSE_RECOVER | HTML_PARSE_NOERROR |
                                         HTML_PARSE_NOWARNING | HTML_PARSE_IGNORE_ENC | HTML_PARSE_NOIMPLIED);
    xmlSwitchEncoding(parser.get(), XML_CHAR_ENCODING_UTF8);
    htmlSAXHandler handler{};
    handler.startElement = &on_start;
    handler.endElement = &on_end;
    handler.characters = &on_characters;
    handler.ignorableWhitespace = &on_characters;
    handler.cdataBlock = &on_characters;
    handler.initialized = XML_SAX2_MAGIC;
    handler.serror = &ignore_error;
    *parser->sax = handler;
    Bridge state{events, stop, parser.get()};
    parser->_private = &state;
    htmlParseDocument(parser.get());
    if (state.thrown != nullptr)
        std::rethrow_exception(state.thrown);
}

std::string_view attribute(const HtmlEvents::Attributes& attributes, std::string_view name) {
    const auto found = std::find_if(attributes.begin(), attributes.end(),
                                    [&](const auto& attribute) { return attribute.first == name; });
    return found == attributes.end() ? std::string_view() : found->second;
}

} // namespace longview::app
