#include "text/snippet.h"

#include "base/utf8.h"
#include "text_support.h"

namespace reel {
namespace {

Snippet snippet_of(std::string_view text, std::string_view query, size_t max,
                   const std::string& stemmer = "") {
    Analyzer analyzer = make_analyzer(stemmer);
    auto snippet = make_snippet(text, *parse_query(query, stemmer), max, analyzer);
    EXPECT_TRUE(snippet);
    return *snippet;
}

std::string marked(const Snippet& snippet) {
    std::string out;
    size_t at = 0;
    for (const auto& [begin, end] : snippet.marks) {
        out += snippet.text.substr(at, begin - at) + "[" + snippet.text.substr(begin, end - begin) + "]";
        at = end;
    }
    return out + snippet.text.substr(at);
}

size_t code_points(std::string_view text) {
    return static_cast<size_t>(
        std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

TEST(Snippet, MarksWhatWasAskedFor) {
    EXPECT_EQ(marked(snippet_of("The red Fox ran.", "fox \"ran\" t*", 100)), "[The] red [Fox] [ran].");
    EXPECT_EQ(marked(snippet_of("Runners were running", "run", 100, "english")), "Runners were [running]");
    EXPECT_EQ(marked(snippet_of("große STRASSE", "straße", 100)), "große [STRASSE]");
}

TEST(Snippet, ShowsWhereMostDifferentWordsStand) {
    const std::string filler(400, '.');
    const std::string text = "fox fox fox " + filler + " a fox and a hen " + filler + " hen hen";
    const Snippet snippet = snippet_of(text, "fox hen", 60);
    EXPECT_NE(marked(snippet).find("[fox] and a [hen]"), std::string::npos) << marked(snippet);
    EXPECT_TRUE(snippet.is_cut_before && snippet.is_cut_after);
    EXPECT_EQ(text.substr(snippet.offset, snippet.text.size()), snippet.text);
}

TEST(Snippet, IsTheBeginningWithoutAMatch) {
    const Snippet snippet = snippet_of("one two three four five six", "zebra", 14);
    EXPECT_EQ(snippet.text, "one two three");
    EXPECT_FALSE(snippet.is_cut_before);
    EXPECT_TRUE(snippet.is_cut_after);
    EXPECT_EQ(snippet_of("", "zebra", 10).text, "");
}

TEST(Snippet, KeepsToItsLengthAndToWholeCodePoints) {
    std::mt19937_64 random(21);
    const std::vector<std::string> pieces = {"fox ", "é",     "文字",        "🍕",   "e\xCC\x81",
                                             " ",    "word ", "👩‍🚀", "long", "\n"};
    for (int i = 0; i < 3000; ++i) {
        std::string text;
        for (size_t left = random() % 60; left > 0; --left) text += pieces[random() % pieces.size()];
        const size_t max = random() % 40;
        const Snippet snippet = snippet_of(text, "fox 文字 long", max);
        ASSERT_LE(code_points(snippet.text), max) << text;
        ASSERT_FALSE(find_invalid_utf8(snippet.text));
        for (const auto& [begin, end] : snippet.marks) ASSERT_TRUE(begin < end && end <= snippet.text.size());
        ASSERT_EQ(text.substr(snippet.offset, snippet.text.size()), snippet.text);
    }
}

TEST(Snippet, DoesNotPartALetterFromItsAccent) {
    std::string text;
    for (int i = 0; i < 50; ++i) text += "e\xCC\x81";
    const Snippet snippet = snippet_of(text, "zebra", 9);
    EXPECT_EQ(snippet.text.size(), 12U);
}

}  // namespace
}  // namespace reel
