// Hybrid search against a plain computation, and which mode a question gets.
#include "search_support.h"

namespace reel {
namespace {

constexpr double kTolerance = 1e-5;

/// The fused scores of every candidate, straight from the definitions.
std::map<uint64_t, double> plain_fusion(const std::vector<PlainHit>& nearest,
                                        const std::vector<std::pair<uint64_t, double>>& best,
                                        double greatest_score, Fusion fusion, double weight) {
    std::map<uint64_t, double> scores;
    for (size_t i = 0; i < nearest.size(); ++i) {
        const auto distance = static_cast<double>(nearest[i].distance);
        const auto least = static_cast<double>(nearest.front().distance);
        const auto most = static_cast<double>(nearest.back().distance);
        const double near = most > least ? (most - distance) / (most - least) : 1;
        scores[nearest[i].row] +=
            weight * (fusion == Fusion::kRank ? 1.0 / (61.0 + static_cast<double>(i)) : near);
    }
    for (size_t i = 0; i < best.size(); ++i) {
        scores[best[i].first] +=
            (1 - weight) * (fusion == Fusion::kRank ? 1.0 / (61.0 + static_cast<double>(i))
                                                    : best[i].second / greatest_score);
    }
    return scores;
}

class Hybrid : public WithTwin {
protected:
    /// Fewer records than the pool of candidates, so that all of them are candidates.
    Hybrid() {
        twin_.grow_old(90);
        query_ = twin_.some_vector();
    }

    [[nodiscard]] Question question() const {
        Question question = of_words("worda wordc");
        question.vector = query_;
        return question;
    }

    std::vector<std::pair<uint64_t, double>> best(const Allows& allows) {
        std::vector<std::pair<uint64_t, double>> best;
        for (const auto& [row, score] : plain_scores(twin_.rows, {"worda", "wordc"}))
            if (allows(twin_.rows[row])) best.emplace_back(row, score);
        std::stable_sort(best.begin(), best.end(),
                         [](const auto& a, const auto& b) { return a.second > b.second + 1e-9; });
        return best;
    }

    /// 2.2 is what BM25 multiplies a word's idf by at most.
    [[nodiscard]] double greatest_score() const {
        double sum = 0;
        for (const std::string word : {"worda", "wordc"}) {
            double live = 0;
            double with = 0;
            for (const PlainRow& row : twin_.rows) {
                if (!row.is_live) continue;
                ++live;
                const auto words = words_of(row.text);
                if (std::find(words.begin(), words.end(), word) != words.end()) ++with;
            }
            sum += 2.2 * std::log(1 + (live - with + 0.5) / (with + 0.5));
        }
        return sum;
    }

    void compare(const SearchOptions& options, const Allows& allows = allow_all) {
        const auto nearest = twin_.nearest(query_, allows);
        const auto scores =
            plain_fusion(nearest, best(allows), greatest_score(), options.fusion, options.vector_weight);
        const auto hits = must(twin_.database.search(question(), options)).hits;
        ASSERT_EQ(hits.size(), std::min<size_t>(options.k, scores.size()));
        std::vector<double> sorted;
        for (const auto& [row, score] : scores) sorted.push_back(score);
        std::sort(sorted.rbegin(), sorted.rend());
        for (size_t i = 0; i < hits.size(); ++i) {
            EXPECT_NEAR(hits[i].score, scores.at(hits[i].record_number), kTolerance);
            EXPECT_NEAR(hits[i].score, sorted[i], kTolerance);
            const auto place = std::find_if(nearest.begin(), nearest.end(), [&](const PlainHit& hit) {
                return hit.row == hits[i].record_number;
            });
            ASSERT_TRUE(place != nearest.end());
            EXPECT_EQ(place->distance, hits[i].distance);
            EXPECT_EQ(hits[i].vector_rank, static_cast<uint32_t>(place - nearest.begin()) + 1);
        }
    }

