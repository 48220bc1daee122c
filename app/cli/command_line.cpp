#include "app/cli/command_line.h"

#include <cstdio>
#include <map>
#include <string>

#include <CLI/CLI.hpp>

#include "inference/values/error.h"

namespace longview::cli {

namespace {

constexpr const char* footer = "Environment: LONGVIEW_DATABASE (as --database), LONGVIEW_MODEL (as --model), "
                               "LONGVIEW_MODELS (colon-separated\n"
                               "directories that hold models), XDG_DATA_HOME.\n"
                               "Exit codes: 0 all went well; 1 verify broke its bound, the output could not "
                               "be written, or an unexpected error;\n"
                               "2 usage; 3 the document cannot be used; 4 the model cannot be used; 5 the "
                               "device cannot be used or memory does\n"
                               "not suffice; 6 the library or another file cannot be written; 130 stopped by "
                               "Ctrl-C or SIGTERM. What was read\n"
                               "before a stop is kept; a second Ctrl-C ends at once.";

void add_global_options(CLI::App& app, Options& options) {
    app.add_flag("--json", options.json, "Print one JSON object instead of text");
    app.add_option("--model", options.model, "Model directory, or the name of a model (see: models)")
        ->type_name("DIR|NAME");
    app.add_option("--device", options.device,
                   "Device that computes: auto, cpu, cuda or cuda:N (see: devices)")
        ->capture_default_str();
    app.add_option("--threads", options.threads, "Threads of the CPU; 0 takes all cores")
        ->check(CLI::Range(0, 4096))
        ->capture_default_str();
    app.add_option("--database", options.database, "Library file with documents, memories and answers")
        ->type_name("FILE");
    app.add_flag("--quiet", options.quiet, "No progress, no timings, no notes");
}

/// A subcommand that stands for `command` and takes the global options after itself, too.
CLI::App* add_command(CLI::App& parent, Options& options, const char* name, const char* description,
                      Command command) {
    CLI::App* sub = parent.add_subcommand(name, description);
    sub->fallthrough();
    sub->callback([&options, command] { options.command = command; });
    return sub;
}

void add_import_options(CLI::App* sub, Options& options) {
    sub->add_option("--exclude", options.exclude,
                    "Leave out files and folders that match: a name, or with a / a path; may be repeated")
        ->type_name("PATTERN")
        ->allow_extra_args(false);
    sub->add_option("--password", options.password, "Of an encrypted document");
}

void add_document(CLI::App* sub, Options& options) {
    sub->add_option("FILE", options.file, "Document or folder; - is standard input")->required();
    add_import_options(sub, options);
}

void add_text(CLI::App& app, Options& options) {
    CLI::App* text =
        add_command(app, options, "text", "Print the text of a document with locations", Command::text);
    text->add_option("FILE", options.files, "Document or folder; - is standard input")
        ->required()
        ->expected(1);
    text->add_flag("--plain", options.plain, "The text alone");
    add_import_options(text, options);
}

void add_plan(CLI::App& app, Options& options) {
    CLI::App* plan =
        add_command(app, options, "plan", "What reading would take: files, tokens, minutes; reads nothing",
                    Command::plan);
    plan->add_option("FILE", options.files, "Documents and folders")->required();
    add_import_options(plan, options);
}

void add_search(CLI::App& app, Options& options) {
    CLI::App* search =
        add_command(app, options, "search", "Find words in the documents of the library", Command::search);
    search
        ->add_option("WORDS", options.question,
                     "All must occur; \"a phrase\" in quotes, begin* for beginnings")
        ->required();
    search->add_option("FILE", options.file, "Only in this document");
    search->add_flag(
        "--answers", options.answers,
        "In questions and answers instead of texts, newest first; the last word may be a beginning");
    search->add_option("--limit", options.limit, "Most places to list")
        ->check(CLI::Range(1, 100000))
        ->capture_default_str();
}

void add_schedule(CLI::App* sub, Options& options) {
    static const std::map<std::string, Schedule> names{{"diagonal", Schedule::diagonal},
                                                       {"sequential", Schedule::sequential}};
    sub->add_option("--schedule", options.schedule, "Order of the work; the result is the same bit for bit")
        ->transform(CLI::Transformer(names))
        ->type_name("diagonal|sequential");
}

void add_free(CLI::App* sub, Options& options) {
    sub->add_flag_callback(
        "--free", [&options] { options.asking.quote = false; },
        "Let the model spell its answer as it likes; otherwise one that was trained to quote keeps to the "
        "document's words");
}

void add_ask(CLI::App& app, Options& options) {
    CLI::App* ask =
        add_command(app, options, "ask", "Answer a question; reads what was not read before", Command::ask);
    add_document(ask, options);
    ask->add_option("QUESTION", options.question, "What you want to know")->required();
    add_schedule(ask, options);
    ask->add_option_function<std::string>(
           "--as-of", [&options](const std::string& text) { options.as_of = app::parse_as_of(text); },
           "Answer from what the document says up to the end of this part, and nothing later: segment:12, "
           "page:40, chapter:3 or 50%")
        ->type_name("POINT");
    ask->add_option("--max-tokens", options.asking.max_tokens, "Longest answer")
        ->check(CLI::Range(1, 1000000))
        ->capture_default_str();
    ask->add_option("--temperature", options.asking.sampling.temperature,
                    "0 takes the likeliest token each time")
        ->check(CLI::Range(0.0, 100.0))
        ->capture_default_str();
    ask->add_option("--top-p", options.asking.sampling.top_p,
                    "Sample from the likeliest tokens of this total")
        ->check(CLI::Range(0.0, 1.0))
        ->capture_default_str();
    ask->add_option("--seed", options.asking.sampling.seed,
                    "Of sampling: the same seed gives the same answer")
        ->capture_default_str();
    add_free(ask, options);
}

void add_verify(CLI::App& app, Options& options) {
    static const std::map<std::string, app::VerifySchedule> names{
        {"diagonal", app::VerifySchedule::diagonal},
        {"sequential", app::VerifySchedule::sequential},
        {"both", app::VerifySchedule::both}};
    CLI::App* verify =
        add_command(app, options, "verify", "Compare the engine with a golden case", Command::verify);
    verify
        ->add_option("MODEL_DIR", options.model_directory, "Directory with config.json and model.safetensors")
        ->required();
    verify->add_option("EXPECTED", options.file, "Tensors that the reference computed (safetensors)")
        ->required();
    verify
        ->add_option("--schedule", options.verify_schedule,
                     "Which order of the work to check (default: both)")
        ->transform(CLI::Transformer(names))
        ->type_name("diagonal|sequential|both");
}

void add_evaluate(CLI::App& app, Options& options) {
    CLI::App* evaluate =
        add_command(app, options, "evaluate", "Exact match over a file of questions", Command::evaluate);
    evaluate
        ->add_option("JSONL", options.file,
                     "A JSON object per line: doc (a file) or text, question, answer, family (optional)")
        ->required();
    evaluate->add_option("--output", options.output, "Write each answer as a JSON line")->type_name("FILE");
    add_free(evaluate, options);
    evaluate->footer(
        "Reads into a library of its own that is removed at the end, unless --database names one.");
}

void add_export(CLI::App& app, Options& options) {
    CLI::App* sub = add_command(app, options, "export", "Write a document's answers and timings",
                                Command::export_answers);
    add_document(sub, options);
    sub->add_option("--format", options.format, "markdown or json")
        ->check(CLI::IsMember({"markdown", "json"}))
        ->capture_default_str();
    sub->add_option("-o,--output", options.output, "File to write instead of standard output")
        ->type_name("OUT");
}

void add_cache_remove(CLI::App& cache, Options& options) {
    CLI::App* remove = add_command(cache, options, "remove", "Forget a document's memories; its answers stay",
                                   Command::cache_remove);
    CLI::Option* file = remove->add_option("FILE", options.file, "Document whose memories go");
    CLI::Option* all = remove->add_flag("--all", options.all, "The memories of all documents");
    file->excludes(all);
    all->excludes(file);
    remove->callback([&options] {
        options.command = Command::cache_remove;
        if (options.file.empty() && !options.all)
            throw CLI::RequiredError("FILE or --all");
    });
}

void add_size(CLI::App* sub, Options& options, const char* name, const char* description) {
    sub->add_option(name, options.bytes, description)->transform(CLI::AsSizeValue(true))->type_name("SIZE");
}

void add_cache_files(CLI::App& cache, Options& options) {
    CLI::App* export_one = add_command(cache, options, "export",
                                       "Write a document's memory to a file (.lvmem)", Command::cache_export);
    add_document(export_one, options);
    export_one->add_option("-o,--output", options.output, "File to write")->type_name("OUT")->required();
    CLI::App* import_one =
        add_command(cache, options, "import", "Take a memory that was exported", Command::cache_import);
    import_one->add_option("MEMORY", options.file, "File that cache export wrote")->required();
}

void add_cache(CLI::App& app, Options& options) {
    CLI::App* cache = app.add_subcommand("cache", "Stored memories of documents");
    cache->fallthrough();
    cache->require_subcommand(1);
    add_command(*cache, options, "list", "Every stored memory", Command::cache_list);
    add_command(*cache, options, "path", "Where the library is", Command::cache_path);
    add_cache_remove(*cache, options);
    add_size(add_command(*cache, options, "budget", "Show or set the room that memories may take together",
                         Command::cache_budget),
             options, "SIZE", "New budget, for example 20GB");
    add_size(add_command(*cache, options, "prune", "Remove memories that exceed the budget, least used first",
                         Command::cache_prune),
             options, "--to", "Size to reach instead of the budget, for example 500MB");
    add_command(*cache, options, "verify", "Check every memory and the file", Command::cache_verify);
    add_command(*cache, options, "vacuum", "Give unused room in the file back to the disk",
                Command::cache_vacuum);
    add_document(add_command(*cache, options, "pin", "Never prune a document's memories", Command::cache_pin),
                 options);
    add_document(add_command(*cache, options, "unpin", "Let a document's memories be pruned again",
                             Command::cache_unpin),
                 options);
    add_cache_files(*cache, options);
}

/// CLI11's text as one sentence.
std::string sentence_of(const CLI::ParseError& error) {
    std::string text = error.what();
    for (char& c : text) {
        if (c == '\n')
            c = ' ';
    }
    while (!text.empty() && (text.back() == ' ' || text.back() == '.'))
        text.pop_back();
    return text + "; see longview-cli --help.";
}

} // namespace

std::optional<Options> parse_command_line(int argc, char** argv) {
    Options options;
    CLI::App app("Longview reads a whole book once, keeps what it remembers, and answers questions about it.",
                 "longview-cli");
    app.set_version_flag("--version", "longview-cli " LONGVIEW_VERSION);
    app.set_help_all_flag("--help-all", "Help of every command");
    app.footer(footer);
    app.require_subcommand(1);
    add_global_options(app, options);

    CLI::App* read = add_command(app, options, "read", "Read a document into memory", Command::read);
    read->add_option("FILE", options.files, "Documents and folders; - is standard input")->required();
    add_import_options(read, options);
    add_schedule(read, options);
    add_ask(app, options);
    add_plan(app, options);
    add_text(app, options);
    add_search(app, options);
    add_verify(app, options);
    add_evaluate(app, options);
    add_export(app, options);
    add_command(app, options, "models", "Models that were found", Command::models);
    add_command(app, options, "devices", "Devices that can compute", Command::devices);
    add_cache(app, options);

    try {
        app.parse(argc, argv);
    } catch (const CLI::Success& wanted) { // help or version
        app.exit(wanted);
        return {};
    } catch (const CLI::ParseError& error) {
        throw Error(ErrorKind::usage, sentence_of(error));
    }
    options.asking.schedule = options.schedule;
    return options;
}

} // namespace longview::cli
