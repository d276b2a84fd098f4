// From the prototype's files to a store.
#include <filesystem>
#include <fstream>

#include "db_support.h"

namespace reel {
namespace {

using Convert = WithDatabase;

std::string reference() { return std::string(REEL_REFERENCE_FOLDER) + "/store.mp4"; }

void expect_same_records(const Database& a, const Database& b) {
    const auto first = all_records(a);
    const auto second = all_records(b);
    ASSERT_EQ(first.size(), second.size());
    for (size_t i = 0; i < first.size(); ++i) {
        EXPECT_EQ(first[i].id, second[i].id);
        EXPECT_EQ(first[i].text, second[i].text);
        EXPECT_EQ(first[i].metadata, second[i].metadata);
        EXPECT_EQ(first[i].vector, second[i].vector);
    }
}

TEST_F(Convert, KeepsEveryRecordOfThePrototype) {
    EXPECT_EQ(must(convert(reference(), path())), 5U);
    const Database old = must(Database::open(reference()));
    const Database made = open();
    expect_same_records(old, made);
    EXPECT_EQ(made.info().kind, FileKind::kReel);
    EXPECT_EQ(made.info().sealed_records, 5U);
    EXPECT_TRUE(made.info().has_oidx);
    EXPECT_EQ(made.config().metric, Metric::kL2);
    EXPECT_EQ(made.config().embedder.model, "nomic-embed-text");
    EXPECT_TRUE(must(made.verify()).findings.empty());
}

TEST_F(Convert, GivesAStoreThatIsWrittenTo) {
    must(convert(reference(), path()));
    Database made = open(Access::kWrite);
    add_and_commit(made, {new_record({}, "t", std::vector<float>(768, 0.5F))});
    EXPECT_EQ(all_records(made).back().id, "5");
}

TEST_F(Convert, OfAStoreGivesTheSameRecordsUnderANewFileId) {
    Database database = create();
    add_and_commit(database, {new_record("a", "1", {}, "{\"x\":  1}"), new_record("b", "", {1, 2})});
    must(database.close());
    const std::string copy = folder_.path("copy.mp4");
    EXPECT_EQ(must(convert(path(), copy)), 2U);
    const Database made = must(Database::open(copy));
    expect_same_records(open(), made);
    EXPECT_NE(made.info().file_id, open().info().file_id);
}

TEST_F(Convert, NeverReplaces) {
    { (void)create(); }
    EXPECT_EQ(convert(reference(), path()).error().code, ErrorCode::kAlreadyExists);
    EXPECT_EQ(convert(path(), path()).error().code, ErrorCode::kAlreadyExists);
    EXPECT_EQ(open().live_count(), 0U);
}

TEST_F(Convert, OfWhatIsNoStoreLeavesNothing) {
    std::ofstream(folder_.path("text")) << "not a store";
    EXPECT_EQ(convert(folder_.path("text"), path()).error().code, ErrorCode::kInvalidArgument);
    EXPECT_FALSE(std::filesystem::exists(path()));
}

}  // namespace
}  // namespace reel
