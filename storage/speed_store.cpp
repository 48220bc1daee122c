#include "storage/speed_store.h"

#include <SQLiteCpp/SQLiteCpp.h>

#include "storage/sql.h"

namespace longview::storage {

namespace {

void bind(SQLite::Statement& statement, const SpeedKey& key) {
    statement.bind(1, key.model);
    statement.bind(2, key.numerics);
    statement.bind(3, key.device);
}

} // namespace

void SpeedStore::put(const SpeedKey& key, double tokens_per_second) {
    guarded(database_.file(), "Keeping a reading's speed", [&] {
        SQLite::Statement statement(database_.handle(), R"sql(
            INSERT INTO reading_speeds VALUES (?1, ?2, ?3, ?4, ?5)
            ON CONFLICT (model, numerics, device) DO UPDATE SET
                tokens_per_second = excluded.tokens_per_second, measured_at = excluded.measured_at)sql");
        bind(statement, key);
        statement.bind(4, tokens_per_second);
        statement.bind(5, now_utc());
        statement.exec();
    });
}

std::optional<double> SpeedStore::find(const SpeedKey& key) {
    std::optional<double> speed;
    guarded(database_.file(), "Looking up a reading's speed", [&] {
        SQLite::Statement query(database_.handle(), "SELECT tokens_per_second FROM reading_speeds "
                                                    "WHERE model = ?1 AND numerics = ?2 AND device = ?3");
        bind(query, key);
        if (query.executeStep())
            speed = query.getColumn(0).getDouble();
    });
    return speed;
}

} // namespace longview::storage
