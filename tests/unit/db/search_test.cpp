// Searching by vector, text and likeness.
#include "db_support.h"

namespace reel {
namespace {

using Search = WithDatabase;
using Ids = std::vector<std::string>;

Result<std::vector<Hit>> search(const Database& database, const std::vector<float>& query, size_t k = 10) {
    SearchOptions options;
    options.k = k;
    return database.search(std::span<const float>(query), options);
}

class SearchOnLine : public WithDatabase {
protected:
    /// Records at 0, 1, 2, 3, 1 on a line, sealed in the middle.
    SearchOnLine() {
        add_and_commit(database_,
                       {new_record("zero", "a", {0, 0}), new_record("one", "b", {1, 0}, "{\"n\": 1}")});
        must(database_.seal());
        add_and_commit(database_, {new_record("two", "c", {2, 0}), new_record("three", "d", {3, 0})});
        add_and_commit(database_, {new_record("again", "e", {1, 0})});
    }
    Database database_ = create();
};

TEST_F(SearchOnLine, OrdersByDistanceThenByRecordNumber) {
    const auto hits = must(search(database_, {0.75F, 0}));
    EXPECT_EQ(ids_of(hits), (Ids{"one", "again", "zero", "two", "three"}));
    EXPECT_EQ(hits[0].distance, 0.0625F);
    EXPECT_EQ(hits[0].text, "b");
    EXPECT_EQ(hits[0].metadata, "{\"n\": 1}");
    EXPECT_EQ(hits[1].record_number, 4U);
}

TEST_F(SearchOnLine, GivesAtMostK) {
    EXPECT_EQ(ids_of(must(search(database_, {3, 0}, 2))), (Ids{"three", "two"}));
    EXPECT_EQ(must(search(database_, {3, 0}, 5)).size(), 5U);
    EXPECT_EQ(must(search(database_, {3, 0}, 1000)).size(), 5U);
    EXPECT_EQ(must(search(database_, {3, 0}, std::numeric_limits<size_t>::max())).size(), 5U);
}

TEST_F(SearchOnLine, RefusesWhatIsNoQuestion) {
    const float nan = std::numeric_limits<float>::quiet_NaN();
    EXPECT_EQ(search(database_, {1, 0}, 0).error().code, ErrorCode::kInvalidArgument);
    EXPECT_EQ(search(database_, {1}).error().code, ErrorCode::kInvalidArgument);
    EXPECT_EQ(search(database_, {1, 0, 0}).error().code, ErrorCode::kInvalidArgument);
    EXPECT_EQ(search(database_, {nan, 0}).error().code, ErrorCode::kInvalidArgument);
    EXPECT_EQ(search(database_, {1, std::numeric_limits<float>::infinity()}).error().code,
              ErrorCode::kInvalidArgument);
    EXPECT_EQ(database_.search(std::string_view()).error().code, ErrorCode::kInvalidArgument);
}

TEST_F(SearchOnLine, LikeARecordFindsItFirst) {
    EXPECT_EQ(ids_of(must(database_.search_like("two"))), (Ids{"two", "one", "three", "again", "zero"}));
    EXPECT_EQ(database_.search_like("nobody").error().code, ErrorCode::kNotFound);
}

TEST_F(SearchOnLine, SeesOnlyWhatIsCommitted) {
    must(add(database_, {new_record("near", "x", {0.75F, 0})}));
    EXPECT_EQ(must(search(database_, {0.75F, 0}, 1))[0].id, "one");
    must(database_.commit());
    EXPECT_EQ(must(search(database_, {0.75F, 0}, 1))[0].id, "near");
}

TEST_F(SearchOnLine, AnswersTheSameFromTheFile) {
    const auto before = must(search(database_, {0.3F, 0.7F}));
    must(database_.close());
    const auto after = must(search(open(), {0.3F, 0.7F}));
    ASSERT_EQ(ids_of(before), ids_of(after));
    for (size_t i = 0; i < before.size(); ++i) EXPECT_EQ(before[i].distance, after[i].distance);
}

TEST_F(Search, ByTextEmbedsTheQuestion) {
    Database database = create(Metric::kL2, 8);
    add_and_commit(database, {new_record("a", "banana"), new_record("b", "zyx"), new_record("c", "cherry")});
    const auto hits = must(database.search(std::string_view("banana")));
    EXPECT_EQ(hits[0].id, "a");
    EXPECT_EQ(hits[0].distance, 0);
}

TEST_F(Search, ByCosineIgnoresLength) {
    Database database = create(Metric::kCosine);
    add_and_commit(database, {new_record("far", "a", {0, 1}), new_record("long", "b", {100, 1}),
                              new_record("near", "c", {1, 0})});
    EXPECT_EQ(ids_of(must(search(database, {5, 0}))), (Ids{"near", "long", "far"}));
    EXPECT_EQ(search(database, {0, 0}).error().code, ErrorCode::kInvalidArgument);
}

TEST_F(Search, ByInnerProductPutsTheLargestFirst) {
    Database database = create(Metric::kInnerProduct);
    add_and_commit(database, {new_record("a", "a", {1, 0}), new_record("b", "b", {3, 0}),
                              new_record("c", "c", {-1, 0})});
    const auto hits = must(search(database, {2, 0}));
    EXPECT_EQ(ids_of(hits), (Ids{"b", "a", "c"}));
    EXPECT_EQ(hits[0].distance, -6);
}

TEST_F(Search, OfAnEmptyStoreFindsNothing) {
    const Database database = create();
    EXPECT_TRUE(must(search(database, {1, 0})).empty());
    EXPECT_FALSE(must(database.find("a")));
}

}  // namespace
}  // namespace reel
