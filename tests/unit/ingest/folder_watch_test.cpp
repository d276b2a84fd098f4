#include "ingest/folder_watch.h"

#include "support.h"

namespace reel {
namespace {

namespace fs = std::filesystem;
using News = FolderWatch::News;
using std::chrono::milliseconds;

class FolderWatchTest : public testing::Test {
protected:
    void SetUp() override {
        fs::create_directories(notes() + "/d");
        watch_ = FolderWatch::open(notes()).value();
    }
    [[nodiscard]] std::string notes() const { return folder_ / "notes"; }
    void write(const std::string& name) const { folder_.write("notes/" + name, "x"); }

    /// Waits long only for what comes.
    News news() { return watch_->wait(milliseconds(20'000), never_).value(); }
    News silence() { return watch_->wait(milliseconds(0), never_).value(); }

    TemporaryFolder folder_;
    std::atomic<bool> never_ = false;
    std::unique_ptr<FolderWatch> watch_;
};

TEST_F(FolderWatchTest, IsSilentWhereNothingHappens) { EXPECT_EQ(silence(), News::kNone); }

TEST_F(FolderWatchTest, TellsOfFilesThatAreWrittenMovedAndDeleted) {
    write("a.txt");
    EXPECT_EQ(news(), News::kChanged);
    EXPECT_EQ(silence(), News::kNone);
    fs::rename(notes() + "/a.txt", notes() + "/d/b.md");
    EXPECT_EQ(news(), News::kChanged);
    fs::remove(notes() + "/d/b.md");
    EXPECT_EQ(news(), News::kChanged);
}

TEST_F(FolderWatchTest, FollowsFoldersThatAreNew) {
    fs::create_directories(notes() + "/e/f");
    EXPECT_EQ(news(), News::kChanged);
    write("e/f/a.txt");
    EXPECT_EQ(news(), News::kChanged);
}

TEST_F(FolderWatchTest, FollowsFoldersThatAreMovedInAndForgetsThoseMovedOut) {
    fs::create_directories(folder_ / "outside/g");
    fs::rename(folder_ / "outside", notes() + "/in");
    EXPECT_EQ(news(), News::kChanged);
    write("in/g/a.txt");
    EXPECT_EQ(news(), News::kChanged);
    fs::rename(notes() + "/in", folder_ / "out");
    EXPECT_EQ(news(), News::kChanged);
    folder_.write("out/g/b.txt", "x");
    EXPECT_EQ(silence(), News::kNone);
}

TEST_F(FolderWatchTest, PassesOverWhatIsNoText) {
    write("store.mp4");
    write(".hidden.txt");
    write("README");
    EXPECT_EQ(silence(), News::kNone);
    write("a.txt");  // the control
    EXPECT_EQ(news(), News::kChanged);
}

TEST_F(FolderWatchTest, TellsThatTheFolderIsGone) {
    fs::rename(notes(), folder_ / "elsewhere");
    EXPECT_EQ(news(), News::kGone);
}

TEST_F(FolderWatchTest, EndsWhenTheUserInterrupts) {
    const std::atomic<bool> cancel = true;
    EXPECT_EQ(watch_->wait(milliseconds(20'000), cancel).error().code, ErrorCode::kInterrupted);
}

TEST_F(FolderWatchTest, NeedsAFolder) {
    EXPECT_EQ(FolderWatch::open(folder_ / "nowhere").error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace reel
