#include "app/cli/commands.h"
#include "app/cli/library.h"
#include "app/core/locations.h"
#include "app/core/report.h"
#include "inference/values/error.h"
#include "storage/conversation_store.h"

namespace longview::cli {

int run_export(Context& context) {
    const Options& options = context.options;
    std::optional<storage::Database> library =
        open_existing_library(options, storage::Database::Mode::read_only);
    if (!library)
        throw Error(ErrorKind::input, options.file + " has no answers: there is no library " +
                                          app::database_file(options.database).string() + " yet.");
    const storage::DocumentRecord document = find_document(context, *library, options.file);
    const std::vector<Exchange> exchanges = storage::ConversationStore(*library).list(document.id);
    const std::string report = options.json || options.format == "json"
                                   ? app::json_report(document, exchanges)
                                   : app::markdown_report(document, exchanges);
    if (options.output.empty() || options.output == "-")
        context.output.write(report);
    else
        app::write_file(options.output, report);
    return exit_code::ok;
}

} // namespace longview::cli
