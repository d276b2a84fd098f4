#include "text/text_index.h"

#include "text/index_run.h"
#include "text_support.h"

namespace reel {
namespace {

Texts corpus(uint64_t seed, size_t count) {
    std::mt19937_64 random(seed);
    Texts texts;
    for (size_t i = 0; i < count; ++i) {
        texts.push_back(random_text(random, random() % 40, 2000));
        if (i % 97 == 0) texts.back() += " größe";
        if (i % 501 == 0) texts.back() = random_text(random, 1000, 2000);
    }
    return texts;
}

ByteBuffer built(const Texts& texts, unsigned threads = 1, std::vector<ReusableIndex> reuse = {}) {
    auto bytes = build_text_index(texts.size(), texts_from(texts), {}, reuse, {.threads = threads});
    EXPECT_TRUE(bytes) << (bytes ? "" : bytes.error().message);
    return std::move(*bytes);
}

TEST(TextIndex, FindsTermsAndTheirBeginnings) {
    const Texts texts = {"b a", "a", "abc ab abd"};
    const OwnedTextIndex owned = index_of(texts);
    EXPECT_EQ(owned.index.term_count(), 5U);
    EXPECT_EQ(owned.index.find("a").row_count, 2U);
    EXPECT_EQ(owned.index.find("").row_count, 0U);
    EXPECT_EQ(owned.index.find("zz").row_count, 0U);
    std::vector<std::string> terms;
    for (TermCursor cursor(owned.index, "ab"); cursor.next();) terms.push_back(cursor.term());
    EXPECT_EQ(terms, (std::vector<std::string>{"ab", "abc", "abd", "b"}));
}

TEST(TextIndex, FindsEveryTermOfMany) {
    const Texts texts = corpus(1, 3000);
    const OwnedTextIndex owned = index_of(texts);
    size_t count = 0;
    for (TermCursor cursor(owned.index); cursor.next(); ++count) {
        const TermRows rows = owned.index.find(cursor.term());
        ASSERT_EQ(rows.offset, cursor.rows().offset);
        ASSERT_EQ(owned.index.find(cursor.term() + "\x01").row_count, 0U);
    }
    EXPECT_EQ(count, owned.index.term_count());
    EXPECT_FALSE(owned.index.is_damaged());
}

TEST(TextIndex, IsTheSameHoweverItIsBuilt) {
    const Texts texts = corpus(2, 9000);
    const ByteBuffer anew = built(texts);
    EXPECT_EQ(built(texts, 3), anew);
    const Texts head(texts.begin() + 10, texts.begin() + 4000);
    const Texts tail(texts.begin() + 5000, texts.end());
    const OwnedTextIndex first = index_of(head);
    const OwnedTextIndex second = index_of(tail);
    EXPECT_EQ(built(texts, 2, {{10, &first.index}, {5000, &second.index}}), anew);
    const OwnedTextIndex all = index_of(texts);
    EXPECT_EQ(built(texts, 1, {{0, &all.index}}), anew);
}

TEST(TextIndex, DoesNotReadTextsAgainThatItKnows) {
    const Texts texts = corpus(3, 300);
    const OwnedTextIndex all = index_of(texts);
    const TextOfRow never = [](uint64_t) -> Result<std::string_view> {
        ADD_FAILURE();
        return std::string_view();
    };
    const std::vector<ReusableIndex> reuse = {{0, &all.index}};
    const auto again = build_text_index(300, never, {}, reuse, {});
    EXPECT_EQ(*again, all.bytes);
}

TEST(TextIndex, ReadsTextsAgainThatAnotherAnalysisHasSeen) {
    const Texts texts = {"running"};
    const OwnedTextIndex stemmed = index_of(texts, {"english"});
    EXPECT_EQ(stemmed.index.identity().stemmer, "english");
    EXPECT_EQ(stemmed.index.find("run").row_count, 1U);
    EXPECT_EQ(built(texts, 1, {{0, &stemmed.index}}), built(texts));
}

TEST(TextIndex, NotesRowsThatCannotBeRead) {
    const TextOfRow text_of = [](uint64_t row) -> Result<std::string_view> {
        if (row % 2 == 1) return fail(ErrorCode::kCorrupt, "damaged");
        return std::string_view("word");
    };
    const auto owned = *index_in_memory(10, text_of, {}, {});
    EXPECT_EQ(owned.index.unreadable_count(), 5U);
    EXPECT_TRUE(owned.index.is_unreadable(3) && owned.index.is_unreadable(9));
    EXPECT_FALSE(owned.index.is_unreadable(0) || owned.index.is_unreadable(8));
    const auto collection = *TextCollection::create({{0, &owned.index}}, {10, {}});
    EXPECT_EQ(collection.row_count(), 5U);
    EXPECT_EQ(collection.average_length(), 1);
}

TEST(TextIndex, HasLengthsOfAnySizeExactly) {
    Texts texts(3, "a");
    for (const size_t words : std::initializer_list<size_t>{200, 300, 70'000}) {
        texts[1].clear();
        for (size_t i = 0; i < words; ++i) texts[1] += "b ";
        const OwnedTextIndex owned = index_of(texts);
        const LengthReader lengths(owned.index.find_lengths(), owned.index.length_bytes());
        EXPECT_EQ(lengths[1], words);
        EXPECT_EQ(lengths[2], 1U);
        EXPECT_EQ(owned.index.total_length(), words + 2);
    }
}

TEST(TextIndex, BuildingCanBeStoppedAndWatched) {
    const Texts texts = corpus(4, 600);
    std::atomic<bool> cancel = true;
    const auto stopped = build_text_index(600, texts_from(texts), {}, {}, {.cancel = &cancel});
    EXPECT_EQ(stopped.error().code, ErrorCode::kInterrupted);
    uint64_t last = 0;
    const auto watch = [&](uint64_t done, uint64_t total) {
        EXPECT_EQ(total, 600U);
        EXPECT_GE(done, last);
        last = done;
    };
    EXPECT_TRUE(build_text_index(600, texts_from(texts), {}, {}, {.threads = 1, .progress = watch}));
    EXPECT_EQ(last, 600U);
}

TEST(TextIndex, RefusesToReuseWhatOverlapsOrEndsBehindTheRows) {
    const Texts texts = corpus(5, 10);
    const OwnedTextIndex all = index_of(texts);
    const auto error = [&](std::vector<ReusableIndex> reuse, uint64_t row_count) {
        return build_text_index(row_count, texts_from(texts), {}, reuse, {}).error().code;
    };
    EXPECT_EQ(error({{0, &all.index}, {9, &all.index}}, 19), ErrorCode::kInvalidArgument);
    EXPECT_EQ(error({{1, &all.index}}, 10), ErrorCode::kInvalidArgument);
}

TEST(TextIndex, ManySmallPartsAreCheap) {
    const Texts texts = {"one small text"};
    EXPECT_LT(index_of(texts).bytes.size(), 200U);
    EXPECT_LT(index_of({}).bytes.size(), 100U);
}

}  // namespace
}  // namespace reel
