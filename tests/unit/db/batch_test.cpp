// A batch answers as each of its questions alone.
#include "search_support.h"

namespace reel {
namespace {

class Batch : public WithTwin, public testing::WithParamInterface<Metric> {
protected:
    Batch() { twin_.grow_old(900); }

    std::vector<float> queries(size_t count) {
        std::vector<float> all;
        for (size_t i = 0; i < count; ++i) {
            const auto one = twin_.some_vector();
            all.insert(all.end(), one.begin(), one.end());
        }
        return all;
    }

    void compare(const SearchOptions& options, size_t count) {
        const auto all = queries(count);
        const auto answers = must(twin_.database.search_batch(all, options));
        ASSERT_EQ(answers.size(), count);
        for (size_t i = 0; i < count; ++i) {
            const auto query = std::span<const float>(all).subspan(i * kDimension, kDimension);
            const auto alone = must(std::as_const(twin_.database).search(query, options));
            EXPECT_EQ(plain_hits(answers[i]), plain_hits(alone)) << "query " << i << " of " << count;
            ASSERT_EQ(answers[i].size(), alone.size());
            for (size_t j = 0; j < alone.size(); ++j) {
                EXPECT_EQ(answers[i][j].text, alone[j].text);
                EXPECT_EQ(answers[i][j].vector_rank, alone[j].vector_rank);
                EXPECT_EQ(answers[i][j].score, alone[j].score);
            }
        }
    }

    static constexpr uint32_t kDimension = 8;
    Twin twin_ = twin({kDimension, GetParam(), true, 21});
};

TEST_P(Batch, AnswersAsEachAlone) {
    for (const size_t count : std::initializer_list<size_t>{size_t{1}, size_t{2}, size_t{33}}) {
        for (const char* filter : {"", "g < 50", "g = 5", "g < 0"}) {
            SearchOptions options;
            options.filter = filter;
            options.recall = 1;
            compare(options, count);
            options.max_distance = 4;
            compare(options, count);
        }
    }
}

TEST_P(Batch, TakesAnyK) {
    for (const size_t k :
         std::initializer_list<size_t>{size_t{1}, size_t{5'000}, std::numeric_limits<size_t>::max()})
        compare(with_k(k), 3);
}

TEST_P(Batch, ErrorsNameTheQuery) {
    auto all = queries(5);
    all[3 * kDimension + 2] = std::numeric_limits<float>::quiet_NaN();
    const auto answers = twin_.database.search_batch(all);
    ASSERT_FALSE(answers);
    EXPECT_EQ(answers.error().code, ErrorCode::kInvalidArgument);
    EXPECT_NE(answers.error().message.find("query 3"), std::string::npos) << answers.error().message;
}

TEST_P(Batch, RefusesWhatIsNone) {
    const auto refused = [&](const std::vector<float>& all, const SearchOptions& options = {}) {
        const auto answers = twin_.database.search_batch(all, options);
        return !answers && answers.error().code == ErrorCode::kInvalidArgument;
    };
    EXPECT_TRUE(refused({}));
    EXPECT_TRUE(refused(std::vector<float>(kDimension + 1, 1)));
    EXPECT_TRUE(refused(queries(2), with_k(0)));
    SearchOptions options;
    options.filter = "g <";
    EXPECT_TRUE(refused(queries(2), options));
    options.filter.clear();
    options.recall = 0;
    EXPECT_TRUE(refused(queries(2), options));
    options.recall = 1.5;
    EXPECT_TRUE(refused(queries(2), options));
    options.recall.reset();
    options.max_distance = std::numeric_limits<float>::quiet_NaN();
    EXPECT_TRUE(refused(queries(2), options));
    options.max_distance = 1;
    EXPECT_FALSE(refused(queries(2), options));
}

INSTANTIATE_TEST_SUITE_P(Metrics, Batch,
                         testing::Values(Metric::kL2, Metric::kInnerProduct, Metric::kCosine));

TEST_F(WithTwin, ABatchToAnEmptyStoreFindsNothing) {
    Twin empty = twin();
    const auto answers = must(empty.database.search_batch(std::vector<float>(16, 1)));
    ASSERT_EQ(answers.size(), 2U);
    EXPECT_TRUE(answers[0].empty() && answers[1].empty());
}

/// An index of FAISS beside the store knows no limit: a batch of one keeps to it all the same.
TEST_F(WithTwin, ABatchOfOneKeepsToTheLimitWithAnIndexOfFaiss) {
    Twin line = twin({2, Metric::kL2, true, 1});
    line.add(50);
    line.commit();
    must(line.database.export_faiss(folder_.path("index.faiss")));
    must(line.database.use_faiss(folder_.path("index.faiss"), true));
    SearchOptions options;
    options.max_distance = 5;
    const std::vector<float> query{0, 0};
    ASSERT_EQ(must(line.database.search(of_vector(query), options)).report.plan, "faiss");
    const auto alone = must(std::as_const(line.database).search(std::span<const float>(query), options));
    const auto answers = must(line.database.search_batch(query, options));
    EXPECT_EQ(plain_hits(answers.at(0)), plain_hits(alone));
}

}  // namespace
}  // namespace reel
