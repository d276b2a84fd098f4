// Exact searches of stores in every state are those of a plain scan: records, order and distances.
#include <iostream>

#include "search_support.h"

namespace reel {
namespace {

uint64_t cases = 0;  // of all tests here

class PrintCases final : public testing::Environment {
    void TearDown() override { std::cout << "exact answers compared: " << cases << "\n"; }
};
[[maybe_unused]] testing::Environment* const print_cases = testing::AddGlobalTestEnvironment(new PrintCases);

struct NamedFilter {
    const char* text;
    Allows allows;
};
const std::vector<NamedFilter>& filters() {
    static const std::vector<NamedFilter> all{
        {"", allow_all},
        {"g < 0", [](const PlainRow&) { return false; }},
        {"n = 17", [](const PlainRow& row) { return row.n == 17; }},
        {"g = 5", [](const PlainRow& row) { return row.n % 100 == 5; }},
        {"g < 50", [](const PlainRow& row) { return row.n % 100 < 50; }},
        {"n >= 0", allow_all},
    };
    return all;
}

void compare(Database& database, const std::vector<float>& query, const SearchOptions& options,
             const std::vector<PlainHit>& expected) {
    ++cases;
    const auto answer = must(database.search(of_vector(query), options));
    ASSERT_EQ(plain_hits(answer.hits), expected)
        << "k " << options.k << " filter '" << options.filter << "' plan " << answer.report.plan << " after "
        << answer.report.records << " records, " << answer.hits.size() << " for " << expected.size();
}

/// Every filter, k and limit, exactly and as the store thinks best.
void compare_all(Database& database, const PlainRows& rows, Metric metric, const std::vector<float>& query) {
    for (const NamedFilter& filter : filters()) {
        const auto all = plain_nearest(rows, metric, query, filter.allows);
        SearchOptions options;
        options.filter = filter.text;
        for (const size_t k :
             std::initializer_list<size_t>{size_t{1}, size_t{10}, rows.size(), rows.size() + 5}) {
            options.k = k;
            options.recall = 1;
            compare(database, query, options, first_of(all, k));
            options.recall.reset();
            compare(database, query, options, first_of(all, k));
            if (testing::Test::HasFatalFailure()) return;
        }
        options.recall = 1;
        if (all.empty()) continue;
        options.max_distance = all[all.size() / 3].distance;
        auto near = all;
        std::erase_if(near, [&](const PlainHit& hit) { return hit.distance > options.max_distance; });
        compare(database, query, options, near);
        options.k = 3;
        compare(database, query, options, first_of(near, 3));
    }
}

class Exact : public WithTwin, public testing::WithParamInterface<std::tuple<Metric, uint32_t, bool>> {
protected:
    Exact()
        : shape_{std::get<1>(GetParam()), std::get<0>(GetParam()), std::get<2>(GetParam()),
                 std::get<1>(GetParam()) + 7},
          twin_(twin(shape_)) {}

    void check(int queries = 2) {
        for (int i = 0; i < queries; ++i)
            compare_all(twin_.database, twin_.rows, shape_.metric, twin_.some_vector());
    }
    void check_at(uint64_t commit, const PlainRows& rows) {
        OpenOptions options;
        options.as_of = Moment::commit(commit);
        Database then = must(Database::open(path(), options));
        compare_all(then, rows, shape_.metric, twin_.some_vector());
    }

    TwinShape shape_;
    Twin twin_;
};

TEST_P(Exact, OfAnUnsealedStore) {
    twin_.add(131);
    twin_.commit();
    check();
}

TEST_P(Exact, OfASealedStoreAndItsTail) {
    twin_.add(331);
    twin_.commit();
    twin_.seal();
    check();
    twin_.add(70);
    twin_.commit();
    check();
}

TEST_P(Exact, OfSeveralSectionsWithDeletionsAndReplacements) {
    twin_.grow_old(517);
    check();
    Database reader = must(Database::open(path()));
    compare_all(reader, twin_.rows, shape_.metric, twin_.some_vector());
    twin_.remove(twin_.some_ids(300));
    twin_.commit();
    check();
    twin_.compact();
    check();
    twin_.remove(twin_.some_ids(twin_.live()));
    twin_.commit();
    check(1);
}

TEST_P(Exact, OfEarlierCommits) {
    std::vector<std::pair<uint64_t, PlainRows>> past;
    for (int i = 0; i < 4; ++i) {
        twin_.add(90);
        twin_.remove(twin_.some_ids(9));
        past.emplace_back(twin_.commit(), twin_.rows);
        if (i == 1) twin_.seal();
    }
    twin_.seal();
    for (const auto& [commit, rows] : past) check_at(commit, rows);
}

/// Searched often enough, rows without sections get parts in memory, which then grow.
TEST_P(Exact, OfPartsInMemory) {
    twin_.add(300);
    twin_.commit();
    twin_.seal();
    for (int i = 0; i < 3; ++i) {
        twin_.add(301);
        twin_.remove(twin_.some_ids(5));
        twin_.commit();
        for (int asked = 0; asked < 25; ++asked)
            must(twin_.database.search(of_vector(twin_.some_vector()), with_k(1)));
        check(1);
    }
    const auto answer = must(twin_.database.search(of_vector(twin_.some_vector()), with_k(1)));
    EXPECT_LT(answer.report.rows_without_index, 400U);
}

INSTANTIATE_TEST_SUITE_P(Metrics, Exact,
                         testing::Combine(testing::Values(Metric::kL2, Metric::kInnerProduct,
                                                          Metric::kCosine),
                                          testing::Values(1U, 3U, 64U, 100U), testing::Bool()));

TEST(ExactReference, OfAFileOfThePrototype) {
    Database database = must(Database::open(std::string(REEL_REFERENCE_FOLDER) + "/store.mp4"));
    PlainRows rows;
    for (const Record& record : all_records(database))
        rows.push_back({record.id, record.text, record.metadata, record.vector});
    ASSERT_EQ(rows.size(), 5U);
    for (const PlainRow& row : rows) {
        SearchOptions options = with_k(10);
        options.recall = 1;
        const auto expected = plain_nearest(rows, database.config().metric, row.vector);
        for (int i = 0; i < 30; ++i) compare(database, row.vector, options, expected);
        options.filter = "source = \"mock\"";
        compare(database, row.vector, options, expected);
        options.filter = "source = \"other\"";
        compare(database, row.vector, options, {});
    }
    SearchOptions by_words;
    by_words.mode = SearchMode::kText;
    EXPECT_FALSE(must(database.search(of_words(words_of(rows[0].text).front()), by_words)).hits.empty());
}

}  // namespace
}  // namespace reel