    Twin twin_ = twin({4, Metric::kL2, false, 3});
    std::vector<float> query_;
};

TEST_F(Hybrid, IsThePlainFusionOfBothHalves) {
    for (const Fusion fusion : {Fusion::kRank, Fusion::kWeighted}) {
        for (const double weight : {0.0, 0.3, 0.5, 1.0}) {
            for (const size_t k : std::initializer_list<size_t>{size_t{1}, size_t{7}, size_t{200}}) {
                SearchOptions options = with_k(k);
                options.fusion = fusion;
                options.vector_weight = weight;
                compare(options);
                options.filter = "g < 40";
                compare(options, [](const PlainRow& row) { return row.n % 100 < 40; });
            }
        }
    }
}

TEST_F(Hybrid, LeavesOutWhatIsTooFar) {
    SearchOptions options = with_k(200);
    options.max_distance = twin_.nearest(query_)[30].distance;
    const auto hits = must(twin_.database.search(question(), options)).hits;
    EXPECT_EQ(hits.size(), 31U);
    for (const Hit& hit : hits) EXPECT_LE(hit.distance, options.max_distance);
}

/// Of many records, some are found by words alone: those have a distance as well.
TEST_F(Hybrid, HitsByWordsAloneHaveADistance) {
    twin_.add(2'000);
    twin_.commit();
    twin_.seal();
    SearchOptions options;
    options.vector_weight = 0.1;
    const auto hits = must(twin_.database.search(question(), options)).hits;
    size_t by_words_alone = 0;
    for (const Hit& hit : hits) {
        const auto& row = twin_.rows[hit.record_number];
        EXPECT_NEAR(static_cast<double>(hit.distance), plain_distance(Metric::kL2, query_, row.vector), 1e-4);
        if (hit.vector_rank == 0) ++by_words_alone;
    }
    EXPECT_GT(by_words_alone, 0U);
    options.max_distance = 3;
    for (const Hit& hit : must(twin_.database.search(question(), options)).hits) EXPECT_LE(hit.distance, 3);
}

// --- Modes ---

enum class Found { kByVector, kByWords, kByBoth, kError };

class Modes : public WithDatabase {
protected:
    static Found how(Database& database, const Question& question, SearchMode mode) {
        SearchOptions options;
        options.mode = mode;
        const auto answer = database.search(question, options);
        if (!answer) return Found::kError;
        const Hit& hit = answer->hits.at(0);
        if (hit.vector_rank > 0 && hit.text_rank > 0) return Found::kByBoth;
        EXPECT_EQ(std::isnan(hit.distance), hit.vector_rank == 0);
        return hit.vector_rank > 0 ? Found::kByVector : Found::kByWords;
    }
    static void fill(Database& database) {
        add_and_commit(database, {new_record("a", "apple", {1, 0}), new_record("b", "banana", {0, 1})});
    }
    Question words_ = of_words("apple");
    Question vector_ = of_vector({1, 0});
    Question both_ = [] {
        Question question = of_words("apple");
        question.vector = {1, 0};
        return question;
    }();
    Question like_ = [] {
        Question question;
        question.like = {"b"};
        return question;
    }();
    Question like_and_words_ = [] {
        Question question = of_words("apple");
        question.like = {"b"};
        return question;
    }();
};

TEST_F(Modes, WithoutAnEmbedder) {
    Database database = must(Database::create(path(), test_config(2)));
    fill(database);
    const SearchMode any = SearchMode::kAuto;
    EXPECT_EQ(how(database, words_, any), Found::kByWords);
    EXPECT_EQ(how(database, vector_, any), Found::kByVector);
    EXPECT_EQ(how(database, both_, any), Found::kByBoth);
    EXPECT_EQ(how(database, like_, any), Found::kByVector);
    EXPECT_EQ(how(database, like_and_words_, any), Found::kByBoth);
    EXPECT_EQ(how(database, words_, SearchMode::kHybrid), Found::kError);
    EXPECT_EQ(how(database, words_, SearchMode::kVector), Found::kError);
    EXPECT_EQ(how(database, vector_, SearchMode::kText), Found::kError);
    EXPECT_EQ(how(database, vector_, SearchMode::kHybrid), Found::kError);
    EXPECT_EQ(how(database, both_, SearchMode::kText), Found::kError);
    EXPECT_EQ(how(database, both_, SearchMode::kVector), Found::kByVector);
}

TEST_F(Modes, WithAnEmbedder) {
    Database database = create();
    fill(database);
    EXPECT_EQ(how(database, words_, SearchMode::kAuto), Found::kByBoth);
    EXPECT_EQ(how(database, words_, SearchMode::kHybrid), Found::kByBoth);
    EXPECT_EQ(how(database, words_, SearchMode::kText), Found::kByWords);
    EXPECT_EQ(how(database, words_, SearchMode::kVector), Found::kByVector);
    EXPECT_EQ(how(database, vector_, SearchMode::kAuto), Found::kByVector);
    EXPECT_EQ(how(database, both_, SearchMode::kAuto), Found::kByBoth);
}

/// A question can be passed on as somebody typed it.
TEST_F(Modes, AQuestionOfSignsIsStillAskedOfTheVectors) {
    Database database = create();
    fill(database);
    EXPECT_EQ(how(database, of_words("???"), SearchMode::kAuto), Found::kByVector);
    EXPECT_EQ(how(database, of_words("???"), SearchMode::kText), Found::kError);
}

}  // namespace
}  // namespace reel
