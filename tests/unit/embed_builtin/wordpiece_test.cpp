#include "embed/builtin/wordpiece.h"

#include <algorithm>

#include "test_model.h"

namespace reel::builtin {
namespace {

Tokens tokens_of(std::string_view text) {
    auto tokens = tokenize(text, vocabulary());
    EXPECT_TRUE(tokens) << tokens.error().message;
    return tokens ? std::move(*tokens) : Tokens{};
}

using Ids = std::vector<uint32_t>;
using Ends = std::vector<size_t>;

TEST(Wordpiece, GivesTheIdsOfTheReferenceTokenizer) {
    for (const Json& line : read_json_lines("tokenizer_cases.jsonl")) {
        Ids expected = line["ids"].get<Ids>();
        expected.erase(expected.begin());  // [CLS]
        expected.pop_back();               // [SEP]
        EXPECT_EQ(tokens_of(line["text"].get<std::string>()).ids, expected) << line["text"];
    }
}

TEST(Wordpiece, SaysWhereEachPieceEndsInTheText) {
    EXPECT_EQ(tokens_of("The  cat sat.").ends, (Ends{3, 8, 12, 13}));
    EXPECT_EQ(tokens_of("embeddings").ends, (Ends{2, 5, 9, 10}));  // em ##bed ##ding ##s
}

TEST(Wordpiece, LeavesAnAccentWithItsLetter) {
    EXPECT_EQ(tokens_of("cafe\u0301 x").ends, (Ends{6, 8}));
    EXPECT_EQ(tokens_of("a. \u0301b").ends, (Ends{1, 2, 6}));
}

TEST(Wordpiece, GivesThePiecesOfOneSyllableTheSameEnd) {
    const Tokens tokens = tokens_of("한");
    EXPECT_EQ(tokens.ends, (Ends{3, 3, 3}));
}

TEST(Wordpiece, RecognisesLiteralSpecialTokens) {
    EXPECT_EQ(tokens_of("a[SEP]b").ids, (Ids{1037, 102, 1038}));
    EXPECT_EQ(tokens_of("a[SEP]b").ends, (Ends{1, 6, 7}));
    EXPECT_EQ(tokens_of("[sep]").ids, (Ids{1031, 19802, 1033}));
}

TEST(Wordpiece, TakesAHundredCharactersForAWordAndMoreForUnknown) {
    EXPECT_GT(tokens_of(std::string(100, 'a')).ids.size(), 1U);
    EXPECT_EQ(tokens_of(std::string(101, 'a')).ids, (Ids{100}));
}

TEST(Wordpiece, UsesTheCategoriesOfUnicode8) {
    EXPECT_EQ(tokens_of("ab\u166Dcd").ids, (Ids{11113, 100, 3729}));  // punctuation then, a symbol now
    EXPECT_EQ(tokens_of("\u1734").ids, Ids{});                        // a stripped mark then
}

TEST(Wordpiece, NamesTheByteThatIsNotUtf8) {
    const auto tokens = tokenize("abc\xC3(", vocabulary());
    ASSERT_FALSE(tokens);
    EXPECT_EQ(tokens.error().code, ErrorCode::kInvalidArgument);
    EXPECT_NE(tokens.error().message.find("byte 3"), std::string::npos) << tokens.error().message;
}

TEST(Vocabulary, RefusesBrokenFiles) {
    const std::string good = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\n##a\n";
    EXPECT_TRUE(Vocabulary::parse(good));
    EXPECT_FALSE(Vocabulary::parse(""));
    EXPECT_FALSE(Vocabulary::parse("[PAD]\n[UNK]\n[CLS]\n[SEP]\n"));
    EXPECT_FALSE(Vocabulary::parse(good + "a\n"));
    EXPECT_FALSE(Vocabulary::parse(good + "\n"));
    EXPECT_FALSE(Vocabulary::parse(good + std::string(256, 'x') + "\n"));
}

}  // namespace
}  // namespace reel::builtin
