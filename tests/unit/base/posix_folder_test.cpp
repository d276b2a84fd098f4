#include "base/posix_folder.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>

#include "base/posix_file.h"
#include "file_support.h"

namespace reel {
namespace {

void expect_error(const auto& result, ErrorCode code, const std::string& part) {
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().code, code) << result.error().message;
    EXPECT_NE(result.error().message.find(part), std::string::npos) << result.error().message;
}

class InAFolder : public testing::Test {
protected:
    [[nodiscard]] std::string path(const std::string& name) const { return temporary_ / name; }
    void write(const std::string& name, std::string_view text) const { write_text(path(name), text); }
    [[nodiscard]] std::string read(const std::string& name) const { return read_text(path(name)); }
    [[nodiscard]] unsigned mode(const std::string& name) const {
        struct stat status {};
        EXPECT_EQ(::stat(path(name).c_str(), &status), 0) << name;
        return status.st_mode & 07777U;
    }
    [[nodiscard]] std::vector<std::string> names() const {
        auto all = folder_.list().value();
        std::sort(all.begin(), all.end());
        return all;
    }

    TemporaryFolder temporary_;
    PosixFolder folder_{temporary_.path()};
};

using Names = std::vector<std::string>;

TEST_F(InAFolder, FilesAreCreatedOpenedListedAndRemoved) {
    ASSERT_TRUE(folder_.create_new("a"));
    write("b", "hello");
    EXPECT_EQ(names(), (Names{"a", "b"}));
    EXPECT_EQ(*(*folder_.open_read("b"))->size(), 5U);
    EXPECT_EQ((*folder_.open_write("b"))->path(), path("b"));
    EXPECT_TRUE(folder_.remove("b"));
    EXPECT_TRUE(folder_.remove("b")) << "a missing one is no error";
    EXPECT_EQ(names(), Names{"a"});
    EXPECT_TRUE(folder_.sync());
}

TEST_F(InAFolder, ErrorsNameThePath) {
    ASSERT_TRUE(folder_.create_new("a"));
    expect_error(folder_.create_new("a"), ErrorCode::kAlreadyExists, path("a"));
    expect_error(folder_.open_read("b"), ErrorCode::kNotFound, path("b"));
    expect_error(folder_.rename_over("b", "c"), ErrorCode::kNotFound, path("c") + ": cannot replace");
    expect_error(folder_.link_new("b", "c"), ErrorCode::kNotFound, path("c") + ": cannot create");
    PosixFolder none(path("none"));
    expect_error(none.sync(), ErrorCode::kNotFound, path("none"));
    expect_error(none.list(), ErrorCode::kNotFound, path("none"));
}

TEST_F(InAFolder, NothingIsReplacedByLinkNew) {
    write("a", "new");
    write("b", "mine");
    expect_error(folder_.link_new("a", "b"), ErrorCode::kAlreadyExists, path("b"));
    EXPECT_EQ(read("b"), "mine");
    EXPECT_EQ(read("a"), "new");
    ASSERT_TRUE(folder_.link_new("a", "c"));
    EXPECT_EQ(read("c"), "new");
    EXPECT_EQ(names(), (Names{"b", "c"}));
}

TEST_F(InAFolder, ALinkToNowhereTakesItsName) {
    write("a", "new");
    std::filesystem::create_symlink("nowhere", path("link"));
    EXPECT_TRUE(folder_.exists("link"));
    EXPECT_FALSE(folder_.exists("nowhere"));
    expect_error(folder_.link_new("a", "link"), ErrorCode::kAlreadyExists, path("link"));
}

TEST_F(InAFolder, ANewFileTakesThePlaceAndThePermissionsOfTheOld) {
    write("old", "old");
    ASSERT_EQ(::chmod(path("old").c_str(), 0640), 0);
    ASSERT_TRUE(folder_.create_private("new"));
    write("new", "new");
    EXPECT_EQ(mode("new"), 0600U);
    ASSERT_TRUE(folder_.rename_over("new", "old"));
    EXPECT_EQ(read("old"), "new");
    EXPECT_EQ(mode("old"), 0640U);
    EXPECT_EQ(names(), Names{"old"});
}

TEST_F(InAFolder, AFileIsRenamedToANameThatIsFree) {
    write("a", "text");
    ASSERT_TRUE(folder_.rename_over("a", "b"));
    EXPECT_EQ(names(), Names{"b"});
}

TEST_F(InAFolder, APathIsTakenApart) {
    const auto parts = [](const std::string& whole) {
        const auto place = split_path(whole);
        EXPECT_EQ(PosixFolder(place.folder).path_of(place.name), whole);
        return place.folder + "|" + place.name;
    };
    EXPECT_EQ(parts("a.mp4"), "|a.mp4");
    EXPECT_EQ(parts("x/y/a.mp4"), "x/y|a.mp4");
    EXPECT_EQ(parts("/a.mp4"), "/|a.mp4");
    EXPECT_EQ(parts("x/"), "x|");
    EXPECT_TRUE(PosixFolder("").sync()) << "the current folder";
    EXPECT_TRUE(PosixFolder("").list());
}

TEST_F(InAFolder, ALinkLeadsToTheFolderOfItsFile) {
    std::filesystem::create_directory(path("far"));
    write("far/a.mp4", "store");
    std::filesystem::create_symlink("far/a.mp4", path("link"));
    std::filesystem::create_symlink("link", path("link to link"));
    for (const char* name : {"link", "link to link", "far/a.mp4"}) {
        const auto place = resolve_path(path(name));
        EXPECT_EQ(place.folder, std::filesystem::canonical(path("far")).string()) << name;
        EXPECT_EQ(place.name, "a.mp4") << name;
    }
    EXPECT_EQ(split_path(path("link")).name, "link");
}

TEST_F(InAFolder, ALinkToNowhereStaysAsItIs) {
    std::filesystem::create_symlink("nowhere", path("link"));
    EXPECT_EQ(resolve_path(path("link")).name, "link");
}

class LeftOvers : public InAFolder {
protected:
    void SetUp() override { write("a.mp4", "store"); }
    [[nodiscard]] static std::string new_name() { return temporary_name("a.mp4").value(); }
    Names remaining() {
        remove_left_overs(folder_, "a.mp4");
        return names();
    }
};

TEST_F(LeftOvers, AreRemovedUnlessAProcessHoldsTheirLock) {
    const std::string dead = new_name();
    const std::string alive = new_name();
    EXPECT_NE(dead, alive);
    EXPECT_TRUE(dead.starts_with("a.mp4.new-"));
    write(dead, "half a store");
    const auto file = folder_.create_new(alive);
    ASSERT_TRUE(*(*file)->try_lock());
    EXPECT_EQ(remaining(), (Names{"a.mp4", alive}));
}

TEST_F(LeftOvers, AreASecondNameOfTheStoreEvenUnderItsLock) {
    const std::string second = new_name();
    std::filesystem::create_hard_link(path("a.mp4"), path(second));
    const auto store = folder_.open_write("a.mp4");
    ASSERT_TRUE(*(*store)->try_lock());
    EXPECT_EQ(remaining(), Names{"a.mp4"});
    EXPECT_EQ(read("a.mp4"), "store");
}

TEST_F(LeftOvers, AreNotFilesOfTheUserWithSuchANameOrOfAnotherStore) {
    const Names mine = {"a.mp4", "a.mp4.new-", "a.mp4.new-0123456789abcdef.txt", "a.mp4.new-draft",
                        temporary_name("b.mp4").value()};
    for (const std::string& name : mine) write(name, "mine");
    EXPECT_EQ(remaining(), mine);
    PosixFolder none("/no/such/folder");
    remove_left_overs(none, "a.mp4");
}

}  // namespace
}  // namespace reel
