// Earlier commits: opened, compared, brought back, dropped by a compact.
#include <fstream>
#include <sstream>

#include "base/posix_file.h"
#include "db_support.h"

namespace reel {
namespace {

std::string bytes_of(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    std::ostringstream bytes;
    bytes << in.rdbuf();
    return std::move(bytes).str();
}

/// Commit 1: a, b; 2: a replaced, c added; 3: b deleted; 4: d added.
class Past : public WithDatabase {
protected:
    Past() : database_(create()) {
        add_and_commit(database_, {new_record("a", "alpha"), new_record("b", "beta")});
        put({new_record("a", "another"), new_record("c", "gamma")});
        remove("b");
        put({new_record("d", "delta")});
    }

    void put(const std::vector<NewRecord>& records) {
        must(database_.add(records, OnDuplicate::kReplace));
        must(database_.commit());
    }
    void remove(const std::string& id) {
        must(database_.remove(std::span(&id, 1)));
        must(database_.commit());
    }
    [[nodiscard]] static std::string texts(const Database& database) {
        std::string all;
        for (const Record& record : all_records(database)) all += record.id + "=" + record.text + " ";
        return all;
    }
    [[nodiscard]] Database as_of(const Moment& moment) const {
        OpenOptions options;
        options.as_of = moment;
        return must(Database::open(path(), options));
    }
    [[nodiscard]] std::string texts_at(uint64_t commit) const { return texts(as_of(Moment::commit(commit))); }
    [[nodiscard]] std::string differences(uint64_t from, uint64_t to) const {
        std::string all;
        for (const Difference& one : must(database_.diff(Moment::commit(from), Moment::commit(to))))
            all += std::string(1, "+-*"[static_cast<int>(one.kind)]) + one.id + " ";
        return all;
    }
    void expect_states() const {
        EXPECT_EQ(texts_at(0), "");
        EXPECT_EQ(texts_at(1), "a=alpha b=beta ");
        EXPECT_EQ(texts_at(2), "b=beta a=another c=gamma ");
        EXPECT_EQ(texts_at(3), "a=another c=gamma ");
        EXPECT_EQ(texts_at(4), "a=another c=gamma d=delta ");
    }

