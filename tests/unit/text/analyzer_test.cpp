#include "text/analyzer.h"

#include "base/utf8.h"
#include "text_support.h"

namespace reel {
namespace {

struct Found {
    std::string term;
    size_t begin, end;
    bool operator==(const Found&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Found& f) {
    return out << f.term << "[" << f.begin << "," << f.end << ")";
}

std::vector<Found> words_of(std::string_view text) {
    Analyzer analyzer = make_analyzer();
    std::vector<Found> found;
    EXPECT_TRUE(analyzer.analyze(text, [&](std::string_view t, size_t b, size_t e) {
        found.push_back({std::string(t), b, e});
    }));
    return found;
}

/// All of the text through ICU at once.
std::vector<Found> icu_words_of(std::string_view text) {
    static const auto icu = *make_unicode_words();
    std::vector<UnicodeWord> words;
    std::string folded;
    EXPECT_TRUE(icu->split(text, words, folded));
    std::vector<Found> found;
    for (const UnicodeWord& w : words)
        found.push_back({folded.substr(w.term_offset, w.term_size), w.begin, w.end});
    return found;
}

std::string random_string(std::mt19937_64& random, const std::vector<std::string>& alphabet, size_t most) {
    std::string text;
    for (size_t left = random() % most; left > 0; --left) text += alphabet[random() % alphabet.size()];
    return text;
}

using Terms = std::vector<std::string>;

TEST(Analyzer, FindsInAsciiExactlyTheWordsOfIcu) {
    std::vector<std::string> tight = {"a", "b", "Z", "0",  "9", "_", ".", ",",
                                      ";", ":", "'", "\"", " ", "-", "\n"};
    std::vector<std::string> all;
    for (char c = 1; c > 0; ++c) {
        all.emplace_back(1, c);
        if (c == 127) break;
    }
    std::mt19937_64 random(3);
    for (int i = 0; i < 30'000; ++i) {
        const std::string text = random_string(random, i % 3 == 0 ? all : tight, 24);
        ASSERT_EQ(words_of(text), icu_words_of(text)) << testing::PrintToString(text);
    }
}

TEST(Analyzer, FindsInMixedTextExactlyTheWordsOfIcu) {
    const std::vector<std::string> pieces = {
        "a",   "Zeit", "7",    "_",  ".",           ",",         ":", "'",  " ",       " ",    " ",    "\n",
        "\t",  "\r\n", "-",    "ß",  "é",           "e\xCC\x81", "’", "“",  "中",      "文字", "カタ", "ひら",
        "ไทย", "ภาษา", "한국", "🍕", "👩‍🚀", "🇩🇪",        "ﬁ", "İ",  "ı",       "½",    "２",   "Ａ",
        "・",  "。",   "א",    "\"", "ك",           "٣",         "।", "　", "\xC2\xA0"};
    std::mt19937_64 random(4);
    for (int i = 0; i < 20'000; ++i) {
        const std::string text = random_string(random, pieces, 16);
        ASSERT_EQ(words_of(text), icu_words_of(text)) << testing::PrintToString(text);
    }
}

TEST(Analyzer, SplitsQuestionsOfPeople) {
    EXPECT_EQ(terms_of("What's the price of C++ in 2024?"),
              (Terms{"what's", "the", "price", "of", "c", "in", "2024"}));
    EXPECT_EQ(terms_of("3.14, 1,000.50; a.b x_y __ rock-n-roll"),
              (Terms{"3.14", "1,000.50", "a.b", "x_y", "rock", "n", "roll"}));
    EXPECT_EQ(terms_of("  -- ... !? "), Terms{});
}

TEST(Analyzer, KeepsOffsetsIntoTheOriginalBytes) {
    EXPECT_EQ(words_of("Die Straße, İzmir"),
              (std::vector<Found>{{"die", 0, 3}, {"strasse", 4, 11}, {"i̇zmir", 13, 19}}));
}

TEST(Analyzer, FoldsCaseAndCompatibilityForms) {
    EXPECT_EQ(terms_of("STRASSE Straße"), (Terms{"strasse", "strasse"}));
    EXPECT_EQ(terms_of("ﬁne Ａｂｃ ２０"), (Terms{"fine", "abc", "20"}));
    EXPECT_EQ(terms_of("caf\xC3\xA9 cafe\xCC\x81"), (Terms{"caf\xC3\xA9", "caf\xC3\xA9"}));
    EXPECT_EQ(terms_of("ISPARTA ısparta İ"), (Terms{"isparta", "ısparta", "i̇"}));
    EXPECT_EQ(terms_of("ΣΊΣΥΦΟΣ Σίσυφος"), (Terms{"σίσυφοσ", "σίσυφοσ"}));
    EXPECT_EQ(terms_of("don’t"), terms_of("don't"));
}

TEST(Analyzer, UsesDictionariesWhereThereAreNoSpaces) {
    EXPECT_EQ(terms_of("我喜欢北京"), (Terms{"我", "喜欢", "北京"}));
    EXPECT_EQ(terms_of("ภาษาไทย"), (Terms{"ภาษา", "ไทย"}));
    EXPECT_EQ(terms_of("東京都の天気"), (Terms{"東京", "都", "の", "天気"}));
}

TEST(Analyzer, EmojiAreWords) {
    EXPECT_EQ(terms_of("pizza 🍕! 👩‍🚀 ❤️ ❤ 🇩🇪"),
              (Terms{"pizza", "🍕", "👩🚀", "❤", "❤", "🇩🇪"}));
    EXPECT_EQ(terms_of("Reel™ © ® #"), (Terms{"reel"}));
}

TEST(Analyzer, StemsTheWordsOfALanguage) {
    EXPECT_EQ(terms_of("Running runs, the runner's houses", "english"),
              (Terms{"run", "run", "the", "runner", "hous"}));
    EXPECT_EQ(terms_of("Häuser Katzen", "german"), (Terms{"haus", "katz"}));
    EXPECT_EQ(terms_of("собаками", "russian"), (Terms{"собак"}));
}

TEST(Analyzer, NamesTheLanguagesThatThereAre) {
    const auto analyzer = Analyzer::create({"klingon"});
    ASSERT_FALSE(analyzer);
    EXPECT_EQ(analyzer.error().code, ErrorCode::kInvalidArgument);
    EXPECT_NE(analyzer.error().message.find("english"), std::string::npos);
}

TEST(Analyzer, CutsLongTermsAtACodePoint) {
    EXPECT_EQ(terms_of(std::string(100'000, 'X')), (Terms{std::string(kMaxTermBytes, 'x')}));
    std::string greek;
    for (int i = 0; i < 1000; ++i) greek += "aα";
    for (const std::string& term : terms_of(greek)) {
        EXPECT_LE(term.size(), kMaxTermBytes);
        EXPECT_FALSE(find_invalid_utf8(term));
    }
}

TEST(Analyzer, CutsEndlessTextWithoutSpacesAlwaysAtTheSamePlaces) {
    std::string text;
    for (int i = 0; i < 60'000; ++i) text += "文";
    const auto words = words_of(text);
    ASSERT_FALSE(words.empty());
    for (size_t i = 1; i < words.size(); ++i) ASSERT_EQ(words[i].begin, words[i - 1].end);
    EXPECT_EQ(words.back().end, text.size());
    EXPECT_EQ(terms_of(std::string(500'000, 'a') + "é").size(), 2U);
}

TEST(Analyzer, TakesBytesThatAreNoUtf8) {
    std::mt19937_64 random(5);
    for (int i = 0; i < 2000; ++i) {
        std::string text;
        for (size_t left = random() % 40; left > 0; --left) text += static_cast<char>(random());
        for (const Found& f : words_of(text)) {
            ASSERT_LT(f.begin, f.end);
            ASSERT_LE(f.end, text.size());
        }
    }
    EXPECT_FALSE(words_of(std::string(200'000, '\x80') + " word").empty());
}

TEST(Analyzer, NotesWhetherIcuHadASay) {
    Analyzer analyzer = make_analyzer();
    const auto ignore = [](std::string_view, size_t, size_t) {};
    ASSERT_TRUE(analyzer.analyze("plain words", ignore));
    EXPECT_EQ(analyzer.identity().unicode, UnicodeVersion{});
    ASSERT_TRUE(analyzer.analyze("größer", ignore));
    EXPECT_NE(analyzer.identity().unicode, UnicodeVersion{});
    EXPECT_TRUE(*is_current(analyzer.identity(), {}));
    EXPECT_FALSE(*is_current(analyzer.identity(), {"english"}));
}

}  // namespace
}  // namespace reel
