#include "text/search_text.h"

#include <iostream>
#include <set>

#include "plain_search.h"
#include "text_support.h"

namespace reel {
namespace {

/// Texts in several indexes, some rows deleted, some filtered out, beside the slow twin.
class Corpus {
public:
    Corpus(std::mt19937_64& random, Texts texts, size_t part_count) : texts_(std::move(texts)) {
        split(random, part_count);
        for (const std::string& text : texts_) words_.emplace_back(terms_of(text));
        mark_rows(random, part_count == 1 ? 0 : 30);
    }

    /// About `percent` of the rows die, others are filtered out.
    void mark_rows(std::mt19937_64& random, unsigned percent) {
        const size_t words = texts_.size() / 64 + 1;
        dead_bits_.assign(words, 0);
        filter_bits_.assign(words, 0);
        is_live_.assign(texts_.size(), true);
        is_wanted_.assign(texts_.size(), true);
        live_rows_ = texts_.size() - (percent > 0 ? random() % (texts_.size() / 10 + 1) : 0);
        for (size_t row = 0; row < texts_.size(); ++row) {
            if (random() % 100 < percent) dead_bits_[row / 64] |= uint64_t{1} << (row % 64);
            if (random() % 100 < 30) filter_bits_[row / 64] |= uint64_t{1} << (row % 64);
            is_live_[row] = live().contains(row);
        }
    }

    [[nodiscard]] RowSet live() const { return {live_rows_, dead_bits_}; }
    [[nodiscard]] RowSet filter() const { return {texts_.size(), filter_bits_}; }

    std::vector<TextHit> search(const TextQuery& query, size_t limit, bool is_filtered) {
        auto collection = TextCollection::create(parts_, live());
        EXPECT_TRUE(collection);
        TextSearchOptions options{limit, std::nullopt, {}, texts_from(texts_)};
        if (is_filtered) options.filter = filter();
        TextSearchStats stats;
        auto answer = search_text(*collection, query, options, stats);
        EXPECT_TRUE(answer) << (answer ? "" : answer.error().message);
        EXPECT_TRUE(answer->damaged_parts.empty());
        return answer->hits;
    }

    std::vector<TextHit> search_plainly(const TextQuery& query, bool is_filtered) const {
        std::vector<bool> wanted(texts_.size(), true);
        for (size_t row = 0; is_filtered && row < texts_.size(); ++row) wanted[row] = filter().contains(row);
        return PlainSearch(words_, is_live_).search(query, wanted);
    }

