// What add() takes, skips and refuses.
#include "db_support.h"

namespace reel {
namespace {

using Add = WithDatabase;
constexpr auto kAdded = AddOutcome::kAdded;
constexpr auto kSkipped = AddOutcome::kSkipped;
using Outcomes = std::vector<AddOutcome>;

TEST_F(Add, KeepsTextMetadataVectorAndId) {
    Database database = create();
    add_and_commit(database, {new_record("a", "text", {1, 2}, "{\"b\":1, \"a\" : [2]}")});
    const Record record = *must(database.find("a"));
    EXPECT_EQ(record.id, "a");
    EXPECT_EQ(record.text, "text");
    EXPECT_EQ(record.vector, (std::vector<float>{1, 2}));
    EXPECT_EQ(record.metadata, "{\"b\":1, \"a\" : [2]}");
}

TEST_F(Add, GivesDefaultIdsInOrder) {
    Database database = create();
    add_and_commit(database,
                   {new_record({}, "a"), new_record({}, "b"), new_record("7", "c"), new_record({}, "d")});
    EXPECT_EQ(all_records(database)[3].id, "2");
}

TEST_F(Add, GivesADefaultIdThatNoRecordOfTheCallHas) {
    Database database = create();
    add_and_commit(database, {new_record("0", "a"), new_record({}, "b")});
    EXPECT_EQ(all_records(database)[1].id, "1");
}

TEST_F(Add, SkipsTheSameRecordWhereverItStands) {
    Database database = create();
    const NewRecord record = new_record("a", "text", {1, 2}, "{\"k\": 1}");
    EXPECT_EQ(must(add(database, {record, record})), (Outcomes{kAdded, kSkipped}));
    EXPECT_EQ(must(add(database, {record})), Outcomes{kSkipped}) << "pending";
    must(database.commit());
    EXPECT_EQ(must(add(database, {record})), Outcomes{kSkipped}) << "committed";
    must(database.seal());
    EXPECT_EQ(must(add(database, {record})), Outcomes{kSkipped}) << "sealed";
    EXPECT_EQ(must(database.commit()).records_added, 0U);
    EXPECT_EQ(database.live_count(), 1U);
}

TEST_F(Add, SkipsTheSameMetadataInAnotherSpelling) {
    Database database = create();
    add_and_commit(database, {new_record("a", "t", {}, "{\"x\": 1, \"y\": [1, 2]}")});
    EXPECT_EQ(must(add(database, {new_record("a", "t", {}, "{ \"y\":[1,2],\"x\":1 }")})), Outcomes{kSkipped});
    EXPECT_EQ(must(add(database, {new_record("a", "t", {}, "{\"doc_id\": \"a\", \"y\":[1,2],\"x\":1 }")})),
              Outcomes{kSkipped});
    EXPECT_EQ(add(database, {new_record("a", "t", {}, "{\"x\": 1, \"y\": [2, 1]}")}).error().code,
              ErrorCode::kAlreadyExists);
}

TEST_F(Add, SkipsARecordWithoutAVectorByItsTextAndMetadata) {
    Database database = create();
    add_and_commit(database, {new_record("a", "t", {5, 6})});
    EXPECT_EQ(must(add(database, {new_record("a", "t")})), Outcomes{kSkipped});
    EXPECT_EQ(must(add(database, {new_record("b", "t", {5, 6}), new_record("b", "t")})),
              (Outcomes{kAdded, kSkipped}));
}

TEST_F(Add, RefusesOtherContentUnderTheSameId) {
    Database database = create();
    add_and_commit(database, {new_record("a", "t", {1, 2})});
    for (const NewRecord& other : {new_record("a", "u", {1, 2}), new_record("a", "t", {1, 3}),
                                   new_record("a", "t", {1, 2}, "{\"x\": 1}")}) {
        const auto outcome = add(database, {new_record("b", "new"), other});
        ASSERT_FALSE(outcome);
        EXPECT_EQ(outcome.error().code, ErrorCode::kAlreadyExists);
        EXPECT_NE(outcome.error().message.find("record 2 of 2, id \"a\""), std::string::npos)
            << outcome.error().message;
    }
    EXPECT_EQ(must(database.commit()).records_added, 0U) << "nothing of a refused call is added";
}

TEST_F(Add, RefusesOtherContentWithinOneCall) {
    Database database = create();
    EXPECT_EQ(add(database, {new_record("a", "t"), new_record("a", "u")}).error().code,
              ErrorCode::kAlreadyExists);
    EXPECT_EQ(must(database.commit()).records_added, 0U);
}

TEST_F(Add, RefusesWhatIsNoRecord) {
    Database database = create(Metric::kCosine);
    const float nan = std::numeric_limits<float>::quiet_NaN();
    const float inf = std::numeric_limits<float>::infinity();
    for (const NewRecord& bad :
         {new_record("a", "t", {1}), new_record("a", "t", {1, 2, 3}), new_record("a", "t", {1, nan}),
          new_record("a", "t", {inf, 1}), new_record("a", "t", {0, 0}), new_record("a", "\xff", {1, 2}),
          new_record("\xff", "t", {1, 2}), new_record("a", "t", {1, 2}, "[1]"),
          new_record("a", "t", {1, 2}, "{"), new_record("a", "t", {1, 2}, "{\"doc_id\": \"b\"}"),
          new_record("a", "")}) {
        const auto outcome = add(database, {bad});
        ASSERT_FALSE(outcome);
        EXPECT_EQ(outcome.error().code, ErrorCode::kInvalidArgument) << outcome.error().message;
    }
    EXPECT_EQ(add(database, {new_record(std::string(70'000, 'x'), "t")}).error().code, ErrorCode::kLimit);
    EXPECT_EQ(must(database.commit()).records_added, 0U);
    EXPECT_TRUE(add(database, {new_record("a", "", {1, 2})})) << "control";
}

TEST_F(Add, OfNothingAddsNothing) {
    Database database = create();
    EXPECT_EQ(must(add(database, {})), Outcomes{});
    EXPECT_EQ(must(database.commit()).commit, 0U);
}

// --- Embedding ---

TEST_F(Add, EmbedsTheTextsOfACallTogether) {
    Database database = create();
    const auto embedder = std::make_shared<StubEmbedder>(2);
    must(database.use_embedder(embedder));
    add_and_commit(database,
                   {new_record("a", "one"), new_record("b", "two", {1, 2}), new_record("c", "three")});
    EXPECT_EQ(embedder->calls, 1);
    EXPECT_EQ(embedder->texts_embedded, 2U);
    EXPECT_EQ(must(database.find("a"))->vector, embedder->vector_of("one"));
    EXPECT_EQ(must(database.find("b"))->vector, (std::vector<float>{1, 2}));
    EXPECT_EQ(must(database.find("c"))->vector, embedder->vector_of("three"));
}

TEST_F(Add, DoesNotEmbedWhatItSkips) {
    Database database = create();
    add_and_commit(database, {new_record("a", "one")});
    const auto embedder = std::make_shared<StubEmbedder>(2);
    must(database.use_embedder(embedder));
    must(add(database, {new_record("a", "one")}));
    EXPECT_EQ(embedder->calls, 0);
}

TEST_F(Add, RefusesAnEmbeddersAnswerOfAnotherSize) {
    Database database = create();
    const auto embedder = std::make_shared<StubEmbedder>(2);
    embedder->surplus = 1;
    must(database.use_embedder(embedder));
    EXPECT_EQ(add(database, {new_record("a", "one")}).error().code, ErrorCode::kUnavailable);
    EXPECT_EQ(must(database.commit()).records_added, 0U);
}

TEST_F(Add, RefusesAnotherModel) {
    Database database = create();
    const auto other_dimension = std::make_shared<StubEmbedder>(3);
    EXPECT_EQ(database.use_embedder(other_dimension).error().code, ErrorCode::kConflict);
    const auto other_model = std::make_shared<StubEmbedder>(2);
    other_model->description.model = "another";
    const auto refused = database.use_embedder(other_model);
    EXPECT_EQ(refused.error().code, ErrorCode::kConflict);
    EXPECT_NE(refused.error().message.find("another"), std::string::npos) << refused.error().message;
    EXPECT_TRUE(add(database, {new_record("a", "one")})) << "the first embedder is still used";
}

}  // namespace
}  // namespace reel
