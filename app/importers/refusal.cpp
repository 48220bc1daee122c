#include "app/importers/refusal.h"

#include "inference/text/utf8.h"
#include "inference/values/error.h"

namespace longview::app {

std::string quoted(std::string_view name) {
    return name == "-" ? "Standard input" : "\"" + repair_utf8(name).text + "\"";
}

void refuse(std::string_view name, const std::string& what) {
    throw Error(ErrorKind::input, quoted(name) + " " + what);
}

void stop_if_requested(const std::stop_token& stop, std::string_view name) {
    if (stop.stop_requested())
        throw Error(ErrorKind::cancelled, "Stopped before " + quoted(name) + " was read.");
}

} // namespace longview::app
