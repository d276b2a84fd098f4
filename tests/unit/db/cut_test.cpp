// Every reading call on a store that another program cut.
#include <gtest/gtest.h>

#include <filesystem>

#include "base/posix_file.h"
#include "db_support.h"
#include "reel/guard.h"

namespace reel {
namespace {

class ACutDatabase : public WithDatabase {
protected:
    void SetUp() override {
        must(guard_mappings());
        Database database = create();
        std::vector<NewRecord> records;
        for (int n = 0; n < kRecords; ++n) {
            const auto x = static_cast<float>(n);
            records.push_back(new_record("r" + std::to_string(n), std::string(5000, 'x'), {x, 1}));
        }
        add_and_commit(database, records);
        must(database.seal());
        must(database.close());
    }
    /// Opens the store, calls `read` on it whole and again on what a cut leaves.
    template <class Read>
    void expect_told(const Read& read) const {
        const ByteBuffer whole = content();
        Database database = open();
        EXPECT_TRUE(read(database)) << "control";
        std::filesystem::resize_file(path(), 5000);
        const auto status = read(database);
        ASSERT_FALSE(status);
        EXPECT_EQ(status.error().code, ErrorCode::kCorrupt);
        EXPECT_NE(status.error().message.find(path() + ": was cut short by another"), std::string::npos)
            << status.error().message;
        must(must(PosixFile::open_write(path()))->write_at(0, whole));
        EXPECT_FALSE(read(database)) << "it stays so until the store is read anew";
        must(database.refresh());
        EXPECT_TRUE(read(database));
    }

    static constexpr int kRecords = 200;

private:
    [[nodiscard]] ByteBuffer content() const {
        const auto file = must(PosixFile::open_read(path()));
        ByteBuffer bytes(must(file->size()));
        must(read_exactly(*file, 0, bytes));
        return bytes;
    }
};

const std::vector<float> kFar = {199, 1};

TEST_F(ACutDatabase, SaysSoWhereARecordIsFound) {
    expect_told([](Database& database) { return database.find("r100"); });
}
TEST_F(ACutDatabase, SaysSoWhereItIsScanned) {
    expect_told([](Database& database) { return database.scan({}, [](const Record&) { return true; }); });
}
TEST_F(ACutDatabase, SaysSoWhereItIsSearched) {
    // The nearest records stand before the cut: only the mapping knows that others were not seen.
    expect_told([](Database& database) {
        return database.search(std::vector<float>{0, 1}, SearchOptions{.k = 1, .threads = 1});
    });
    expect_told([](Database& database) { return database.search(kFar); });
}
TEST_F(ACutDatabase, SaysSoWhereItsPastIsRead) {
    expect_told([](Database& database) { return database.history(); });
    expect_told([](Database& database) { return database.diff(Moment::commit(0), Moment::commit(1)); });
}
TEST_F(ACutDatabase, SaysSoWhereItsSpaceIsAddedUp) {
    expect_told([](Database& database) { return database.space(); });
}
TEST_F(ACutDatabase, SaysSoWhereItIsExported) {
    expect_told([this](Database& database) { return database.export_faiss(folder_.path("index")); });
}

}  // namespace
}  // namespace reel
