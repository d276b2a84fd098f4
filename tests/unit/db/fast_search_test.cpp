// Fast searches: enough of the true nearest, with true distances, and never too few hits.
#include "search_support.h"
#include "vector/code_builder.h"

namespace reel {
namespace {

constexpr uint32_t kDimension = 32;
constexpr size_t kRecords = 52'000;  // where partitions pay
constexpr size_t kQueries = 30;

/// Points around 200 centres.
class Clusters {
public:
    Clusters() {
        for (float& value : centres_) value = 3 * normal_(random_);
    }
    std::vector<float> point() {
        const size_t cluster = random_() % kClusters;
        std::vector<float> vector(kDimension);
        for (size_t i = 0; i < kDimension; ++i)
            vector[i] = centres_[cluster * kDimension + i] + normal_(random_);
        return vector;
    }

private:
    static constexpr size_t kClusters = 200;
    std::mt19937 random_{7};
    std::normal_distribution<float> normal_;
    std::vector<float> centres_ = std::vector<float>(kClusters * kDimension);
};

class Fast : public WithDatabase, public testing::WithParamInterface<Metric> {
protected:
    Fast() {
        std::vector<NewRecord> records;
        records.reserve(kRecords);
        for (size_t n = 0; n < kRecords; ++n) {
            const std::string metadata = "{\"n\": " + std::to_string(n) + "}";
            rows_.push_back({std::to_string(n), "", metadata, clusters_.point(), n});
            records.push_back(new_record(rows_[n].id, "", rows_[n].vector, metadata));
        }
        must(database_.add(records));
        must(database_.commit());
        must(database_.seal());
    }

    void finds_the_recall_that_is_asked_for();
    void gives_all_hits_whatever_the_filter();
    void gives_all_hits_whatever_the_knobs();
    void finds_large_parts_of_the_store();

    /// The share of the ten nearest that is found; checks number, order and distances as well.
    double recall(SearchOptions options, const Allows& allows = allow_all, size_t queries = kQueries) {
        size_t found = 0;
        size_t wanted = 0;
        for (size_t i = 0; i < queries; ++i) {
            const auto query = clusters_.point();
            const auto all = nearest(query, allows);
            const auto truth = first_of(all, options.k);
            const auto answer = must(database_.search(of_vector(query), options));
            const auto hits = plain_hits(answer.hits);
            plans_.insert(answer.report.plan);
            EXPECT_EQ(hits.size(), truth.size());
            EXPECT_TRUE(std::is_sorted(hits.begin(), hits.end(), [](const PlainHit& a, const PlainHit& b) {
                return a.distance != b.distance ? a.distance < b.distance : a.row < b.row;
            }));
            const auto is_before = [](const PlainHit& a, const PlainHit& b) {
                return a.distance != b.distance ? a.distance < b.distance : a.row < b.row;
            };
            for (const PlainHit& hit : hits) {
                EXPECT_TRUE(std::binary_search(all.begin(), all.end(), hit, is_before)) << hit.row;
                if (std::binary_search(truth.begin(), truth.end(), hit, is_before)) ++found;
            }
            wanted += truth.size();
        }
        return wanted == 0 ? 1 : static_cast<double>(found) / static_cast<double>(wanted);
    }

    [[nodiscard]] std::vector<PlainHit> nearest(std::span<const float> query, const Allows& allows) const {
        const QueryVector prepared = must(QueryVector::make(query, GetParam()));
        std::vector<PlainHit> hits;
        hits.reserve(kRecords);
        for (uint64_t i = 0; i < kRecords; ++i) {
            const auto* const row = reinterpret_cast<const std::byte*>(rows_[i].vector.data());
            if (allows(rows_[i])) hits.push_back({i, prepared.distance_to_row(row, RowOrder::kHost)});
        }
        std::sort(hits.begin(), hits.end(), [](const PlainHit& a, const PlainHit& b) {
            return a.distance != b.distance ? a.distance < b.distance : a.row < b.row;
        });
        return hits;
    }

    static SearchOptions aiming_at(double recall) {
        SearchOptions options;
        options.recall = recall;
        return options;
    }

    Clusters clusters_;
    PlainRows rows_;
    Database database_ = must(Database::create(path(), test_config(kDimension, GetParam())));
    std::set<std::string> plans_;
};

void Fast::finds_the_recall_that_is_asked_for() {
    ASSERT_GT(choose_lists(kRecords), 1U);
    for (const double target : {0.9, 0.99}) {
        EXPECT_GE(recall(aiming_at(target)), target - 0.05) << target;
    }
    EXPECT_EQ(recall(aiming_at(1), allow_all, 5), 1);
}

void Fast::gives_all_hits_whatever_the_filter() {
    SearchOptions options = aiming_at(0.95);
    const std::pair<const char*, Allows> filters[] = {
        {"n < 4", [](const PlainRow& row) { return row.n < 4; }},
        {"n < 500", [](const PlainRow& row) { return row.n < 500; }},
        {"n < 5000", [](const PlainRow& row) { return row.n < 5'000; }},
        {"n < 26000", [](const PlainRow& row) { return row.n < 26'000; }},
        {"n < 0", [](const PlainRow&) { return false; }},
    };
    for (const auto& [text, allows] : filters) {
        options.filter = text;
        EXPECT_GE(recall(options, allows, 12), 0.9) << text;
    }
}

/// Even where only one partition and one candidate are asked for.
void Fast::gives_all_hits_whatever_the_knobs() {
    SearchOptions options = with_k(200);
    options.probes = 1;
    options.rerank = 1;
    recall(options, allow_all, 5);
    EXPECT_TRUE(plans_.contains("partitions") || plans_.contains("codes"));
    options.filter = "n < 300";
    recall(
        options, [](const PlainRow& row) { return row.n < 300; }, 5);
    options.probes = 1'000'000;
    options.rerank = 1'000'000;
    EXPECT_GE(recall(
                  options, [](const PlainRow& row) { return row.n < 300; }, 3),
              0.95);
}

void Fast::finds_large_parts_of_the_store() {
    SearchOptions options = aiming_at(0.9);
    options.k = kRecords / 4;
    EXPECT_GE(recall(options, allow_all, 1), 0.85);
    options.k = kRecords + 5;
    EXPECT_EQ(recall(options, allow_all, 1), 1);
}

/// One test, as its store takes a second to build.
TEST_P(Fast, FindsEnoughAndNeverTooFew) {
    finds_the_recall_that_is_asked_for();
    gives_all_hits_whatever_the_filter();
    gives_all_hits_whatever_the_knobs();
    finds_large_parts_of_the_store();
}

INSTANTIATE_TEST_SUITE_P(Metrics, Fast, testing::Values(Metric::kL2, Metric::kInnerProduct, Metric::kCosine));

}  // namespace
}  // namespace reel
