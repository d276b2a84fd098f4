// Indexes in memory are of records behind a movie: another history of the same movie must not meet them.
#include <filesystem>

#include "db_support.h"

namespace reel {
namespace {

class OtherHistory : public WithDatabase {
protected:
    void add(Database& database, const std::string& word, int kind) {
        std::vector<NewRecord> records;
        records.reserve(600);
        for (int i = 0; i < 600; ++i) {
            records.push_back(new_record(word + std::to_string(i), word + " text",
                                         {static_cast<float>(i), static_cast<float>(kind)},
                                         "{\"kind\": " + std::to_string(kind) + "}"));
        }
        must(database.add(records));
        must(database.commit());
    }
    void search_often(Database& database) {
        for (int i = 0; i < 40; ++i) {
            must(database.search(std::string_view("alpha"), words()));
            must(database.count("kind = 1"));
            must(database.search(std::vector<float>{3, 1}));
        }
    }
    static SearchOptions words() {
        SearchOptions options;
        options.mode = SearchMode::kText;
        return options;
    }
};

TEST_F(OtherHistory, OfARestoredBackupIsAnsweredFromItself) {
    {
        Database first = create();
        add(first, "base", 0);
        must(first.seal());
        must(first.close());
    }
    const std::string backup = folder_.path("backup.mp4");
    std::filesystem::copy_file(path(), backup);
    {
        Database writer = open(Access::kWrite);
        add(writer, "alpha", 1);
        must(writer.close());
    }
    Database reader = open();
    search_often(reader);
    ASSERT_EQ(must(reader.count("kind = 1")), 600U);
    std::filesystem::rename(backup, path());
    {
        Database writer = open(Access::kWrite);
        add(writer, "beta", 2);
        must(writer.close());
    }
    ASSERT_TRUE(must(reader.refresh()));
    EXPECT_EQ(must(reader.count("kind = 1")), 0U);
    EXPECT_EQ(must(reader.count("kind = 2")), 600U);
    EXPECT_TRUE(must(reader.search(std::string_view("alpha"), words())).empty());
    EXPECT_EQ(must(reader.search(std::string_view("beta"), words())).size(), 10U);
    EXPECT_EQ(must(reader.search(std::vector<float>{3, 2})).at(0).id, "beta3");
}

}  // namespace
}  // namespace reel
