#include "app/importers/xml_events.h"

#include <algorithm>
#include <limits>
#include <memory>
#include <new>

#include <libxml/xmlreader.h>

#include "app/importers/refusal.h"
#include "app/importers/text_builder.h"

namespace longview::app {
namespace {

std::string_view view(const xmlChar* text) {
    return text == nullptr ? std::string_view() : std::string_view(reinterpret_cast<const char*>(text));
}

void keep_first(void* problem, xmlErrorPtr error) {
    auto& sentence = *static_cast<std::string*>(problem);
    if (sentence.empty() && error != nullptr && error->message != nullptr && error->level >= XML_ERR_ERROR)
        sentence = "line " + std::to_string(error->line) + ": " + single_line(error->message);
}

} // namespace

std::string XmlElement::attribute(const char* name) const {
    auto* reader = static_cast<xmlTextReaderPtr>(reader_);
    std::string value;
    for (int more = xmlTextReaderMoveToFirstAttribute(reader); more == 1;
         more = xmlTextReaderMoveToNextAttribute(reader)) {
        if (view(xmlTextReaderConstLocalName(reader)) == name) {
            value = view(xmlTextReaderConstValue(reader));
            break;
        }
    }
    xmlTextReaderMoveToElement(reader);
    return value;
}

std::string parse_xml(std::string_view xml, const XmlEvents& events, const std::stop_token& stop) {
    const auto size = std::min<std::size_t>(xml.size(), std::numeric_limits<int>::max());
    const std::unique_ptr<xmlTextReader, decltype(&xmlFreeTextReader)> reader(
        xmlReaderForMemory(xml.data(), static_cast<int>(size), nullptr, nullptr,
                           XML_PARSE_NONET | XML_PARSE_NOCDATA),
        &xmlFreeTextReader);
    if (!reader)
        return "it is empty";
    std::string problem;
    xmlTextReaderSetStructuredErrorHandler(reader.get(), &keep_first, &problem);
    int status = xmlTextReaderRead(reader.get());
    for (; status == 1; status = xmlTextReaderRead(reader.get())) {
        stop_if_requested(stop, "the document");
        const auto name = view(xmlTextReaderConstLocalName(reader.get()));
        switch (xmlTextReaderNodeType(reader.get())) {
        case XML_READER_TYPE_ELEMENT: {
            const bool empty = xmlTextReaderIsEmptyElement(reader.get()) == 1;
            events.start(name, XmlElement(reader.get()));
            if (empty)
                events.end(name);
            break;
        }
        case XML_READER_TYPE_END_ELEMENT:
            events.end(name);
            break;
        case XML_READER_TYPE_TEXT:
        case XML_READER_TYPE_CDATA:
        case XML_READER_TYPE_WHITESPACE:
        case XML_READER_TYPE_SIGNIFICANT_WHITESPACE:
            events.characters(view(xmlTextReaderConstValue(reader.get())));
            break;
        default:
            break;
        }
    }
    return status == 0 ? std::string() : problem.empty() ? "it is not well-formed" : problem;
}

} // namespace longview::app
