#pragma once
// The commands. Each prints its result and returns the exit code; what goes wrong is thrown.

#include "app/cli/interrupt.h"
#include "app/cli/options.h"
#include "app/cli/output.h"

namespace longview::cli {

struct Context {
    const Options& options;
    Interrupt& interrupt;
    Output& output;
};

namespace exit_code {
constexpr int ok = 0, failed = 1, usage = 2, input = 3, model = 4, device = 5, storage = 6;
constexpr int cancelled = Interrupt::exit_code;
} // namespace exit_code

int run_read(Context& context);
int run_ask(Context& context);
int run_plan(Context& context);
int run_search(Context& context);
int run_text(Context& context);
int run_verify(Context& context);
int run_evaluate(Context& context);
int run_export(Context& context);
int run_models(Context& context);
int run_devices(Context& context);
int run_cache_list(Context& context);
int run_cache_remove(Context& context);
int run_cache_path(Context& context);
int run_cache_budget(Context& context);
int run_cache_prune(Context& context);
int run_cache_verify(Context& context);
int run_cache_vacuum(Context& context);
int run_cache_pin(Context& context, bool pinned);
int run_cache_export(Context& context);
int run_cache_import(Context& context);

} // namespace longview::cli
