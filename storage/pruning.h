#pragma once
// What goes when memories take more room than they may. Internal to this folder.

#include <cstdint>

#include "storage/memory_store.h"
#include "storage/open_document.h"

namespace longview::storage {

/// Bytes that memories may take together, unless the library says otherwise: some 6,000 documents of the
/// default model, or 300 of a 1B model.
inline constexpr std::int64_t default_budget = 10'000'000'000;

std::int64_t budget_of(SQLite::Database& database);

/// Removes memories until all together take at most `budget` bytes or only protected ones are left. The
/// order: those set aside as damaged, then snapshots on the way to a longer memory of their document, then
/// the last memories of documents; in each, the one not used for longest first. Protected is what a pinned
/// document or one that cannot be claimed uses, and the row `newcomer` (0: none). Expects an IMMEDIATE
/// transaction; the claims should outlive it, so that nobody opens a document whose memory is about to go.
Pruned prune(SQLite::Database& database, DocumentClaims& claims, std::int64_t budget, std::int64_t newcomer);

} // namespace longview::storage
