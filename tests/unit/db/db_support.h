// A database in a folder of its own.
#pragma once

#include <gtest/gtest.h>

#include "reel/database.h"
#include "support/store_builder.h"
#include "support/stub_embedder.h"

namespace reel {

inline NewRecord new_record(std::optional<std::string> id, std::string text, std::vector<float> vector = {},
                            std::string metadata = "") {
    return {std::move(id), std::move(text), std::move(metadata), std::move(vector)};
}

inline std::vector<std::string> ids_of(const std::vector<Hit>& hits) {
    std::vector<std::string> ids;
    for (const Hit& hit : hits) ids.push_back(hit.id);
    return ids;
}

inline std::vector<Record> all_records(const Database& database) {
    std::vector<Record> records;
    must(database.scan({}, [&](const Record& record) {
        records.push_back(record);
        return true;
    }));
    return records;
}

class WithDatabase : public testing::Test {
protected:
    [[nodiscard]] std::string path() const { return folder_.path("store.mp4"); }
    [[nodiscard]] Database create(Metric metric = Metric::kL2, uint32_t dimension = 2) const {
        Database database = must(Database::create(path(), test_config(dimension, metric)));
        must(database.use_embedder(std::make_shared<StubEmbedder>(dimension)));
        return database;
    }
    [[nodiscard]] Database open(Access access = Access::kRead) const {
        return must(Database::open(path(), {access, std::chrono::milliseconds(0)}));
    }
    static Result<std::vector<AddOutcome>> add(Database& database, const std::vector<NewRecord>& records) {
        return database.add(records);
    }
    static void add_and_commit(Database& database, const std::vector<NewRecord>& records) {
        must(database.add(records));
        must(database.commit());
    }

    TemporaryFolder folder_;
};

}  // namespace reel
