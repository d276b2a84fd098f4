// Replacing, deleting, several changes in one commit.
#include "db_support.h"

namespace reel {
namespace {

class Changing : public WithDatabase {
protected:
    Changing() : database_(create()), embedder_(std::make_shared<StubEmbedder>(2)) {
        must(database_.use_embedder(embedder_));
        add_and_commit(database_, {new_record("a", "alpha"), new_record("b", "beta", {}, R"({"n":1})")});
        embedder_->texts_embedded = 0;
    }

    AddOutcome replace(const NewRecord& record) {
        return must(database_.add(std::span(&record, 1), OnDuplicate::kReplace)).at(0);
    }
    RemoveOutcome remove(const std::string& id) { return must(database_.remove(std::span(&id, 1))).at(0); }
    [[nodiscard]] std::string text_of(const std::string& id) const {
        const auto record = must(database_.find(id));
        return record ? record->text : "(none)";
    }
    [[nodiscard]] std::string texts() const {
        std::string all;
        for (const Record& record : all_records(database_)) all += record.id + "=" + record.text + " ";
        return all;
    }

    Database database_;
    std::shared_ptr<StubEmbedder> embedder_;
};

TEST_F(Changing, AReplacementTakesThePlaceOfTheRecordWithItsCommit) {
    EXPECT_EQ(replace(new_record("a", "another")), AddOutcome::kReplaced);
    EXPECT_EQ(text_of("a"), "alpha");
    const CommitInfo info = must(database_.commit());
    EXPECT_EQ(info.records_added, 1U);
    EXPECT_EQ(info.records_deleted, 1U);
    EXPECT_EQ(texts(), "b=beta a=another ");
}

TEST_F(Changing, TheSameContentWritesNothing) {
    const uint64_t before = database_.info().file_bytes;
    EXPECT_EQ(replace(new_record("b", "beta", {}, R"({ "n" : 1 })")), AddOutcome::kSkipped);
    EXPECT_EQ(must(database_.commit()).commit, 1U);
    EXPECT_EQ(database_.info().file_bytes, before);
    EXPECT_EQ(embedder_->texts_embedded, 0U);
}

TEST_F(Changing, OtherMetadataWithTheSameTextKeepsTheVector) {
    EXPECT_EQ(replace(new_record("b", "beta", {}, R"({"n":2})")), AddOutcome::kReplaced);
    must(database_.commit());
    EXPECT_EQ(embedder_->texts_embedded, 0U);
    EXPECT_EQ(must(database_.find("b"))->metadata, R"({"n":2})");
    EXPECT_EQ(must(database_.find("b"))->vector, embedder_->vector_of("beta"));
}

TEST_F(Changing, AnotherTextIsEmbeddedAgain) {
    replace(new_record("b", "gamma"));
    must(database_.commit());
    EXPECT_EQ(must(database_.find("b"))->vector, embedder_->vector_of("gamma"));
}

TEST_F(Changing, WithSkipTheStoredRecordStays) {
    const std::vector<NewRecord> records = {new_record("a", "another"), new_record("c", "gamma")};
    EXPECT_EQ(must(database_.add(records, OnDuplicate::kSkip)),
              (std::vector<AddOutcome>{AddOutcome::kSkipped, AddOutcome::kAdded}));
    must(database_.commit());
    EXPECT_EQ(texts(), "a=alpha b=beta c=gamma ");
}

TEST_F(Changing, TheLastOfACallWithTheSameIdWins) {
    const std::vector<NewRecord> records = {new_record("a", "one"), new_record("c", "two"),
                                            new_record("a", "three"), new_record("c", "four")};
    EXPECT_EQ(must(database_.add(records, OnDuplicate::kReplace)),
              (std::vector<AddOutcome>{AddOutcome::kSkipped, AddOutcome::kSkipped, AddOutcome::kReplaced,
                                       AddOutcome::kAdded}));
    must(database_.commit());
    EXPECT_EQ(texts(), "b=beta a=three c=four ");
}

TEST_F(Changing, AGivenIdOfACallIsNoDefaultIdOfIt) {
    const std::vector<NewRecord> records = {new_record(std::nullopt, "anonymous"), new_record("0", "named")};
    must(database_.add(records));
    must(database_.commit());
    EXPECT_EQ(texts(), "a=alpha b=beta 1=anonymous 0=named ");
}

TEST_F(Changing, TheLastOfACallKeepsTheVectorThatCameWithTheSameText) {
    const std::vector<NewRecord> records = {new_record("x", "same", {7, 8}, R"({"v":1})"),
                                            new_record("x", "same", {}, R"({"v":2})")};
    must(database_.add(records, OnDuplicate::kReplace));
    must(database_.commit());
    EXPECT_EQ(must(database_.find("x"))->vector, (std::vector<float>{7, 8}));
    EXPECT_EQ(must(database_.find("x"))->metadata, R"({"v":2})");
}

TEST_F(Changing, APendingRecordCanBeReplacedAndDeleted) {
    replace(new_record("c", "one"));
    EXPECT_EQ(replace(new_record("c", "two")), AddOutcome::kReplaced);
    replace(new_record("d", "three"));
    EXPECT_EQ(remove("d"), RemoveOutcome::kRemoved);
    must(database_.commit());
    EXPECT_EQ(texts(), "a=alpha b=beta c=two ");
    EXPECT_TRUE(must(database_.verify()).findings.empty());
}

TEST_F(Changing, ADeletedRecordIsGoneWithItsCommit) {
    EXPECT_EQ(remove("a"), RemoveOutcome::kRemoved);
    EXPECT_EQ(remove("a"), RemoveOutcome::kNotFound);
    EXPECT_EQ(text_of("a"), "alpha");
    EXPECT_EQ(must(database_.commit()).records_deleted, 1U);
    EXPECT_EQ(text_of("a"), "(none)");
    EXPECT_EQ(database_.live_count(), 1U);
}

TEST_F(Changing, ADeletedIdIsFreeAgain) {
    remove("a");
    EXPECT_EQ(must(database_.add(std::vector{new_record("a", "again")})).at(0), AddOutcome::kAdded);
    must(database_.commit());
    EXPECT_EQ(texts(), "b=beta a=again ");
}

TEST_F(Changing, AnIdNamedTwiceIsDeletedOnce) {
    const std::vector<std::string> ids = {"a", "x", "a"};
    EXPECT_EQ(must(database_.remove(ids)),
              (std::vector<RemoveOutcome>{RemoveOutcome::kRemoved, RemoveOutcome::kNotFound,
                                          RemoveOutcome::kNotFound}));
}

TEST_F(Changing, ARollbackFindsTheRecordsAgainThatWereDeleted) {
    for (int i = 0; i < 3; ++i) {
        remove("a");
        replace(new_record("a", "version " + std::to_string(i)));
        replace(new_record("a", "version of " + std::to_string(i)));
        must(database_.rollback());
        EXPECT_EQ(replace(new_record("a", "alpha")), AddOutcome::kSkipped);
    }
}

TEST_F(Changing, ARollbackUndoesBothKindsOfChange) {
    remove("a");
    replace(new_record("b", "other"));
    must(database_.rollback());
    EXPECT_EQ(must(database_.commit()).commit, 1U);
    EXPECT_EQ(remove("a"), RemoveOutcome::kRemoved);
    must(database_.rollback());
    EXPECT_EQ(texts(), "a=alpha b=beta ");
}

TEST_F(Changing, DeletionsOutliveSealsAndReopening) {
    remove("a");
    must(database_.seal());
    replace(new_record("b", "other"));
    must(database_.commit());
    must(database_.close());
    EXPECT_EQ(all_records(open()).size(), 1U);
    Database again = open(Access::kWrite);
    EXPECT_EQ(must(again.find("b"))->text, "other");
    must(again.seal());
    must(again.close());
    EXPECT_EQ(all_records(open()).size(), 1U);
    EXPECT_TRUE(must(open().verify()).findings.empty());
}

TEST_F(Changing, SearchPassesOverDeletedRecords) {
    remove("a");
    must(database_.commit());
    EXPECT_EQ(ids_of(must(database_.search(std::string_view("alpha")))), std::vector<std::string>{"b"});
}

TEST_F(Changing, WriteDoesAllOfItsChangesInOneCommit) {
    Changes changes;
    changes.records = {new_record("b", "newer"), new_record("c", "gamma")};
    changes.deletions = {"a", "nobody"};
    const CommitInfo info = must(database_.write(changes));
    EXPECT_EQ(info.commit, 2U);
    EXPECT_EQ(info.records_added, 2U);
    EXPECT_EQ(info.records_deleted, 2U);
    EXPECT_EQ(texts(), "b=newer c=gamma ");
}

TEST_F(Changing, WriteThatFailsLeavesNothingBehind) {
    Changes changes;
    changes.records = {new_record("c", "gamma"), new_record("d", "x", {1, 2, 3})};
    changes.deletions = {"a"};
    const auto written = database_.write(changes);
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().code, ErrorCode::kInvalidArgument);
    EXPECT_EQ(must(database_.commit()).commit, 1U);
    EXPECT_EQ(texts(), "a=alpha b=beta ");
}

TEST_F(Changing, WriteIsRefusedWhileOtherChangesArePending) {
    remove("a");
    EXPECT_EQ(database_.write({}).error().code, ErrorCode::kConflict);
    must(database_.commit());
    EXPECT_TRUE(database_.write({}));
}

TEST_F(Changing, VerifyPassesOverWhatAWriterAtWorkHasNotCommitted) {
    replace(new_record("c", std::string(6'000'000, 'x')));
    EXPECT_TRUE(must(open().verify()).findings.empty());
    database_ = open();
    EXPECT_TRUE(must(database_.verify()).findings.empty()) << "rolled back";
}

TEST_F(Changing, AReaderRefusesChanges) {
    Database reader = open();
    EXPECT_EQ(reader.remove({}).error().code, ErrorCode::kReadOnly);
    EXPECT_EQ(reader.write({}).error().code, ErrorCode::kReadOnly);
    EXPECT_EQ(reader.compact().error().code, ErrorCode::kReadOnly);
}

TEST_F(Changing, DeferredCommitsAreVisibleAtOnceAndDurableWithTheNextSyncedOne) {
    replace(new_record("c", "gamma"));
    must(database_.commit(Durability::kDeferred));
    EXPECT_EQ(text_of("c"), "gamma");
    EXPECT_EQ(database_.info().durable_through, 1U);
    must(database_.sync());
    EXPECT_EQ(database_.info().durable_through, 2U);
    remove("c");
    must(database_.commit(Durability::kDeferred));
    remove("b");
    must(database_.commit());
    EXPECT_EQ(database_.info().durable_through, 4U);
    EXPECT_EQ(texts(), "a=alpha ");
}

TEST_F(Changing, DefaultIdsAreNeverGivenTwice) {
    add_and_commit(database_, {new_record(std::nullopt, "zero")});
    EXPECT_EQ(text_of("0"), "zero");
    remove("0");
    must(database_.commit());
    add_and_commit(database_, {new_record(std::nullopt, "one")});
    must(database_.compact());
    add_and_commit(database_, {new_record(std::nullopt, "two")});
    EXPECT_EQ(texts(), "a=alpha b=beta 1=one 2=two ");
}

}  // namespace
}  // namespace reel
