#pragma once
// How fast each model was read with on each device: what a plan's minutes come from.

#include <optional>
#include <string>

#include "storage/database.h"

namespace longview::storage {

struct SpeedKey {
    std::string model, numerics, device;
};

/// Uses the connection of its Database, on that connection's thread.
class SpeedStore {
public:
    explicit SpeedStore(Database& database) : database_(database) {}

    void put(const SpeedKey& key, double tokens_per_second); ///< the newest counts
    std::optional<double> find(const SpeedKey& key);         ///< tokens per second

private:
    Database& database_;
};

} // namespace longview::storage
