#include "storage/sql.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <ctime>

#include <SQLiteCpp/SQLiteCpp.h>
#include <sqlite3.h>

namespace longview::storage {

namespace {

void run(SQLite::Database& database, SQLite::TransactionBehavior behavior,
         const std::function<void()>& work) {
    if (sqlite3_get_autocommit(database.getHandle()) == 0) {
        work();
        return;
    }
    SQLite::Transaction transaction(database, behavior);
    work();
    transaction.commit();
}

} // namespace

std::string now_utc() {
    using namespace std::chrono;
    const auto now = floor<microseconds>(system_clock::now());
    const auto second = floor<seconds>(now);
    const std::time_t time = system_clock::to_time_t(second);
    std::tm parts{};
    gmtime_r(&time, &parts);
    std::array<char, 40> text{};
    const std::size_t length = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts);
    std::snprintf(text.data() + length, text.size() - length, ".%06dZ",
                  static_cast<int>((now - second).count()));
    return text.data();
}

void in_transaction(SQLite::Database& database, const std::function<void()>& work) {
    run(database, SQLite::TransactionBehavior::IMMEDIATE, work);
}

void in_snapshot(SQLite::Database& database, const std::function<void()>& work) {
    run(database, SQLite::TransactionBehavior::DEFERRED, work);
}

bool is_read_only(SQLite::Database& database) {
    return sqlite3_db_readonly(database.getHandle(), "main") == 1;
}

std::int64_t integer_of(SQLite::Database& database, const char* statement) {
    SQLite::Statement query(database, statement);
    query.executeStep();
    return query.getColumn(0).getInt64();
}

std::size_t size_of(const SQLite::Column& column) {
    return static_cast<std::size_t>(std::max<std::int64_t>(0, column.getInt64()));
}

} // namespace longview::storage
