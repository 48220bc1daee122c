#pragma once
// Small helpers shared by the stores. Internal to this folder.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

namespace SQLite {
class Column;
class Database;
} // namespace SQLite

namespace longview::storage {

/// UTC, ISO 8601, always with six decimals: text order is time order, and two steps in a row differ.
std::string now_utc();

/// One IMMEDIATE transaction around `work`, rolled back when it throws; joins a transaction that is open
/// already. IMMEDIATE, because a transaction that starts by reading cannot wait for a writer later: SQLite
/// refuses it at once.
void in_transaction(SQLite::Database& database, const std::function<void()>& work);

/// One consistent view for several reads; joins a transaction that is open already.
void in_snapshot(SQLite::Database& database, const std::function<void()>& work);

/// True when this connection can only read.
bool is_read_only(SQLite::Database& database);

/// The value of a one-row, one-column statement.
std::int64_t integer_of(SQLite::Database& database, const char* statement);

/// A size that was stored as an integer; 0 for what cannot be one.
std::size_t size_of(const SQLite::Column& column);

} // namespace longview::storage
