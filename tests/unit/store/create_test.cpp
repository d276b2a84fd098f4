// Power cuts, kills and failing disks while a store is created.
#include <gtest/gtest.h>

#include "support/crash_folder.h"
#include "support/store_builder.h"

namespace reel {
namespace {

constexpr unsigned kRandomImages = 8;

Result<std::unique_ptr<Writer>> create(CrashFolder& folder) {
    return Writer::create_in(folder, "store.mp4", test_config());
}

bool is_whole_and_empty(const ByteBuffer& content) {
    const MemoryFile file(content);
    return read_records(file).empty() && findings(file).empty();
}

class Creating : public testing::Test {
protected:
    /// A folder after a crash, in which a store is there or can be created, and nothing stays beside it.
    void expect_usable(const std::map<std::string, ByteBuffer>& files) const {
        CrashFolder folder(temporary_.path());
        for (const auto& [name, content] : files) folder.put(name, content);
        const bool there = folder.exists("store.mp4");
        auto writer = there ? Writer::open_in(folder, "store.mp4", {}) : create(folder);
        ASSERT_TRUE(writer) << writer.error().message;
        must(append_test_record(**writer, 0));
        must((*writer)->commit());
        EXPECT_EQ(must(folder.list()), std::vector<std::string>{"store.mp4"});
    }

    TemporaryFolder temporary_;
    CrashFolder folder_{temporary_.path()};
};

TEST_F(Creating, LeavesNoStoreOrAWholeEmptyOneAfterAPowerCut) {
    must(create(folder_));
    folder_.note(1);
    size_t without = 0;
    size_t with = 0;
    folder_.visit_images(0, kRandomImages, [&](const CrashFolder::Image& image) {
        SCOPED_TRACE("moment " + std::to_string(image.moment));
        const auto store = image.files.find("store.mp4");
        ++(store == image.files.end() ? without : with);
        EXPECT_TRUE(image.noted == 0 || store != image.files.end());
        EXPECT_TRUE(store == image.files.end() || is_whole_and_empty(store->second));
        expect_usable(image.files);
    });
    EXPECT_GT(without, 5U);
    EXPECT_GE(with, 3U);
}

TEST_F(Creating, LeavesNoStoreOrAWholeEmptyOneWhereTheProcessDies) {
    CrashFolder whole(temporary_.path());
    must(create(whole));
    const size_t operations = whole.moment_count() - 1;
    for (size_t n = 0; n < operations; ++n) {
        SCOPED_TRACE("dead after " + std::to_string(n) + " operations");
        CrashFolder folder(temporary_.path());
        folder.kill_after(n);
        EXPECT_FALSE(create(folder));
        std::map<std::string, ByteBuffer> files;
        for (const std::string& name : must(folder.list())) files[name] = folder.content(name);
        expect_usable(files);
    }
}

TEST_F(Creating, LeavesNothingWhereTheDiskFails) {
    CrashFolder whole(temporary_.path());
    must(create(whole));
    unsigned failures = 0;
    for (size_t n = 0; n < whole.moment_count(); ++n) {
        CrashFolder folder(temporary_.path());
        folder.fail_operation(n, ErrorCode::kNoSpace);
        const auto writer = create(folder);
        if (writer) continue;
        ++failures;
        EXPECT_EQ(writer.error().code, ErrorCode::kNoSpace);
        // Of the two names of a link the old one may stay for the next writer to remove.
        EXPECT_TRUE(folder.exists("store.mp4") || must(folder.list()).empty());
    }
    EXPECT_GE(failures, 4U);
}

TEST_F(Creating, LeavesNothingWhereTheFileCannotBeSynced) {
    folder_.fail_sync(0);
    EXPECT_FALSE(create(folder_));
    EXPECT_EQ(must(folder_.list()), std::vector<std::string>());
}

}  // namespace
}  // namespace reel
