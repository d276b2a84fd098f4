// Groups, diversity and examples.
#include "search_support.h"

namespace reel {
namespace {

using Ids = std::vector<std::string>;

class Groups : public WithDatabase {
protected:
    /// Record i at (i, 0) with the i-th metadata.
    void fill(const std::vector<std::string>& metadata) {
        std::vector<NewRecord> records;
        for (size_t i = 0; i < metadata.size(); ++i)
            records.push_back(new_record(std::to_string(i), "t", {static_cast<float>(i), 0}, metadata[i]));
        add_and_commit(database_, records);
    }
    Ids grouped(const std::string& key, size_t per_group, size_t k = 10) {
        SearchOptions options = with_k(k);
        options.group_by = key;
        options.per_group = per_group;
        return ids_of(must(database_.search(of_vector({0, 0}), options)).hits);
    }
    Database database_ = create();
};

TEST_F(Groups, KeepTheFirstOfEach) {
    fill({R"({"c":"a"})", R"({"c":"a"})", R"({"c":"a"})", R"({"c":"b"})", R"({"c":"a"})", R"({"c":"b"})"});
    EXPECT_EQ(grouped("c", 1), (Ids{"0", "3"}));
    EXPECT_EQ(grouped("c", 2), (Ids{"0", "1", "3", "5"}));
    EXPECT_EQ(grouped("c", 3), (Ids{"0", "1", "2", "3", "5"}));
    EXPECT_EQ(grouped("c", 3, 2), (Ids{"0", "1"}));
}

TEST_F(Groups, WithoutTheKeyOrWithNullEachIsAGroup) {
    fill({R"({"c":"a"})", "", R"({"c":null})", "{}", R"({"c":null})", R"({"c":"a"})"});
    EXPECT_EQ(grouped("c", 1), (Ids{"0", "1", "2", "3", "4"}));
    EXPECT_EQ(grouped("no.such", 1).size(), 6U);
}

TEST_F(Groups, ByNestedKeysAndEqualSpellings) {
    fill({R"({"a":{"b":"x"}})", "{\"a\": {\"b\" : \"\\u0078\"}}", R"({"a":{"b":1}})", R"({"a":{"b":true}})",
          R"({"a":5})", R"({"a":{"b":1}})", R"({"a":{"b":"1"}})"});
    EXPECT_EQ(grouped("a.b", 1), (Ids{"0", "2", "3", "4", "6"}));
}

/// As filters see them: 1 is 1.0.
TEST_F(Groups, ANumberIsOneValueHoweverItIsWritten) {
    fill({R"({"n":1})", R"({"n":1.0})", R"({"n":10e-1})", R"({"n":2})", R"({"n":-0.0})", R"({"n":0})"});
    EXPECT_EQ(must(database_.count("n = 1")), 3U);
    EXPECT_EQ(grouped("n", 1), (Ids{"0", "3", "4"}));
}

/// However deep the second group lies, it is found.
TEST_F(Groups, AreLookedForAsDeepAsItTakes) {
    std::vector<std::string> metadata(3'000, R"({"c":"many"})");
    for (size_t i = 2'500; i < 2'504; ++i) metadata[i] = "{\"c\":" + std::to_string(i) + "}";
    fill(metadata);
    EXPECT_EQ(grouped("c", 1, 5), (Ids{"0", "2500", "2501", "2502", "2503"}));
    EXPECT_EQ(grouped("c", 1, 2'000).size(), 5U);
}

// --- Diversity ---

class Diverse : public WithTwin, public testing::WithParamInterface<Metric> {
protected:
    Diverse() {
        twin_.grow_old(80);
        query_ = twin_.some_vector();
    }

    static double cosine(std::span<const float> a, std::span<const float> b) {
        return 1 - plain_distance(Metric::kCosine, a, b);
    }

    /// Maximal marginal relevance from its definition, over all records.
    std::vector<uint64_t> plain(double lambda, size_t k) {
        std::vector<PlainHit> left = twin_.nearest(query_);
        std::vector<uint64_t> chosen;
        while (chosen.size() < k && !left.empty()) {
            const auto value = [&](const PlainHit& hit) {
                const auto& vector = twin_.rows[hit.row].vector;
                double likeness = chosen.empty() ? 0 : -1;
                for (const uint64_t row : chosen)
                    likeness = std::max(likeness, cosine(vector, twin_.rows[row].vector));
                return lambda * cosine(vector, query_) - (1 - lambda) * likeness;
            };
            const auto best = std::max_element(
                left.begin(), left.end(), [&](const auto& a, const auto& b) { return value(a) < value(b); });
            chosen.push_back(best->row);
            left.erase(best);
        }
        return chosen;
    }

    std::vector<uint64_t> found(std::optional<double> lambda, size_t k) {
        SearchOptions options = with_k(k);
        options.diversity_lambda = lambda;
        std::vector<uint64_t> rows;
        for (const Hit& hit : must(twin_.database.search(of_vector(query_), options)).hits)
            rows.push_back(hit.record_number);
        return rows;
    }

    Twin twin_ = twin({6, GetParam(), false, 5});
    std::vector<float> query_;
};

TEST_P(Diverse, HitsAreThoseOfTheDefinition) {
    for (const double lambda : {0.1, 0.5, 0.9, 1.0}) {
        EXPECT_EQ(found(lambda, 10), plain(lambda, 10)) << lambda;
        EXPECT_EQ(found(lambda, 200), plain(lambda, 200)) << lambda;
    }
}

/// Nothing but difference: the first is any, all that follow are as the definition says.
TEST_P(Diverse, WithLambdaZeroTheNearestComesFirst) {
    const auto rows = found(0, 10);
    ASSERT_EQ(rows.size(), 10U);
    EXPECT_EQ(rows[0], twin_.nearest(query_)[0].row);
    EXPECT_EQ(rows, plain(0, 10));
}

/// The limit is one of hits: what has been given and what is asked for, and pages end there.
TEST_P(Diverse, IsForAThousandHits) {
    twin_.add(1'300);
    twin_.commit();
    EXPECT_EQ(found(0.5, 1'000).size(), 1'000U);
    SearchOptions options = with_k(1'001);
    options.diversity_lambda = 0.5;
    EXPECT_EQ(twin_.database.search(of_vector(query_), options).error().code, ErrorCode::kLimit);
    options.k = 300;
    std::vector<size_t> sizes;
    do {
        const SearchAnswer answer = must(twin_.database.search(of_vector(query_), options));
        sizes.push_back(answer.hits.size());
        options.cursor = answer.next;
    } while (!options.cursor.empty());
    EXPECT_EQ(sizes, (std::vector<size_t>{300, 300, 300, 100}));
}

INSTANTIATE_TEST_SUITE_P(Metrics, Diverse,
                         testing::Values(Metric::kL2, Metric::kInnerProduct, Metric::kCosine));

// --- Examples ---

class Examples : public WithDatabase, public testing::WithParamInterface<Metric> {
protected:
    Examples() {
        add_and_commit(database_, {new_record("e", "east", {1, 0}), new_record("e5", "east", {5, 0.5F}),
                                   new_record("n", "north", {0, 1}), new_record("ne", "both", {2, 2}),
                                   new_record("w", "west", {-1, 0}), new_record("s", "south", {0, -3})});
    }
    Ids like(const Ids& liked, const Ids& unliked, bool keep, size_t k = 10) {
        Question question;
        question.like = liked;
        question.unlike = unliked;
        question.keep_examples = keep;
        return ids_of(must(database_.search(question, with_k(k))).hits);
    }
    Ids near(const std::vector<float>& vector) {
        return ids_of(must(database_.search(of_vector(vector), {})).hits);
    }
    static Ids without(Ids ids, const Ids& gone) {
        std::erase_if(ids,
                      [&](const std::string& id) { return std::count(gone.begin(), gone.end(), id) > 0; });
        return ids;
    }
    Database database_ = create(GetParam());
};

TEST_P(Examples, OneIsItsVector) {
    EXPECT_EQ(like({"ne"}, {}, true), near({2, 2}));
    EXPECT_EQ(like({"ne"}, {}, false), without(near({2, 2}), {"ne"}));
    EXPECT_EQ(ids_of(must(database_.search_like("ne"))), near({2, 2}));
    EXPECT_EQ(like({"ne"}, {}, false, 3).size(), 3U);
}

TEST_P(Examples, SeveralAreTheirMean) {
    EXPECT_EQ(like({"e", "n"}, {}, false), without(near({0.5F, 0.5F}), {"e", "n"}));
}

TEST_P(Examples, UnlikeMovesAway) {
    EXPECT_EQ(like({"n"}, {"e"}, false), without(near({-1, 2}), {"e", "n"}));
    EXPECT_EQ(like({"n", "n"}, {"e"}, true), near({-1, 2}));
}

TEST_P(Examples, TheirPagesFitTogether) {
    Question question;
    question.like = {"e"};
    SearchOptions options = with_k(2);
    Ids joined;
    do {
        const SearchAnswer answer = must(database_.search(question, options));
        for (const Hit& hit : answer.hits) joined.push_back(hit.id);
        options.cursor = answer.next;
    } while (!options.cursor.empty() && joined.size() < 20);
    EXPECT_EQ(joined, like({"e"}, {}, false));
}

INSTANTIATE_TEST_SUITE_P(Metrics, Examples,
                         testing::Values(Metric::kL2, Metric::kInnerProduct, Metric::kCosine));

}  // namespace
}  // namespace reel
