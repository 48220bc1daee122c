// models and devices.

#include "app/cli/commands.h"
#include "app/core/locations.h"
#include "inference/engine/devices.h"

namespace longview::cli {

int run_models(Context& context) {
    Json list = Json::array();
    std::vector<std::vector<std::string>> rows{{"MODEL", "SIZE", "DIRECTORY", "PROBLEM"}};
    for (const app::ModelEntry& model : app::list_models()) {
        const auto bytes = static_cast<std::int64_t>(model.bytes);
        list.push_back({{"name", model.name},
                        {"directory", model.directory.string()},
                        {"bytes", bytes},
                        {"usable", model.problem.empty()},
                        {"problem", model.problem}});
        rows.push_back({model.name, human_bytes(bytes), model.directory.string(), model.problem});
    }
    if (context.options.json)
        context.output.json(list);
    else
        context.output.write(table(rows, false));
    return exit_code::ok;
}

int run_devices(Context& context) {
    Json list = Json::array();
    std::vector<std::vector<std::string>> rows{{"DEVICE", "NAME", "MEMORY", "PROBLEM"}};
    for (const DeviceInfo& device : list_devices()) {
        list.push_back({{"id", device.id},
                        {"name", device.name},
                        {"memory_bytes", device.memory_bytes},
                        {"compute_capability", device.compute_capability},
                        {"usable", device.usable},
                        {"reason", device.reason}});
        const std::string memory = device.memory_bytes > 0 ? human_bytes(device.memory_bytes) : "";
        rows.push_back({device.id, device.name, memory, device.reason});
    }
    if (context.options.json)
        context.output.json(list);
    else
        context.output.write(table(rows, false));
    return exit_code::ok;
}

} // namespace longview::cli