    void split(std::mt19937_64& random, size_t part_count) {
        std::set<size_t> cuts;
        for (size_t i = 1; i < part_count; ++i) cuts.insert(random() % (texts_.size() + 1));
        cuts.insert(texts_.size());
        parts_.clear();
        indexes_.clear();
        indexes_.reserve(cuts.size());
        size_t first = 0;
        for (const size_t end : cuts) {
            indexes_.push_back(*index_in_memory(end - first, texts_from(texts_, first), {}, {.threads = 1}));
            parts_.push_back({first, &indexes_.back().index});
            first = end;
        }
    }
    [[nodiscard]] size_t size() const { return texts_.size(); }

private:
    Texts texts_;
    WordLists words_;
    std::vector<OwnedTextIndex> indexes_;
    std::vector<TextPart> parts_;
    uint64_t live_rows_ = 0;
    std::vector<uint64_t> dead_bits_;
    std::vector<uint64_t> filter_bits_;
    std::vector<bool> is_live_;
    std::vector<bool> is_wanted_;
};

/// Same rows and scores but for rounding; rows with scores that are equal but for rounding may change places.
void expect_same(const std::vector<TextHit>& found, const std::vector<TextHit>& all, size_t limit) {
    ASSERT_EQ(found.size(), std::min(limit, all.size()));
    std::map<uint64_t, double> scores;
    for (const TextHit& hit : all) scores[hit.row] = hit.score;
    for (size_t i = 0; i < found.size(); ++i) {
        ASSERT_NEAR(found[i].score, all[i].score, 1e-8);
        ASSERT_TRUE(scores.contains(found[i].row));
        ASSERT_NEAR(found[i].score, scores[found[i].row], 1e-8);
        const bool is_tie = i > 0 && found[i].score == found[i - 1].score;
        ASSERT_TRUE(!is_tie || found[i].row > found[i - 1].row);
    }
}

std::string random_clause(std::mt19937_64& random, unsigned depth) {
    const auto word = [&] { return zipf_word(random, 400); };
    switch (random() % 14) {
        case 0: return "+" + word();
        case 1: return "-" + word();
        case 2: return "\"" + word() + " " + word() + "\"";
        case 3: return word().substr(0, 2 + random() % 3) + "*";
        case 4: return word() + " AND " + word();
        case 5: return word() + " OR NOT " + word();
        case 6: return "+\"" + word() + " " + word() + "\"";
        case 7: return "-(" + word() + " " + word() + "*)";
        case 8:
        case 9:
            if (depth < 3) {
                return (random() % 3 == 0 ? "+(" : "(") + random_clause(random, depth + 1) + " " +
                       random_clause(random, depth + 1) + ")";
            }
            [[fallthrough]];
        default: return word();
    }
}

std::string random_query(std::mt19937_64& random) {
    std::string query;
    const bool is_plain = random() % 3 == 0;
    for (size_t left = 1 + random() % 5; left > 0; --left) {
        query += (is_plain ? zipf_word(random, 400) : random_clause(random, 0)) + " ";
    }
    return query;
}

/// Texts of very different lengths, some empty, some with one word many times.
Texts random_texts(std::mt19937_64& random, size_t count) {
    Texts texts;
    for (size_t i = 0; i < count; ++i) {
        size_t words = random() % 30;
        if (random() % 10 == 0) words = 0;
        if (random() % 100 == 0) words = 2000;
        texts.push_back(random_text(random, words, 400));
        if (random() % 50 == 0) {
            for (int n = 0; n < 60; ++n) texts.back() += " wa";
        }
    }
    return texts;
}

size_t compare_queries(std::mt19937_64& random, Corpus& corpus, size_t queries) {
    size_t cases = 0;
    for (size_t i = 0; i < queries; ++i) {
        const std::string text = random_query(random);
        const auto query = parse_query(text);
        if (!query) continue;  // nothing but what must not be
        const bool is_filtered = random() % 2 == 0;
        const size_t limit = random() % 4 == 0 ? corpus.size() + 1 : 1 + random() % 20;
        expect_same(corpus.search(*query, limit, is_filtered), corpus.search_plainly(*query, is_filtered),
                    limit);
        if (testing::Test::HasFatalFailure()) {
            ADD_FAILURE() << text << ", limit " << limit;
            return cases;
        }
        ++cases;
    }
    return cases;
}

TEST(TextSearch, AnswersAsTheSlowTwinDoes) {
    std::mt19937_64 random(11);
    size_t cases = 0;
    for (const size_t count : std::initializer_list<size_t>{0, 1, 2, 7, 127, 128, 129, 130, 300, 600}) {
        for (size_t round = 0; round < 3; ++round) {
            Corpus corpus(random, random_texts(random, count), 1 + round * 3);
            cases += compare_queries(random, corpus, 300);
            if (HasFailure()) return;
        }
    }
    Corpus large(random, random_texts(random, 5000), 1);
    cases += compare_queries(random, large, 150);
    large.split(random, 5);
    large.mark_rows(random, 20);
    cases += compare_queries(random, large, 150);
    // Short texts of few words: many equal scores.
    for (size_t round = 0; round < 8; ++round) {
        Texts texts;
        for (int i = 0; i < 400; ++i) texts.push_back(random_text(random, 1 + random() % 3, 30));
        Corpus corpus(random, std::move(texts), 1 + round % 3);
        cases += compare_queries(random, corpus, 500);
    }
    std::cout << cases << " queries compared\n";
    EXPECT_GE(cases, 10'000U);
}

TEST(TextSearch, GivesTheSameBitsHoweverRowsAreDivided) {
    std::mt19937_64 random(12);
    Corpus corpus(random, random_texts(random, 3000), 1);
    std::vector<TextQuery> queries;
    while (queries.size() < 60) {
        if (auto query = parse_query(random_query(random))) queries.push_back(std::move(*query));
    }
    std::vector<std::vector<TextHit>> whole;
    for (const TextQuery& query : queries) whole.push_back(corpus.search(query, 15, true));
    for (const size_t parts : std::initializer_list<size_t>{2, 9, 200}) {
        corpus.split(random, parts);
        for (size_t i = 0; i < queries.size(); ++i) EXPECT_EQ(corpus.search(queries[i], 15, true), whole[i]);
    }
}

TEST(TextSearch, AFilterLeavesScoresAsTheyAre) {
    std::mt19937_64 random(13);
    Corpus corpus(random, random_texts(random, 500), 3);
    const auto query = *parse_query("wa we wi");
    std::map<uint64_t, double> scores;
    for (const TextHit& hit : corpus.search(query, 1000, false)) scores[hit.row] = hit.score;
    const auto filtered = corpus.search(query, 1000, true);
    EXPECT_LT(filtered.size(), scores.size());
    for (const TextHit& hit : filtered) EXPECT_EQ(hit.score, scores[hit.row]);
}

struct Fixed {
    explicit Fixed(Texts t) : texts(std::move(t)), index(index_of(texts)) {}

    std::vector<uint64_t> rows(std::string_view query_text, size_t limit = 10) const {
        std::vector<uint64_t> rows;
        for (const TextHit& hit : hits(query_text, limit)) rows.push_back(hit.row);
        return rows;
    }
    std::vector<TextHit> hits(std::string_view query_text, size_t limit = 10) const {
        const auto query = parse_query(query_text);
        EXPECT_TRUE(query) << query_text;
        const auto collection = *TextCollection::create({{0, &index.index}}, {texts.size(), {}});
        TextSearchStats stats;
        const auto answer =
            search_text(collection, *query, {limit, std::nullopt, {}, texts_from(texts)}, stats);
        EXPECT_TRUE(answer);
        return answer->hits;
    }

    Texts texts;
    OwnedTextIndex index;
};

using Rows = std::vector<uint64_t>;

TEST(TextSearch, TakesPhrasesAsTheyStandInTheText) {
    const Fixed fixed({"new york is old", "york is new", "New, York!", "a new new york", "newyork"});
    EXPECT_EQ(fixed.rows("\"new york\""), (Rows{2, 0, 3}));
    EXPECT_EQ(fixed.rows("+new-york"), (Rows{2, 0, 3}));
    EXPECT_EQ(fixed.rows("new -\"new york\""), (Rows{1}));
    EXPECT_EQ(fixed.rows("\"new new\""), (Rows{3}));
    EXPECT_EQ(fixed.rows("\"york new\""), Rows{});
}

TEST(TextSearch, ABeginningOfWordsScoresOne) {
    const Fixed fixed({"cat", "category cat", "dog", "catalogue of cats and dogs"});
    EXPECT_EQ(fixed.hits("cat*"), (std::vector<TextHit>{{0, 1}, {1, 1}, {3, 1}}));
    EXPECT_EQ(fixed.rows("+cat* -dogs"), (Rows{0, 1}));
    EXPECT_EQ(fixed.rows("zebra*"), Rows{});
}

TEST(TextSearch, WordsAskedForTwiceCountTwice) {
    const Fixed fixed({"cat", "dog", "bird"});
    EXPECT_NEAR(fixed.hits("cat cat dog")[0].score, 2 * fixed.hits("cat")[0].score, 1e-9);
    EXPECT_EQ(fixed.rows("cat cat dog"), (Rows{0, 1}));
}

TEST(TextSearch, AsksForNoHitsOrOfNoTexts) {
    EXPECT_EQ(Fixed({"cat"}).rows("cat", 0), Rows{});
    EXPECT_EQ(Fixed({}).rows("cat"), Rows{});
    EXPECT_EQ(Fixed({"", ""}).rows("cat"), Rows{});
}

TEST(TextSearch, RefusesPartsThatOverlap) {
    const Fixed fixed({"cat", "dog"});
    const auto collection =
        TextCollection::create({{0, &fixed.index.index}, {1, &fixed.index.index}}, {3, {}});
    ASSERT_FALSE(collection);
    EXPECT_EQ(collection.error().code, ErrorCode::kInvalidArgument);
}

TEST(TextSearch, EndsWhenReadingATextIsInterrupted) {
    const Fixed fixed({"new york"});
    const auto collection = *TextCollection::create({{0, &fixed.index.index}}, {1, {}});
    const auto asked = [&](ErrorCode code) {
        TextSearchStats stats;
        const TextOfRow broken = [&](uint64_t) -> Result<std::string_view> { return fail(code, "no"); };
        return search_text(collection, *parse_query("\"new york\""), {10, std::nullopt, {}, broken}, stats);
    };
    EXPECT_EQ(asked(ErrorCode::kInterrupted).error().code, ErrorCode::kInterrupted);
    EXPECT_TRUE(asked(ErrorCode::kCorrupt)->hits.empty());
}

TEST(TextSearch, ReadsFewBlocksForTheBestOfMany) {
    Texts texts(20'000, "common filler text");
    for (size_t row = 0; row < texts.size(); row += 5000) texts[row] = "common rare";
    const Fixed fixed(std::move(texts));
    const auto collection = *TextCollection::create({{0, &fixed.index.index}}, {20'000, {}});
    TextSearchStats stats;
    const auto answer =
        search_text(collection, *parse_query("common rare"), {1, std::nullopt, {}, {}}, stats);
    EXPECT_EQ(answer->hits.size(), 1U);
    EXPECT_LT(stats.blocks_read, stats.blocks / 2);
}

}  // namespace
}  // namespace reel
