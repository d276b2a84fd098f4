#include "ingest/text_files.h"

#include <sys/stat.h>

#include "support.h"

namespace reel {
namespace {

namespace fs = std::filesystem;

struct Listing {
    std::vector<std::string> ids;
    std::vector<std::string> problems;
    std::vector<std::string> notes;
};

Listing list(const std::vector<std::string>& paths) {
    Listing listing;
    const auto files = list_text_files(paths, [&](const Problem& problem) {
        (problem.is_note ? listing.notes : listing.problems).push_back(problem.error.message);
    });
    for (const TextFile& file : files) listing.ids.push_back(file.id);
    return listing;
}

using Ids = std::vector<std::string>;

/// Stands in a folder of its own, so that ids are as short as a user's.
class TextFiles : public testing::Test {
protected:
    TextFiles() : before_(fs::current_path()) { fs::current_path(folder_.path()); }
    ~TextFiles() override { fs::current_path(before_); }

    void write(const std::string& name, const std::string& content = "x") const {
        folder_.write(name, content);
    }

    TemporaryFolder folder_;
    fs::path before_;
};

TEST_F(TextFiles, AreListedByNameThroughAllFolders) {
    for (const auto* name : {"d/b.txt", "d/a/z.md", "d/c.HTML", "d/a.txt", "d/image.png", "d/README"})
        write(name);
    EXPECT_EQ(list({"d"}).ids, (Ids{"d/a/z.md", "d/a.txt", "d/b.txt", "d/c.HTML"}));
}

TEST_F(TextFiles, HaveTheSameIdsHoweverThePathIsWritten) {
    write("d/a.txt");
    for (const std::string path : {"d", "d/", "./d", ".//d//", "."})
        EXPECT_EQ(list({path}).ids, (Ids{"d/a.txt"}));
    EXPECT_EQ(list({folder_ / "d"}).ids, (Ids{folder_ / "d/a.txt"}));
    EXPECT_EQ(list({"d/a.txt", "./d", "d"}).ids, (Ids{"d/a.txt"}));
}

TEST_F(TextFiles, ThatAreHiddenMustBeNamed) {
    for (const auto* name : {"d/.secret.txt", "d/.git/x.txt", "d/a.txt"}) write(name);
    const auto found = list({"d"});
    EXPECT_EQ(found.ids, (Ids{"d/a.txt"}));
    EXPECT_TRUE(found.notes.empty());
    EXPECT_EQ(list({"d/.secret.txt", "d/.git"}).ids, (Ids{"d/.secret.txt", "d/.git/x.txt"}));
}

TEST_F(TextFiles, BehindLinksMustBeNamed) {
    write("d/a.txt");
    fs::create_symlink("a.txt", "d/link.txt");
    fs::create_directory_symlink(".", "d/loop");
    fs::create_directory_symlink("d", "e");
    const auto found = list({"d"});
    EXPECT_EQ(found.ids, (Ids{"d/a.txt"}));
    ASSERT_EQ(found.notes.size(), 1U);
    EXPECT_NE(found.notes[0].find("d/link.txt: is a symbolic link"), std::string::npos);
    EXPECT_EQ(list({"d/link.txt", "e"}).ids, (Ids{"d/link.txt", "e/a.txt"}));
}

TEST_F(TextFiles, ThatAreNoFilesAreNoted) {
    write("d/a.txt");
    ASSERT_EQ(::mkfifo("d/pipe.txt", 0600), 0);
    const auto found = list({"d"});
    EXPECT_EQ(found.ids, (Ids{"d/a.txt"}));
    EXPECT_EQ(found.notes.size(), 1U);
}

TEST_F(TextFiles, ThatAreMissingAreReported) {
    write("a.txt");
    fs::create_symlink("nowhere", "dangling.txt");
    const auto found = list({"missing", "dangling.txt", "a.txt"});
    EXPECT_EQ(found.problems.size(), 2U);
    EXPECT_EQ(found.ids, (Ids{"a.txt"}));
}

TEST_F(TextFiles, InAnUnreadableFolderAreReported) {
    if (::geteuid() == 0) GTEST_SKIP() << "root reads everything";
    write("d/a.txt");
    fs::permissions("d", fs::perms::none);
    EXPECT_EQ(list({"d"}).problems.size(), 1U);
    fs::permissions("d", fs::perms::owner_all);
}

TEST_F(TextFiles, WithNamesThatAreNotUtf8AreReported) {
    write("d/\xE9.txt");
    EXPECT_EQ(list({"d"}).problems.size(), 1U);
}

TEST_F(TextFiles, InFoldersDeepDownAreFound) {
    std::string path = "d";
    for (int i = 0; i < 300; ++i) path += "/e";
    write(path + "/a.txt");
    EXPECT_EQ(list({"d"}).ids.size(), 1U);
}

TEST_F(TextFiles, OfAnyNameAreTakenWhenNamed) {
    write("README", "hello");
    const auto files = list_text_files(std::vector<std::string>{"README"}, [](const Problem&) {});
    ASSERT_EQ(files.size(), 1U);
    EXPECT_EQ(read_text_file(files[0]).value().text, "hello");
}

TEST_F(TextFiles, ThatVanishAreAnError) {
    EXPECT_EQ(read_text_file({"gone.txt", "gone.txt", TextKind::kText}).error().code, ErrorCode::kNotFound);
}

Result<TextDocument> text(const std::string& bytes, TextKind kind = TextKind::kText) {
    return parse_text(bytes, kind, "F");
}

TEST(TextDocument, HasNoByteOrderMarkAndUnixLineEnds) {
    EXPECT_EQ(text("\xEF\xBB\xBF"
                   "a\r\nb\rc\n\r\n")
                  .value()
                  .text,
              "a\nb\nc\n\n");
    EXPECT_EQ(text("").value().text, "");
}

TEST(TextDocument, MustBeText) {
    EXPECT_MESSAGE(text(std::string("a\0b", 3)), "F: is not text: a NUL byte at byte 1");
    EXPECT_MESSAGE(text("ok\nna\xEFve"), "F: not UTF-8 at byte 5 (line 2)");
}

TEST(TextDocument, OfMarkdownHasItsFirstHeadingAsTitle) {
    const auto title = [](const std::string& bytes) {
        return text(bytes, TextKind::kMarkdown).value().title;
    };
    EXPECT_EQ(title("---\nx: 1\n---\n\n# The *title* ##\n\n# Other"), "The *title*");
    EXPECT_EQ(title("```sh\n# a comment\n```\n## Real\n"), "Real");
    EXPECT_EQ(title("# C#"), "C#");
    EXPECT_EQ(title("#hashtag\n####### seven"), "");
    EXPECT_EQ(text("# T", TextKind::kText).value().title, "");
    EXPECT_EQ(text("# T\ntext", TextKind::kMarkdown).value().text, "# T\ntext");
}

TEST(FileMetadata, NamesSourceAndTitleUnlessTheUserDoes) {
    const TextFile file{"./a", "a", TextKind::kText};
    EXPECT_EQ(file_metadata(file, {"", ""}, "").value(), R"({"source": "a"})");
    EXPECT_EQ(file_metadata(file, {"", "T \"q\""}, R"({"n":1.10})").value(),
              R"({"source": "a", "title": "T \"q\"", "n": 1.10})");
    EXPECT_EQ(file_metadata(file, {"", "T"}, R"({"title":"mine","source":2})").value(),
              R"({"title": "mine", "source": 2})");
    EXPECT_FALSE(file_metadata(file, {"", ""}, "[]"));
}

}  // namespace
}  // namespace reel
