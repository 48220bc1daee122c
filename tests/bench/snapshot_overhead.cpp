// What storing snapshots costs a reading: the same text read with and without them, turn by turn, into a new
// library each time. snapshot_overhead MODEL_DIR FILE ROUNDS

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "app/core/session.h"
#include "app/importers/import.h"
#include "inference/values/error.h"

using namespace longview;
using namespace longview::app;

namespace {

constexpr SnapshotLimits without{1e18, 1e-18};

struct Cost {
    double wall_ms = 0, cpu_ms = 0;
    std::size_t stored = 0;
};

Cost read(Model& model, const std::shared_ptr<const Document>& document, const SnapshotLimits& limits) {
    std::string directory = (std::filesystem::temp_directory_path() / "longview-XXXXXX").string();
    if (mkdtemp(directory.data()) == nullptr)
        throw Error(ErrorKind::storage, "There is no place for a temporary library.");
    Cost cost;
    {
        storage::Database library(std::filesystem::path(directory) / "library.sqlite");
        Session session(model, library, limits);
        PreparedDocument prepared = session.prepare(document);
        const std::clock_t start = std::clock();
        cost.wall_ms = session.read(prepared, Schedule::diagonal).ms;
        cost.cpu_ms = 1000.0 * static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
        cost.stored = storage::MemoryStore(library).prefixes(prepared.chain).size();
    }
    std::filesystem::remove_all(directory);
    return cost;
}

void run(const std::string& directory, const std::string& file, int rounds) {
    Model model = open_model(directory, "auto", 0);
    const auto document = std::make_shared<const Document>(import_path(file).document);
    std::printf("%s, %s\nround  without: s, CPU s  with: s, CPU s, stored  more wall, more CPU\n",
                file.c_str(), model.engine->device().name.c_str());
    for (int round = 1; round <= rounds; ++round) {
        const Cost off = read(model, document, without), on = read(model, document, {});
        std::printf("%5d  %.2f  %.2f  %.2f  %.2f  %zu  %+.1f %%  %+.1f %%\n", round, off.wall_ms / 1000,
                    off.cpu_ms / 1000, on.wall_ms / 1000, on.cpu_ms / 1000, on.stored,
                    100 * (on.wall_ms / off.wall_ms - 1), 100 * (on.cpu_ms / off.cpu_ms - 1));
        std::fflush(stdout);
    }
}

} // namespace

int main(int argc, char** argv) {
    try {
        if (argc != 4)
            throw Error(ErrorKind::usage, "snapshot_overhead MODEL_DIR FILE ROUNDS");
        run(argv[1], argv[2], std::atoi(argv[3]));
        return 0;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
}
