#include "ingest/passages.h"

#include <random>

#include "base/utf8.h"
#include "support.h"

namespace reel {
namespace {

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

/// A token for every word.
std::vector<size_t> word_ends(std::string_view text) {
    std::vector<size_t> ends;
    for (size_t i = 0; i < text.size(); ++i) {
        if (!is_space(text[i]) && (i + 1 == text.size() || is_space(text[i + 1]))) ends.push_back(i + 1);
    }
    return ends;
}

std::vector<std::string> cut(std::string_view text, size_t size, size_t overlap) {
    const auto ends = word_ends(text);
    std::vector<std::string> parts;
    for (const Passage& passage : cut_passages(text, ends, {size, overlap})) {
        parts.emplace_back(text.substr(passage.begin, passage.end - passage.begin));
    }
    return parts;
}

using Parts = std::vector<std::string>;

TEST(CutPassages, KeepsATextWithinTheLimitWhole) {
    EXPECT_EQ(cut(" a b c \n", 3, 1), (Parts{" a b c \n"}));
    EXPECT_EQ(cut("", 3, 1), (Parts{""}));
}

TEST(CutPassages, PrefersParagraphsToSentencesToLinesToWords) {
    EXPECT_EQ(cut("a b c d e\n\nf. g\nh i j", 8, 0).front(), "a b c d e\n\nf.");
    EXPECT_EQ(cut("a b c d e f\n\ng. h i j", 8, 0).front(), "a b c d e f");
    EXPECT_EQ(cut("a b c d e f g. h i j", 8, 0).front(), "a b c d e f g.");
    EXPECT_EQ(cut("a b c d e f\ng h i j", 8, 0).front(), "a b c d e f");
    EXPECT_EQ(cut("a b c d e f g h i j", 8, 0).front(), "a b c d e f g h");
    EXPECT_EQ(cut("a b c d e f. g\nh i j", 8, 0).front(), "a b c d e f.");
}

TEST(CutPassages, KnowsTheEndsOfSentencesInOtherScripts) {
    const std::string text = "一二三四五六。七八九十";
    std::vector<size_t> ends;
    for (size_t i = 3; i <= text.size(); i += 3) ends.push_back(i);
    const auto passages = cut_passages(text, ends, {8, 0});
    ASSERT_EQ(passages.size(), 2U);
    EXPECT_EQ(text.substr(0, passages[0].end), "一二三四五六。");
    EXPECT_EQ(cut("a b c d e \"f g.\" h i j", 8, 0).front(), "a b c d e \"f g.\"");
}

TEST(CutPassages, OverlapsFromASentenceOrAWord) {
    EXPECT_EQ(cut("a b c d e f g h i j", 8, 2), (Parts{"a b c d e f g h", "g h i j"}));
    EXPECT_EQ(cut("a b c d. e f g h i j k l", 8, 4), (Parts{"a b c d. e f g h", "e f g h i j k l"}));
    EXPECT_EQ(cut("a b c d e. f g h i j k l", 8, 4), (Parts{"a b c d e. f g h", "f g h i j k l"}));
}

TEST(CutPassages, CutsInsideAWordOnlyWhereItMust) {
    const std::string text = "ab " + std::string(20, 'x') + " cd";
    std::vector<size_t> ends{2};
    for (size_t i = 4; i <= 23; ++i) ends.push_back(i);
    ends.push_back(26);
    const auto passages = cut_passages(text, ends, {8, 0});
    EXPECT_EQ(passages[0].end, 10U);
    EXPECT_EQ(passages[0].token_count, 8U);
    EXPECT_EQ(passages.back().end, text.size());
}

TEST(CutPassages, NeverPartsACodePoint) {
    std::string text;
    std::vector<size_t> ends;
    for (int i = 0; i < 20; ++i) text += "😀";
    for (size_t i = 1; i <= text.size(); ++i) ends.push_back(i);  // a token for every byte
    for (const Passage& passage : cut_passages(text, ends, {6, 1})) {
        EXPECT_EQ(passage.begin % 4, 0U);
        EXPECT_EQ(passage.end % 4, 0U);
        EXPECT_LE(passage.token_count, 6U);
    }
}

TEST(CutPassages, KeepsTokensTogetherThatEndAtTheSameByte) {
    const std::vector<size_t> ends{1, 2, 2, 2, 3, 4};
    for (const Passage& passage : cut_passages("abcd", ends, {4, 0})) {
        EXPECT_FALSE(passage.first_token == 2 || passage.first_token == 3);
    }
}

TEST(CutPassages, CannotPartOneCharacterOfManyTokens) {
    const std::vector<size_t> ends{1, 2, 2, 2, 2, 2, 3};
    const auto passages = cut_passages("abc", ends, {3, 2});
    size_t covered = 0;
    for (const Passage& passage : passages) covered = std::max(covered, passage.end);
    EXPECT_EQ(covered, 3U);
}

/// Words, sentences, paragraphs, blanks and many-byte characters at random, with tokens of 1 to 5 characters.
struct RandomText {
    std::string text;
    std::vector<size_t> ends;