    Database database_;
};

TEST_F(Past, IsSeenCommitByCommit) { expect_states(); }

TEST_F(Past, IsTheSameAfterASealAndLaterCommits) {
    must(database_.seal());
    expect_states();
    put({new_record("e", "epsilon")});
    must(database_.seal());
    remove("a");
    expect_states();
}

TEST_F(Past, FindsTheVersionOfThatTime) {
    must(database_.seal());
    const Database old = as_of(Moment::commit(1));
    EXPECT_EQ(must(old.find("a"))->text, "alpha");
    EXPECT_FALSE(must(old.find("c")));
    EXPECT_EQ(must(as_of(Moment::commit(2)).find("a"))->text, "another");
}

TEST_F(Past, IsFoundByTime) {
    const auto entries = must(database_.history());
    EXPECT_EQ(texts(as_of(Moment::time(entries.back().time_ms - 1))), "");
    EXPECT_EQ(texts(as_of(Moment::time(UINT64_MAX))), texts_at(4));
}

TEST_F(Past, DoesNotReachBeyondTheNewestCommit) {
    OpenOptions options;
    options.as_of = Moment::commit(5);
    EXPECT_EQ(Database::open(path(), options).error().code, ErrorCode::kNotFound);
}

TEST_F(Past, IsListedNewestFirst) {
    const auto entries = must(database_.history());
    ASSERT_EQ(entries.size(), 4U);
    EXPECT_EQ(entries[0].commit, 4U);
    EXPECT_EQ(entries[0].chain_hash, database_.info().chain_hash);
    EXPECT_EQ(entries[1].records_deleted, 1U);
    EXPECT_EQ(entries[2].records_added, 2U);
    EXPECT_EQ(must(database_.history(1)).size(), 1U);
}

TEST_F(Past, DiffTellsWhatCameWentAndChanged) {
    EXPECT_EQ(differences(1, 4), "*a -b +c +d ");
    EXPECT_EQ(differences(4, 1), "*a -c -d +b ") << "the other way round";
    EXPECT_EQ(differences(3, 3), "");
}

TEST_F(Past, RestoreBringsAStateBackAsANewCommit) {
    const CommitInfo info = must(database_.restore(Moment::commit(1)));
    EXPECT_EQ(info.commit, 5U);
    EXPECT_EQ(differences(1, 5), "");
    EXPECT_EQ(must(database_.find("a"))->text, "alpha");
    EXPECT_EQ(database_.live_count(), 2U);
    expect_states();
    EXPECT_TRUE(must(database_.verify()).findings.empty());
}

TEST_F(Past, RestoreToNowChangesNothing) { EXPECT_EQ(must(database_.restore(Moment::commit(4))).commit, 4U); }

TEST_F(Past, RestoreToTheBeginningEmptiesTheStore) {
    must(database_.restore(Moment::commit(0)));
    EXPECT_EQ(database_.live_count(), 0U);
    must(database_.restore(Moment::commit(4)));
    EXPECT_EQ(differences(4, 6), "");
}

TEST_F(Past, ACompactWithHistoryKeepsEveryCommitAndTheHead) {
    must(database_.seal());
    put({new_record("e", "epsilon")});
    const auto before = must(database_.history());
    const CompactReport report = must(database_.compact(KeepHistory::kYes));
    EXPECT_EQ(report.records_dropped, 0U);
    EXPECT_LT(report.bytes_after, report.bytes_before);
    const auto after = must(database_.history());
    ASSERT_EQ(after.size(), before.size());
    for (size_t i = 0; i < after.size(); ++i) {
        EXPECT_EQ(after[i].chain_hash, before[i].chain_hash);
        EXPECT_EQ(after[i].time_ms, before[i].time_ms);
    }
    expect_states();
    EXPECT_TRUE(must(database_.verify()).findings.empty());
}

TEST_F(Past, ACompactWithoutHistoryBeginsANewChain) {
    const std::string now = texts(database_);
    const CompactReport report = must(database_.compact());
    EXPECT_EQ(report.records_dropped, 2U);
    EXPECT_EQ(report.commits_dropped, 3U);
    EXPECT_EQ(report.bytes_after, database_.info().file_bytes);
    EXPECT_EQ(texts(database_), now);
    EXPECT_EQ(must(database_.history()).size(), 1U);
    OpenOptions options;
    options.as_of = Moment::commit(0);
    EXPECT_EQ(Database::open(path(), options).error().code, ErrorCode::kNotFound);
    EXPECT_TRUE(must(database_.verify()).findings.empty());
}

TEST_F(Past, ACompactedStoreTakesCommitsAndIsOpenedAgain) {
    must(database_.compact());
    put({new_record("e", "epsilon")});
    must(database_.close());
    EXPECT_EQ(texts(open()), "a=another c=gamma d=delta e=epsilon ");
    EXPECT_TRUE(must(open().verify()).findings.empty());
}

TEST_F(Past, DeletedTextIsPhysicallyGoneAfterACompact) {
    put({new_record("s", "the secret word is xyzzy", {1, 2}, R"({"k":"plugh"})")});
    remove("s");
    EXPECT_NE(bytes_of(path()).find("xyzzy"), std::string::npos);
    must(database_.compact(KeepHistory::kYes));
    EXPECT_NE(bytes_of(path()).find("xyzzy"), std::string::npos) << "it is part of the history";
    must(database_.compact());
    EXPECT_EQ(bytes_of(path()).find("xyzzy"), std::string::npos);
    EXPECT_EQ(bytes_of(path()).find("plugh"), std::string::npos);
}

TEST_F(Past, ReadersKeepTheirSnapshotOverACompactUntilTheyRefresh) {
    Database reader = open();
    const std::string before = texts(reader);
    must(database_.compact());
    put({new_record("e", "epsilon")});
    EXPECT_EQ(texts(reader), before);
    EXPECT_TRUE(must(reader.refresh()));
    EXPECT_EQ(texts(reader), before + "e=epsilon ");
}

TEST_F(Past, ACompactIsRefusedWhereARecordIsDamaged) {
    must(database_.close());
    const uint64_t at = bytes_of(path()).find("gamma");
    {
        const auto file = must(PosixFile::open_write(path()));
        must(file->write_at(at, as_bytes(std::string_view("X"))));
    }
    Database damaged = open(Access::kWrite);
    const auto compacted = damaged.compact();
    ASSERT_FALSE(compacted);
    EXPECT_EQ(compacted.error().code, ErrorCode::kCorrupt);
    EXPECT_NE(compacted.error().message.find("repair"), std::string::npos);
    EXPECT_EQ(damaged.live_count(), 3U);
}

TEST_F(Past, ACompactIsRefusedWhereThePathNamesAnotherStore) {
    ASSERT_EQ(std::rename(path().c_str(), folder_.path("moved.mp4").c_str()), 0);
    {
        Database other = create();
        add_and_commit(other, {new_record("x", "another store")});
    }
    EXPECT_EQ(database_.compact().error().code, ErrorCode::kConflict);
    EXPECT_EQ(texts(open()), "x=another store ");
    put({new_record("e", "epsilon")});
    EXPECT_EQ(all_records(must(Database::open(folder_.path("moved.mp4")))).size(), 4U);
}

TEST_F(Past, ACompactIsRefusedWhileChangesArePending) {
    must(database_.add(std::vector{new_record("e", "epsilon")}));
    EXPECT_EQ(database_.compact().error().code, ErrorCode::kConflict);
    EXPECT_EQ(database_.restore(Moment::commit(1)).error().code, ErrorCode::kConflict);
}

TEST_F(Past, OfAMomentIsReadOnlyAndDoesNotRefresh) {
    Database old = as_of(Moment::commit(1));
    put({new_record("e", "epsilon")});
    EXPECT_FALSE(must(old.refresh()));
    EXPECT_EQ(texts(old), "a=alpha b=beta ");
    OpenOptions options;
    options.access = Access::kWrite;
    options.as_of = Moment::commit(1);
    EXPECT_EQ(Database::open(path(), options).error().code, ErrorCode::kInvalidArgument);
}

TEST_F(Past, SpaceAddsUpToTheFile) {
    must(database_.seal());
    put({new_record("e", "epsilon")});
    const SpaceInfo space = must(database_.space());
    EXPECT_EQ(space.live_bytes + space.dead_bytes + space.index_bytes + space.stale_bytes,
              database_.info().file_bytes);
    EXPECT_GT(space.dead_bytes, 0U);
    EXPECT_GT(space.stale_bytes, 0U);
    must(database_.compact());
    EXPECT_EQ(must(database_.space()).dead_bytes, 0U);
}

}  // namespace
}  // namespace reel
