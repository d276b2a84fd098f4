// What sealing costs: bytes written for each byte of data, and how much an opener may have to replay.
//
// "Data" are the payloads of the records that were written, replaced ones included: the vector's floats,
// the JSON with its doc_id, the text. "Written" is every byte of every write, also where one goes over
// another: headers, fragments, sections, movies, covers, trailer. The factors come out as properties of the
// tests: reel_store_test --gtest_filter='SealPolicy.*' --gtest_output=json:factors.json
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "support/counting_file.h"
#include "support/sparse_file.h"
#include "support/store_builder.h"

namespace reel {
namespace {

// Sanitizers make this ten times slower, and they look for other things than amounts.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr uint64_t kScale = 10;
#else
constexpr uint64_t kScale = 1;
#endif
constexpr uint64_t kRecords = 200'000 / kScale;

struct Shape {
    uint32_t dimension = 384;
    size_t text_bytes = 100;
};
constexpr Shape kUsual{};
constexpr Shape kSmall{8, 48};  ///< 114 bytes of data
constexpr Shape kTiny{2, 0};    ///< 42 bytes of data

/// A store that is written to; after each commit it is held against the bounds of an opening.
class Workload {
public:
    explicit Workload(Shape shape) : text_(shape.text_bytes, 'x'), vector_(shape.dimension, 0.5F) {
        auto file = std::make_unique<SparseFile>(uint64_t{2} << 30U);
        writer_ = must(Writer::create_on(std::make_unique<CountingFile>(std::move(file), written_),
                                         test_config(shape.dimension)));
    }

    void add(const std::string& id) {
        const std::string metadata = "{\"doc_id\": \"" + id + "\", \"n\": 1}";
        must(writer_->append(id, vector_, metadata, text_));
        data_ += 4 * vector_.size() + metadata.size() + text_.size();
    }

    void replace(const std::string& id) {
        if (const auto number = must(writer_->find_number(id))) must(writer_->remove(*number));
        add(id);
    }

    void commit() {
        must(writer_->commit());
        check_opening();
    }

    void close() { must(writer_->close()); }

    [[nodiscard]] double factor() const { return static_cast<double>(written_) / static_cast<double>(data_); }
    [[nodiscard]] uint64_t most_commits() const { return most_commits_; }
    [[nodiscard]] uint64_t most_bytes() const { return most_bytes_; }

private:
    /// An opening replays what stands behind the newest movie.
    void check_opening() {
        const auto snapshot = must(writer_->snapshot());
        const uint64_t behind = snapshot->bytes().size() - snapshot->sealed()->movie_end;
        commits_behind_ = behind == 0 ? 0 : commits_behind_ + 1;
        most_commits_ = std::max(most_commits_, commits_behind_);
        most_bytes_ = std::max(most_bytes_, behind);
        const uint64_t records = snapshot->count();
        const uint64_t tombstones = records - snapshot->live_count();
        const uint64_t seal_bytes =
            2048 + 32 * records + 32 * (records - snapshot->sealed_count()) + 16 * tombstones;
        ASSERT_LT(behind, std::max(uint64_t{1} << 20U, 4 * seal_bytes)) << records << " records";
    }

    std::string text_;
    std::vector<float> vector_;
    uint64_t written_ = 0;
    uint64_t data_ = 0;
    uint64_t commits_behind_ = 0;
    uint64_t most_commits_ = 0;
    uint64_t most_bytes_ = 0;
    std::unique_ptr<Writer> writer_;  ///< last, as it counts into `written_` to its end
};

void report(const Workload& workload, uint64_t batch) {
    const std::string prefix = "commits_of_" + std::to_string(batch);
    testing::Test::RecordProperty(prefix + "_written_per_byte", std::to_string(workload.factor()));
    testing::Test::RecordProperty(prefix + "_most_commits_to_replay",
                                  std::to_string(workload.most_commits()));
    testing::Test::RecordProperty(prefix + "_most_bytes_to_replay", std::to_string(workload.most_bytes()));
}

double add_in_batches(Shape shape, uint64_t batch) {
    Workload workload(shape);
    for (uint64_t n = 0; n < kRecords; ++n) {
        workload.add("record-" + std::to_string(n));
        if ((n + 1) % batch == 0) workload.commit();
        if (testing::Test::HasFatalFailure()) return 0;
    }
    report(workload, batch);
    workload.close();
    return workload.factor();
}

/// Replaces each of `ids` records `rounds` times, `batch` of them a commit.
double replace_over_and_over(Shape shape, uint64_t ids, uint64_t rounds, uint64_t batch) {
    Workload workload(shape);
    for (uint64_t n = 0; n < ids * rounds; ++n) {
        workload.replace("record-" + std::to_string(n % ids));
        if ((n + 1) % batch == 0) workload.commit();
        if (testing::Test::HasFatalFailure()) return 0;
    }
    report(workload, batch);
    workload.close();
    return workload.factor();
}

TEST(SealPolicy, WritesAtMostThreeTimesTheDataWhereEachRecordIsACommit) {
    EXPECT_LT(add_in_batches(kUsual, 1), 3);
}

TEST(SealPolicy, WritesAtMostThreeTimesTheDataInCommitsOfAHundred) {
    EXPECT_LT(add_in_batches(kUsual, 100), 3);
}

TEST(SealPolicy, WritesAtMostThreeTimesTheDataInCommitsOfTenThousand) {
    EXPECT_LT(add_in_batches(kUsual, 10'000), 3);
}

TEST(SealPolicy, WritesAtMostThreeTimesTheDataWhereRecordsAreReplacedOverAndOver) {
    EXPECT_LT(replace_over_and_over(kUsual, 1000, kRecords / 1000, 1), 3);
    EXPECT_LT(replace_over_and_over(kUsual, 1000, kRecords / 1000, 1000), 3);
}

// Records this small are outweighed by the boxes, fragments and table rows that each has.
TEST(SealPolicy, BoundsOpeningAndFactorForSmallRecords) {
    EXPECT_LT(add_in_batches(kSmall, 1), 8);
    EXPECT_LT(add_in_batches(kSmall, 100), 6);
    EXPECT_LT(add_in_batches(kSmall, 10'000), 6);
}

TEST(SealPolicy, BoundsOpeningAndFactorForTinyRecords) {
    EXPECT_LT(add_in_batches(kTiny, 1), 20);
    EXPECT_LT(add_in_batches(kTiny, 100), 12);
    EXPECT_LT(add_in_batches(kTiny, 10'000), 12);
}

TEST(SealPolicy, BoundsOpeningAndFactorWhereTinyRecordsAreReplaced) {
    EXPECT_LT(replace_over_and_over(kTiny, 1000, kRecords / 1000, 1), 20);
    EXPECT_LT(replace_over_and_over(kTiny, 1000, kRecords / 1000, 1000), 12);
}

}  // namespace
}  // namespace reel
