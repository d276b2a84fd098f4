// What the crash tests stand on: the model itself.
#include "support/crash_folder.h"

#include <gtest/gtest.h>

#include <set>

#include "support/store_builder.h"

namespace reel {
namespace {

/// Every state of the folder that a power cut may leave from `first` on: "a=text b=text".
std::set<std::string> states(const CrashFolder& folder, size_t first = 0, unsigned random_images = 30) {
    std::set<std::string> seen;
    folder.visit_images(first, random_images, [&](const CrashFolder::Image& image) {
        std::string state;
        for (const auto& [name, content] : image.files) {
            state += (state.empty() ? "" : " ") + name + "=" + std::string(as_text(content));
        }
        seen.insert(state);
    });
    return seen;
}

using States = std::set<std::string>;

/// The states that are possible now.
States now(const CrashFolder& folder) { return states(folder, folder.moment_count() - 1); }

void write(File& file, uint64_t offset, std::string_view text) {
    must(file.write_at(offset, as_bytes(text)));
}

class ACrash : public testing::Test {
protected:
    /// A new file of this content, all of it durable.
    std::unique_ptr<File> durable(const std::string& name, std::string_view text) {
        auto file = must(folder_.create_new(name));
        write(*file, 0, text);
        must(file->sync());
        must(folder_.sync());
        return file;
    }

    CrashFolder folder_{"folder"};
};

TEST_F(ACrash, LeavesNamesAndContentsIndependentlyOfEachOther) {
    const auto file = must(folder_.create_new("a"));
    write(*file, 0, "x");
    EXPECT_EQ(now(folder_), (States{"", "a=", "a=x", std::string("a=\0", 3)})) << "a size may come alone";
    must(file->sync());
    EXPECT_EQ(now(folder_), (States{"", "a=x"}));
    must(folder_.sync());
    EXPECT_EQ(now(folder_), States{"a=x"});
}

TEST_F(ACrash, LeavesThatManyOfTheFirstChangesOfNames) {
    durable("a", "1");
    durable("b", "2");
    must(folder_.rename_over("b", "a"));
    must(folder_.remove("a"));
    EXPECT_EQ(now(folder_), (States{"a=1 b=2", "a=2", ""}));
    must(folder_.sync());
    EXPECT_EQ(now(folder_), States{""});
}

TEST_F(ACrash, InALinkMayLeaveBothNames) {
    durable("a", "1");
    must(folder_.link_new("a", "b"));
    EXPECT_EQ(now(folder_), (States{"a=1", "a=1 b=1", "b=1"}));
}

TEST_F(ACrash, LeavesSectorsOfTheirOwnEach) {
    const auto file = durable("a", std::string(1024, 'o'));
    write(*file, 0, std::string(1024, 'n'));
    const std::string old(512, 'o');
    const std::string young(512, 'n');
    EXPECT_EQ(now(folder_),
              (States{"a=" + old + old, "a=" + young + old, "a=" + old + young, "a=" + young + young}));
}

TEST_F(ACrash, AfterAFailedSyncLeavesWhatWasThereBefore) {
    const auto file = durable("a", "old");
    folder_.fail_sync(0);
    write(*file, 0, "new");
    EXPECT_FALSE(file->sync());
    EXPECT_TRUE(file->sync());
    EXPECT_EQ(as_text(folder_.content("a")), "new");
    EXPECT_EQ(now(folder_), States{"a=old"});
}

TEST_F(ACrash, AfterAFailedSyncOfTheFolderLeavesNamesOpen) {
    durable("a", "1");
    must(folder_.remove("a"));
    folder_.fail_sync(0);
    EXPECT_FALSE(folder_.sync());
    EXPECT_EQ(now(folder_), (States{"a=1", ""}));
}

TEST_F(ACrash, OfTheProcessEndsEveryOperation) {
    const auto file = durable("a", "1");
    folder_.kill_after(1);
    write(*file, 0, "2");
    EXPECT_FALSE(file->write_at(0, as_bytes("3")));
    EXPECT_FALSE(file->truncate(0));
    EXPECT_FALSE(file->sync());
    EXPECT_FALSE(folder_.sync());
    EXPECT_FALSE(folder_.create_new("b"));
    EXPECT_FALSE(folder_.link_new("a", "b"));
    EXPECT_FALSE(folder_.rename_over("a", "b"));
    EXPECT_FALSE(folder_.remove("a"));
    EXPECT_EQ(now(folder_), (States{"a=1", "a=2"}));
}

TEST_F(ACrash, IsLookedAtWithWhatWasNoted) {
    durable("a", "1");
    folder_.note(7);
    std::set<uint64_t> noted;
    folder_.visit_images(0, 0, [&](const CrashFolder::Image& image) { noted.insert(image.noted); });
    EXPECT_EQ(noted, (std::set<uint64_t>{0, 7}));
}

TEST(ACrashFolder, BeginsWithWhatWasPutThere) {
    CrashFolder folder("folder");
    folder.put("a", {std::byte{'1'}});
    EXPECT_EQ(states(folder), States{"a=1"});
}

TEST(ACrashFolder, LocksAFileOnce) {
    CrashFolder folder("folder");
    auto first = must(folder.create_new("a"));
    const auto second = must(folder.open_write("a"));
    EXPECT_TRUE(must(first->try_lock()));
    EXPECT_FALSE(must(second->try_lock()));
    first.reset();
    EXPECT_TRUE(must(second->try_lock()));
}

TEST(ACrashFolder, KnowsWhichFileAPathNames) {
    CrashFolder folder("folder");
    const auto old = must(folder.create_new("a"));
    const auto young = must(folder.create_new("b"));
    must(folder.rename_over("b", "a"));
    EXPECT_FALSE(must(old->is_at_path()));
    EXPECT_FALSE(must(young->is_at_path()));
    young->set_path(folder.path_of("a"));
    EXPECT_TRUE(must(young->is_at_path()));
}

TEST(ACrashFolder, FailsOneOperationInItsMiddle) {
    CrashFolder folder("folder");
    const auto file = must(folder.create_new("a"));
    folder.fail_operation(1);
    write(*file, 0, "1");
    EXPECT_EQ(file->write_at(1, as_bytes("23")).error().code, ErrorCode::kIo);
    EXPECT_EQ(as_text(folder.content("a")), "12");
    write(*file, 1, "45");
    folder.fail_operation(0, ErrorCode::kNoSpace);
    EXPECT_EQ(folder.create_new("b").error().code, ErrorCode::kNoSpace);
    EXPECT_TRUE(folder.create_new("b"));
}

TEST(ACrashFolder, IsFullWithAllItsFiles) {
    CrashFolder folder("folder");
    const auto a = must(folder.create_new("a"));
    const auto b = must(folder.create_new("b"));
    folder.set_capacity(5);
    write(*a, 0, "123");
    EXPECT_EQ(b->write_at(0, as_bytes("456")).error().code, ErrorCode::kNoSpace);
    EXPECT_EQ(as_text(folder.content("b")), "45");
    must(folder.remove("a"));
    write(*b, 0, "45678");
}

}  // namespace
}  // namespace reel
