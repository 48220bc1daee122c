#pragma once
// Why what was read of a document is of no use to this model on this device.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "storage/memory_store.h"

namespace longview::app {

/// A sentence for each other model, device or version that has read more of the document than `known` leading
/// segments of `chain`: what differs, and where this one starts. `states` are the document's, `ours` is how
/// states are labelled here.
std::vector<std::string> notes_on(const std::vector<storage::LabelledState>& states,
                                  std::span<const Hash128> chain, std::int64_t known,
                                  const storage::StateLabel& ours);

} // namespace longview::app
