// longview: the window.

#include <QApplication>
#include <QIcon>

#include <CLI/CLI.hpp>

#include "app/core/locations.h"
#include "app/gui/controller.h"
#include "ui/main_window.h"

namespace {

struct Arguments {
    std::string file;
    std::optional<std::string> model;
    std::optional<std::filesystem::path> database;
    std::string device = "auto";
    int threads = 0;
};

void declare(CLI::App& app, Arguments& arguments) {
    app.add_option("file", arguments.file, "Document or folder to open");
    app.add_option("--model", arguments.model, "Model directory, or the name of an installed model");
    app.add_option("--database", arguments.database,
                   "Library file (default: $LONGVIEW_DATABASE, then the XDG data directory)");
    app.add_option("--device", arguments.device, "auto, cpu, cuda or cuda:N");
    app.add_option("--threads", arguments.threads, "CPU threads (default: all cores)")
        ->check(CLI::PositiveNumber);
    app.set_version_flag("--version", LONGVIEW_VERSION);
}

} // namespace

int main(int argc, char** argv) {
    QApplication application(argc, argv); // takes Qt's own options out of argv
    QApplication::setApplicationName(QStringLiteral("Longview"));
    QApplication::setApplicationVersion(QStringLiteral(LONGVIEW_VERSION));
    QApplication::setDesktopFileName(QStringLiteral("org.longview.Longview"));

    Arguments arguments;
    CLI::App options("Longview reads a whole book once and answers questions about it.", "longview");
    declare(options, arguments);
    try {
        options.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return options.exit(error) == 0 ? 0 : 2;
    }

    longview::ui::MainWindow window;
    longview::app::Controller controller(window,
                                         {arguments.model, longview::app::database_file(arguments.database),
                                          arguments.device, arguments.threads});
    window.show();
    if (!arguments.file.empty())
        controller.open(QString::fromStdString(arguments.file));
    return QApplication::exec();
}
