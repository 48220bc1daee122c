// longview-cli: reads documents and answers questions in a terminal. The only place that turns errors into
// exit codes.

#include <exception>
#include <new>

#include "app/cli/command_line.h"
#include "app/cli/commands.h"
#include "inference/values/error.h"

namespace longview::cli {

namespace {

int run(Context& context) {
    switch (context.options.command) {
    case Command::read:
        return run_read(context);
    case Command::ask:
        return run_ask(context);
    case Command::plan:
        return run_plan(context);
    case Command::search:
        return run_search(context);
    case Command::text:
        return run_text(context);
    case Command::verify:
        return run_verify(context);
    case Command::evaluate:
        return run_evaluate(context);
    case Command::export_answers:
        return run_export(context);
    case Command::models:
        return run_models(context);
    case Command::devices:
        return run_devices(context);
    case Command::cache_list:
        return run_cache_list(context);
    case Command::cache_remove:
        return run_cache_remove(context);
    case Command::cache_path:
        return run_cache_path(context);
    case Command::cache_budget:
        return run_cache_budget(context);
    case Command::cache_prune:
        return run_cache_prune(context);
    case Command::cache_verify:
        return run_cache_verify(context);
    case Command::cache_vacuum:
        return run_cache_vacuum(context);
    case Command::cache_pin:
        return run_cache_pin(context, true);
    case Command::cache_unpin:
        return run_cache_pin(context, false);
    case Command::cache_export:
        return run_cache_export(context);
    case Command::cache_import:
        return run_cache_import(context);
    }
    return exit_code::usage;
}

int exit_code_of(ErrorKind kind) {
    switch (kind) {
    case ErrorKind::usage:
        return exit_code::usage;
    case ErrorKind::input:
        return exit_code::input;
    case ErrorKind::model:
        return exit_code::model;
    case ErrorKind::device:
        return exit_code::device;
    case ErrorKind::storage:
        return exit_code::storage;
    case ErrorKind::cancelled:
        return exit_code::cancelled;
    }
    return exit_code::failed;
}

/// An output that nobody took is a failure of its own, unless something worse happened.
int checked(const Output& output, int code) {
    if (output.problem().empty())
        return code;
    complain(output.problem());
    return code == exit_code::storage ? code : exit_code::failed;
}

int guarded_main(int argc, char** argv) {
    try {
        Interrupt interrupt;
        const std::optional<Options> options = parse_command_line(argc, argv);
        if (!options)
            return exit_code::ok;
        Output output;
        Context context{*options, interrupt, output};
        return checked(output, run(context));
    } catch (const Error& error) {
        complain(error.what());
        return exit_code_of(error.kind());
    } catch (const std::bad_alloc&) {
        complain("Memory does not suffice; close other programs or take a smaller model.");
        return exit_code::device;
    } catch (const std::exception& error) {
        complain(std::string("Something unexpected went wrong: ") + error.what());
        return exit_code::failed;
    }
}

} // namespace

} // namespace longview::cli

int main(int argc, char** argv) {
    return longview::cli::guarded_main(argc, argv);
}
