#include "ingest/folder_sync.h"

#include <unistd.h>

#include "ingest/stored_source.h"
#include "ingest/sync_folder.h"
#include "ingest/sync_mark.h"
#include "sync_support.h"

namespace reel {
namespace {

using Texts = std::vector<std::string>;

class FolderSyncTest : public WithFolder {};

TEST_F(FolderSyncTest, TakesAFolderInOneCommit) {
    write("a.txt", "one");
    write("d/b.md", "# Two");
    const auto report = sync();
    EXPECT_EQ(ids(), (Ids{"n/a.txt", "n/d/b.md"}));
    EXPECT_EQ(report.added, 2U);
    EXPECT_EQ(commits(), 1U);
}

TEST_F(FolderSyncTest, DoesNothingWhereNothingHasChanged) {
    write("a.txt", "one");
    sync();
    const auto report = sync();
    EXPECT_EQ(report.unchanged, 1U);
    EXPECT_EQ(commits(), 1U);
    EXPECT_TRUE(embedder_->embedded.empty());
}

TEST_F(FolderSyncTest, DoesNotReadAnUnchangedFile) {
    write("a.txt", "one");
    touch("a.txt", 1000);
    sync();
    write("a.txt", "two");
    touch("a.txt", 1000);
    EXPECT_EQ(sync().unchanged, 1U);
    EXPECT_EQ(stored()["n/a.txt"], "one");
    touch("a.txt", 1001);  // the control
    EXPECT_EQ(sync().changed, 1U);
    EXPECT_EQ(stored()["n/a.txt"], "two");
}

TEST_F(FolderSyncTest, EmbedsOnlyThePassagesOfAChangedFileThatAreNew) {
    write("a.txt", "w1 w2 w3 w4 w5 w6 w7 w8 w9");
    sync();
    EXPECT_EQ(ids(), (Ids{"n/a.txt#1", "n/a.txt#2", "n/a.txt#3"}));
    write("a.txt", "w1 w2 w3 w4 w5 w6 w7 w8 changed end");
    EXPECT_EQ(sync().changed, 1U);
    EXPECT_EQ(embedder_->embedded, Texts{"changed end"});
    EXPECT_EQ(stored()["n/a.txt#3"], "changed end");
}

TEST_F(FolderSyncTest, LeavesNoPassagesOfAnEarlierText) {
    write("a.txt", "w1 w2 w3 w4 w5 w6 w7 w8 w9");
    sync();
    write("a.txt", "short");
    sync();
    EXPECT_EQ(ids(), Ids{"n/a.txt"});
    write("a.txt", "x1 x2 x3 x4 x5 x6");
    sync();
    EXPECT_EQ(ids(), (Ids{"n/a.txt#1", "n/a.txt#2"}));
    EXPECT_EQ(commits(), 3U);
}

TEST_F(FolderSyncTest, WritesOneRecordForAFileThatWasTouched) {
    write("a.txt", "w1 w2 w3 w4 w5 w6 w7 w8 w9");
    sync();
    touch("a.txt", 77);
    const auto report = sync();
    EXPECT_EQ(report.touched, 1U);
    EXPECT_EQ(report.commit.records_added, 1U);
    EXPECT_TRUE(embedder_->embedded.empty());
    EXPECT_EQ(sync().unchanged, 1U);
    EXPECT_EQ(find_sync_mark(database_->find("n/a.txt#1").value()->metadata)->stamp->mtime_ns,
              77'000'000'000);
}

TEST_F(FolderSyncTest, KeepsTheVectorsOfARenamedFile) {
    write("a.txt", "w1 w2 w3 w4 w5 w6");
    sync();
    const auto before = database_->find("n/a.txt#2").value()->vector;
    std::filesystem::create_directory(notes() + "/d");
    rename("a.txt", "d/b.txt");
    EXPECT_EQ(sync().renamed, 1U);
    EXPECT_TRUE(embedder_->embedded.empty());
    EXPECT_EQ(ids(), (Ids{"n/d/b.txt#1", "n/d/b.txt#2"}));
    const auto after = database_->find("n/d/b.txt#2").value();
    EXPECT_EQ(after->vector, before);
    EXPECT_NE(after->metadata.find("\"source\": \"n/d/b.txt\""), std::string::npos) << after->metadata;
    EXPECT_EQ(sync().unchanged, 1U);
}

TEST_F(FolderSyncTest, SwapsTwoFiles) {
    write("a.txt", "one");
    write("b.txt", "two");
    sync();
    rename("a.txt", "c.txt");
    rename("b.txt", "a.txt");
    rename("c.txt", "b.txt");
    sync();
    EXPECT_EQ(stored(), (std::map<std::string, std::string>{{"n/a.txt", "two"}, {"n/b.txt", "one"}}));
    EXPECT_TRUE(embedder_->embedded.empty());
}

TEST_F(FolderSyncTest, DeletesTheRecordsOfAFileThatIsGone) {
    write("a.txt", "w1 w2 w3 w4 w5 w6");
    write("b.txt", "two");
    sync();
    remove("a.txt");
    EXPECT_EQ(sync().deleted, 1U);
    EXPECT_EQ(ids(), Ids{"n/b.txt"});
}

TEST_F(FolderSyncTest, TouchesNoRecordOfOthers) {
    add("mine", "by hand");
    add("n/x.txt", "looks like the folder's");
    write("a.txt", "one");
    write("b.txt", "two");
    sync();
    remove("a.txt");
    sync();
    EXPECT_EQ(ids(), (Ids{"mine", "n/b.txt", "n/x.txt"}));
}

TEST_F(FolderSyncTest, KeepsTwoFoldersApart) {
    write("a.txt", "one");
    write("b.txt", "two");
    sync();
    EXPECT_EQ(try_sync(options("m")).value().added, 2U);
    remove("a.txt");
    sync();
    EXPECT_EQ(ids(), (Ids{"m/a.txt", "m/b.txt", "n/b.txt"}));
}

TEST_F(FolderSyncTest, NamesAFileWhoseIdIsTakenAndTakesTheOthers) {
    add("n/a.txt", "by hand");
    write("a.txt", "one");
    write("b.txt", "two");
    const auto report = sync();
    EXPECT_EQ(report.failed, 1U);
    EXPECT_EQ(report.added, 1U);
    ASSERT_EQ(problems_.size(), 1U);
    EXPECT_NE(problems_[0].find("notes/a.txt: the id \"n/a.txt\" is taken"), std::string::npos);
    EXPECT_EQ(stored()["n/a.txt"], "by hand");
}

TEST_F(FolderSyncTest, KeepsARenamedFilesRecordsIfItsNewIdIsTaken) {
    write("a.txt", "one");
    write("c.txt", "three");
    sync();
    add("n/b.txt", "by hand");
    rename("a.txt", "b.txt");
    EXPECT_EQ(sync().failed, 1U);
    EXPECT_EQ(ids(), (Ids{"n/a.txt", "n/b.txt", "n/c.txt"}));
}

TEST_F(FolderSyncTest, LeavesAFileThatIsNoTextAnyMoreAsItWas) {
    write("a.txt", "one");
    write("b.txt", "two");
    sync();
    write("a.txt", "bad \xff");
    const auto report = sync();
    EXPECT_EQ(report.failed, 1U);
    EXPECT_EQ(stored()["n/a.txt"], "one");
    write("a.txt", "good");
    EXPECT_EQ(sync().changed, 1U);
}

TEST_F(FolderSyncTest, LeavesWhatIsBehindAnUnreadableFolder) {
    if (::geteuid() == 0) GTEST_SKIP() << "root reads everything";
    write("d/a.txt", "one");
    sync();
    std::filesystem::permissions(notes() + "/d", std::filesystem::perms::none);
    const auto report = sync();
    std::filesystem::permissions(notes() + "/d", std::filesystem::perms::owner_all);
    EXPECT_EQ(report.failed, 1U);
    EXPECT_EQ(ids(), Ids{"n/d/a.txt"});
}

TEST_F(FolderSyncTest, FailsOnlyTheFileWhoseTextIsRefused) {
    write("a.txt", "one");
    write("b.txt", "two");
    sync();
    write("a.txt", "refuse this");
    write("b.txt", "two more");
    write("c.txt", "three");
    const auto report = sync();
    EXPECT_EQ((std::array{report.failed, report.changed, report.added}), (std::array<uint64_t, 3>{1, 1, 1}));
    EXPECT_EQ(stored()["n/a.txt"], "one");
    EXPECT_EQ(stored()["n/c.txt"], "three");
    EXPECT_NE(problems_.at(0).find("notes/a.txt: the model refuses"), std::string::npos) << problems_.at(0);
}

TEST_F(FolderSyncTest, RefusesToForgetEverything) {
    write("a.txt", "one");
    sync();
    remove("a.txt");
    const auto refused = try_sync(options());
    EXPECT_EQ(refused.error().code, ErrorCode::kNotFound);
    EXPECT_MESSAGE(refused, "--allow-empty");
    EXPECT_EQ(ids(), Ids{"n/a.txt"});
    write("other.txt", "another folder's");
    EXPECT_FALSE(try_sync(options()));
    auto allowed = options();
    allowed.allow_empty = true;
    EXPECT_EQ(try_sync(allowed).value().deleted, 1U);
    EXPECT_EQ(ids(), Ids{"n/other.txt"});
}

TEST_F(FolderSyncTest, IsAnErrorWithoutAFolder) {
    auto missing = options();
    missing.folder = folder_ / "nowhere";
    EXPECT_EQ(try_sync(missing).error().code, ErrorCode::kNotFound);
    missing.folder = folder_.write("file.txt", "x");
    EXPECT_EQ(try_sync(missing).error().code, ErrorCode::kInvalidArgument);
}

TEST_F(FolderSyncTest, TakesBackWhatWasDeletedByHand) {
    write("a.txt", "w1 w2 w3 w4 w5 w6");
    sync();
    ASSERT_TRUE(database_->remove(Ids{"n/a.txt#1"}));
    ASSERT_TRUE(database_->commit());
    EXPECT_EQ(sync().changed, 1U);
    EXPECT_EQ(ids(), (Ids{"n/a.txt#1", "n/a.txt#2"}));
    EXPECT_EQ(embedder_->embedded, Texts{"w1 w2 w3 w4"});
}

TEST_F(FolderSyncTest, CommitsNothingWhenInterrupted) {
    write("a.txt", "one");
    const std::atomic<bool> cancel = true;
    auto stopped = options();
    stopped.cancel = &cancel;
    EXPECT_EQ(try_sync(stopped).error().code, ErrorCode::kInterrupted);
    EXPECT_EQ(commits(), 0U);
    EXPECT_EQ(sync().added, 1U);
}

TEST_F(FolderSyncTest, ForgetsAFileThatHoldsNoTextAnyMore) {
    write("a.txt", "one");
    write("b.txt", "two");
    sync();
    write("a.txt", " \n");
    sync();
    EXPECT_EQ(ids(), Ids{"n/b.txt"});
    EXPECT_EQ(notes_.size(), 1U);
}

TEST_F(FolderSyncTest, PreviewsWithoutWriting) {
    write("a.txt", "one");
    sync();
    rename("a.txt", "b.txt");
    std::vector<FileChange> changes;
    auto told = options();
    told.on_change = [&](const FileChange& change) { changes.push_back(change); };
    EXPECT_EQ(FolderSync(told).preview(&*database_).value().renamed, 1U);
    ASSERT_EQ(changes.size(), 1U);
    EXPECT_EQ(changes[0].from, "a.txt");
    EXPECT_EQ(FolderSync(told).preview(nullptr).value().added, 1U);
    EXPECT_EQ(commits(), 1U);
}

TEST_F(FolderSyncTest, KnowsWhatItDidItselfInTheNextRun) {
    FolderSync twice(options());
    write("a.txt", "w1 w2 w3 w4 w5 w6");
    ASSERT_TRUE(twice.run(*database_));
    EXPECT_EQ(twice.run(*database_).value().unchanged, 1U);
    write("a.txt", "short");
    ASSERT_TRUE(twice.run(*database_));
    rename("a.txt", "b.txt");
    ASSERT_EQ(twice.run(*database_).value().renamed, 1U);
    EXPECT_EQ(ids(), Ids{"n/b.txt"});
    ASSERT_TRUE(database_->remove(Ids{"n/b.txt"}));  // behind its back
    ASSERT_TRUE(database_->commit());
    EXPECT_EQ(twice.run(*database_).value().added, 1U);
}

TEST_F(FolderSyncTest, FindsTheRecordsOfASource) {
    write("a.txt", "w1 w2 w3 w4 w5 w6 w7 w8 w9");
    sync();
    add("n/a.txt#9", "the user's own");
    EXPECT_EQ(find_source_ids(*database_, "n/a.txt").value(), (Ids{"n/a.txt#1", "n/a.txt#2", "n/a.txt#3"}));
    ASSERT_TRUE(database_->remove(Ids{"n/a.txt#2"}));
    ASSERT_TRUE(database_->commit());
    EXPECT_EQ(find_source_ids(*database_, "n/a.txt").value(), (Ids{"n/a.txt#1", "n/a.txt#3"}));
    EXPECT_EQ(find_source_ids(*database_, "nothing").value(), Ids{});
    EXPECT_EQ(find_source_ids(*database_, "n/a.txt#9").value(), Ids{"n/a.txt#9"});
}

TEST(SyncName, IsTheFoldersOwn) {
    EXPECT_EQ(folder_base_name("/home/ann/notes/"), "notes");
    EXPECT_EQ(folder_base_name("/home/ann/notes/."), "notes");
    EXPECT_EQ(folder_base_name("/home/ann/notes/../books//"), "books");
    EXPECT_EQ(folder_base_name("/"), "");
    EXPECT_EQ(folder_base_name("."), std::filesystem::current_path().filename().string());
}

TEST(SyncName, MustBeFitForIds) {
    EXPECT_TRUE(check_sync_name("my notes"));
    for (const auto* bad : {"", "a/b", "a\nb", "\xff"}) EXPECT_FALSE(check_sync_name(bad));
}

TEST(PassageMark, IsWhatPassagesHave) {
    const auto mark = find_passage_mark(R"({"passage": 2, "passages": 3, "offset": 0, "length": 9})");
    ASSERT_TRUE(mark);
    EXPECT_EQ(mark->number, 2U);
    EXPECT_EQ(mark->count, 3U);
    for (const auto* bad : {R"({"passage": 0, "passages": 3, "offset": 0, "length": 9})",
                            R"({"passage": 4, "passages": 3, "offset": 0, "length": 9})",
                            R"({"passage": 2, "passages": 3})", R"({"passage": "2", "passages": 3})", "{}"}) {
        EXPECT_FALSE(find_passage_mark(bad)) << bad;
    }
}

TEST(SourceIds, AreReadBothWays) {
    EXPECT_EQ(source_record_id("a", 0), "a");
    EXPECT_EQ(source_record_id("a", 12), "a#12");
    EXPECT_EQ(source_passage("a", "a"), 0U);
    EXPECT_EQ(source_passage("a#12", "a"), 12U);
    for (const auto* other : {"a#", "a#0", "a#01", "a#1x", "b", "ab#1", "a#1#2"}) {
        EXPECT_FALSE(source_passage(other, "a")) << other;
    }
}

}  // namespace
}  // namespace reel