    explicit RandomText(std::mt19937& random) {
        static const std::vector<std::string> pieces{"a",  "bc", "é",    "😀", "。", ".", "\"", " ",
                                                     "  ", "\n", "\n\n", "\t", "x",  "y", "z"};
        const size_t count = random() % 400;
        for (size_t i = 0; i < count; ++i) {
            const std::string& piece = pieces[random() % pieces.size()];
            const bool blank = is_space(piece[0]);
            text += piece;
            if (!blank && random() % 2 == 0) ends.push_back(text.size());
        }
        size_t last = text.size();
        while (last > 0 && is_space(text[last - 1])) --last;
        if (last > 0 && (ends.empty() || ends.back() < last)) ends.push_back(last);
    }
};

void check_passages(const RandomText& t, const PassageLimit& limit) {
    const auto passages = cut_passages(t.text, t.ends, limit);
    ASSERT_FALSE(passages.empty());
    std::vector<bool> covered(t.text.size());
    for (size_t i = 0; i < passages.size(); ++i) {
        const Passage& p = passages[i];
        ASSERT_LE(p.begin, p.end);
        ASSERT_LE(p.end, t.text.size());
        ASSERT_LE(p.token_count, limit.size);
        ASSERT_EQ(code_point_floor(t.text, p.begin), p.begin);
        ASSERT_EQ(code_point_floor(t.text, p.end), p.end);
        if (i > 0) {
            ASSERT_GT(p.first_token, passages[i - 1].first_token);
            const size_t before_end = passages[i - 1].first_token + passages[i - 1].token_count;
            ASSERT_LE(p.first_token, before_end);
            ASSERT_LE(before_end - p.first_token, limit.overlap);
        }
        for (size_t at = p.begin; at < p.end; ++at) covered[at] = true;
    }
    for (size_t at = 0; at < t.text.size(); ++at) ASSERT_TRUE(covered[at] || is_space(t.text[at])) << at;
}

TEST(CutPassages, LosesNothingAndKeepsTheLimitsOnRandomTexts) {
    std::mt19937 random(11);
    for (int round = 0; round < 3000; ++round) {
        const RandomText text(random);
        const size_t size = 1 + random() % 40;
        ASSERT_NO_FATAL_FAILURE(check_passages(text, {size, random() % size})) << "round " << round;
    }
}

TEST(CutPassages, IsQuickWhereBlanksAndQuotesRunOn) {
    std::string text(200'000, ' ');
    std::vector<size_t> ends;
    for (size_t i = 0; i < text.size(); ++i) {
        if (i % 2 == 0) text[i] = '"';
        ends.push_back(i + 1);
    }
    EXPECT_GT(cut_passages(text, ends, {256, 32}).size(), 700U);
    EXPECT_TRUE(cut_passages(std::string(ends.size(), ' '), ends, {256, 32}).empty());
}

TEST(PassageLimit, WantsAnOverlapBelowTheSize) {
    EXPECT_TRUE(check_passage_limit({1, 0}));
    EXPECT_FALSE(check_passage_limit({0, 0}));
    EXPECT_MESSAGE(check_passage_limit({32, 32}), "passages of 32 tokens cannot overlap by 32");
}

}  // namespace
}  // namespace reel
