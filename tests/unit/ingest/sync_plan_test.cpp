#include "ingest/sync_plan.h"

#include <map>

#include "support.h"

namespace reel {
namespace {

using Kind = FileChange::Kind;

/// The hash of content "x" is "x": files are said by what is in them.
struct Disk {
    std::vector<FoundFile> found;
    std::map<std::string, std::string> content;
    std::vector<std::string> hashed;
    std::vector<std::string> unreadable;

    Disk& file(const std::string& path, const std::string& text, int64_t mtime = 2) {
        const TextKind kind = find_text_kind(path).value_or(TextKind::kText);
        found.push_back({path, kind, mtime, text.size()});
        content[path] = text;
        return *this;
    }
};

struct Known {
    KnownFiles files;
    Known& file(const std::string& path, const std::string& text, int64_t mtime = 1) {
        files[path] = {{mtime, text.size(), text}, {0}, true};
        return *this;
    }
};

SyncPlan plan(const Known& known, Disk& disk) {
    return plan_sync(known.files, disk.found, disk.unreadable,
                     [&](const FoundFile& file) -> Result<std::string> {
                         disk.hashed.push_back(file.path);
                         if (disk.content[file.path] == "locked") {
                             return fail(ErrorCode::kReadOnly, file.path + ": no permission");
                         }
                         return disk.content[file.path];
                     })
        .value();
}

using Words = std::vector<std::string>;

/// "renamed a.txt -> b.txt"
Words words(const SyncPlan& plan) {
    static const std::map<Kind, std::string> kNames{{Kind::kNew, "new"},
                                                    {Kind::kChanged, "changed"},
                                                    {Kind::kTouched, "touched"},
                                                    {Kind::kRenamed, "renamed"},
                                                    {Kind::kDeleted, "deleted"}};
    Words lines;
    for (const FileChange& change : plan.changes) {
        const bool other = !change.from.empty() && change.from != change.path;
        lines.push_back(kNames.at(change.kind) + " " + (other ? change.from + " -> " : "") + change.path);
    }
    return lines;
}

TEST(SyncPlan, OfAnEmptyStoreIsAllNewAndHashesNothing) {
    Disk disk;
    disk.file("a.txt", "one").file("b.txt", "two");
    EXPECT_EQ(words(plan({}, disk)), (Words{"new a.txt", "new b.txt"}));
    EXPECT_TRUE(disk.hashed.empty());
}

TEST(SyncPlan, OfUnchangedFilesIsEmptyAndReadsNone) {
    Disk disk;
    disk.file("a.txt", "one", 1).file("b.txt", "two", 1);
    const SyncPlan done = plan(Known().file("a.txt", "one").file("b.txt", "two"), disk);
    EXPECT_TRUE(done.changes.empty());
    EXPECT_EQ(done.unchanged, 2U);
    EXPECT_TRUE(disk.hashed.empty());
}

TEST(SyncPlan, TellsATouchedFileFromAChangedOne) {
    Disk disk;
    disk.file("a.txt", "one").file("b.txt", "owt").file("c.txt", "three");
    const SyncPlan done = plan(Known().file("a.txt", "one").file("b.txt", "two").file("c.txt", "tree"), disk);
    EXPECT_EQ(words(done), (Words{"touched a.txt", "changed b.txt", "changed c.txt"}));
    EXPECT_EQ(done.changes[0].stamp, (FileStamp{2, 3, "one"}));
}

TEST(SyncPlan, SeesAChangeOfTheTimeInEitherDirection) {
    Disk disk;
    disk.file("a.txt", "two", -5);
    EXPECT_EQ(words(plan(Known().file("a.txt", "one"), disk)), Words{"changed a.txt"});
}

TEST(SyncPlan, HashesOnlyFilesOfAKnownSize) {
    Disk disk;
    disk.file("long.txt", "something longer").file("new.txt", "one");
    const SyncPlan done = plan(Known().file("a.txt", "one", 2), disk);
    EXPECT_EQ(disk.hashed, Words{"new.txt"});
    EXPECT_EQ(words(done), (Words{"new long.txt", "renamed a.txt -> new.txt"}));
}

TEST(SyncPlan, KnowsARenamedFileByItsContent) {
    Disk disk;
    disk.file("d/b.txt", "one", 1);
    const SyncPlan done = plan(Known().file("a.txt", "one"), disk);
    EXPECT_EQ(words(done), Words{"renamed a.txt -> d/b.txt"});
    EXPECT_EQ(done.gone, Words{"a.txt"});
    EXPECT_EQ(done.lost, 0U);
}

TEST(SyncPlan, TakesACopyFromTheFileThatIsStillThere) {
    Disk disk;
    disk.file("a.txt", "one", 1).file("b.txt", "one");
    const SyncPlan done = plan(Known().file("a.txt", "one"), disk);
    EXPECT_EQ(words(done), Words{"new a.txt -> b.txt"});
    EXPECT_TRUE(done.gone.empty());
}

TEST(SyncPlan, RenamesOnceHoweverManyCopiesThereAre) {
    Disk disk;
    disk.file("b.txt", "one").file("c.txt", "one");
    EXPECT_EQ(words(plan(Known().file("a.txt", "one"), disk)),
              (Words{"renamed a.txt -> b.txt", "new a.txt -> c.txt"}));
}

TEST(SyncPlan, PairsTwoRenamesOfTheSameContent) {
    Disk disk;
    disk.file("c.txt", "one").file("d.txt", "one");
    const SyncPlan done = plan(Known().file("a.txt", "one").file("b.txt", "one"), disk);
    EXPECT_EQ(words(done), (Words{"renamed a.txt -> c.txt", "renamed b.txt -> d.txt"}));
    EXPECT_EQ(done.lost, 0U);
}

TEST(SyncPlan, SwapsTwoFilesWithoutEmbedding) {
    Disk disk;
    disk.file("a.txt", "two").file("b.txt", "one");
    const SyncPlan done = plan(Known().file("a.txt", "one").file("b.txt", "two"), disk);
    EXPECT_EQ(words(done), (Words{"changed b.txt -> a.txt", "changed a.txt -> b.txt"}));
    EXPECT_TRUE(done.gone.empty());
}

TEST(SyncPlan, ReadsAFileAnewWhoseKindIsAnother) {
    Disk disk;
    disk.file("a.md", "one");
    const SyncPlan done = plan(Known().file("a.txt", "one"), disk);
    EXPECT_EQ(words(done), (Words{"new a.md", "deleted a.txt"}));
    EXPECT_EQ(done.lost, 1U);
}

TEST(SyncPlan, DeletesWhatIsGone) {
    Disk disk;
    disk.file("b.txt", "two", 1);
    const SyncPlan done = plan(Known().file("a.txt", "one").file("b.txt", "two"), disk);
    EXPECT_EQ(words(done), Words{"deleted a.txt"});
    EXPECT_EQ(done.gone, Words{"a.txt"});
    EXPECT_EQ(done.known, 2U);
    EXPECT_EQ(done.lost, 1U);
}

TEST(SyncPlan, KeepsWhatMayBeBehindAnUnreadableFolderAndNoMore) {
    Disk disk;
    disk.unreadable = {"d"};
    const SyncPlan done =
        plan(Known().file("d/a.txt", "1").file("d/e/b.txt", "22").file("de/c.txt", "333"), disk);
    EXPECT_EQ(words(done), Words{"deleted de/c.txt"});
    EXPECT_EQ(done.lost, 1U);
}

TEST(SyncPlan, KeepsAllBehindAnUnreadableRoot) {
    Disk disk;
    disk.unreadable = {""};
    EXPECT_TRUE(plan(Known().file("a.txt", "1"), disk).changes.empty());
}

TEST(SyncPlan, LeavesAFileThatCannotBeHashedAsItIs) {
    Disk disk;
    disk.file("a.txt", "locked");
    const SyncPlan done = plan(Known().file("a.txt", "123456"), disk);
    EXPECT_TRUE(done.changes.empty());
    EXPECT_TRUE(done.gone.empty());
}

TEST(SyncPlan, ReadsAFileAgainOfWhichRecordsAreMissing) {
    Known known;
    known.file("a.txt", "one", 2);
    known.files["a.txt"].complete = false;
    Disk disk;
    disk.file("a.txt", "one", 2);
    EXPECT_EQ(words(plan(known, disk)), Words{"changed a.txt"});
    EXPECT_TRUE(disk.hashed.empty());
}

TEST(SyncPlan, EndsWhenTheUserInterrupts) {
    Disk disk;
    disk.file("a.txt", "one");
    const auto stopped = plan_sync(Known().file("b.txt", "two").files, disk.found, {}, [](const FoundFile&) {
        return Result<std::string>(fail(ErrorCode::kInterrupted, "interrupted"));
    });
    EXPECT_EQ(stopped.error().code, ErrorCode::kInterrupted);
}

TEST(SyncMark, ComesBackFromMetadata) {
    const SyncMark mark{"no\"tes", "d/a.txt", FileStamp{-1, 7, "ab"}};
    EXPECT_EQ(find_sync_mark("{\"x\": 1, \"sync\": " + sync_mark_json(mark) + "}"), mark);
    const SyncMark bare{"notes", "a.txt", std::nullopt};
    EXPECT_EQ(find_sync_mark("{\"sync\": " + sync_mark_json(bare) + "}"), bare);
}

TEST(SyncMark, IsNoneWhereTheMembersAreOthers) {
    for (const auto* metadata : {"{}", "", "[\"sync\"]", R"({"sync": 1})", R"({"sync": {"name": "n"}})",
                                 R"({"sync": {"path": "p"}})", R"({"sync": {"name": 1, "path": "p"}})",
                                 R"({"other": "\"sync\""})"}) {
        EXPECT_FALSE(find_sync_mark(metadata)) << metadata;
    }
}

TEST(SyncMark, HasNoStampOfNumbersThatAreNone) {
    for (const auto* mtime : {"1.5", "\"1\"", "99999999999999999999", "null"}) {
        const auto mark =
            find_sync_mark(R"({"sync": {"name": "n", "path": "p", "bytes": 1, "sha256": "", "mtime_ns": )" +
                           std::string(mtime) + "}}");
        ASSERT_TRUE(mark);
        EXPECT_FALSE(mark->stamp) << mtime;
    }
}

TEST(SyncMark, IsReplacedWithoutTouchingOtherMembers) {
    const std::string before =
        R"({"n": 1.10, "source": "x/a", "sync": {"name": "x", "path": "a"}, "z": [1,  2]})";
    EXPECT_EQ(relabel_metadata(before, {"x", "b", std::nullopt}, "x/b").value(),
              R"({"n": 1.10, "source": "x/b", "sync": {"name": "x", "path": "b"}, "z": [1,  2]})");
    EXPECT_FALSE(relabel_metadata("[]", {"x", "b", std::nullopt}, "x/b"));
}

}  // namespace
}  // namespace reel
