#include "vector/flat_scan.h"

#include <array>
#include <cmath>
#include <functional>
#include <string>

#include "base/try.h"
#include "vector/query_vector.h"
#include "vector/scan_threads.h"

namespace reel {
namespace {

/// Rows located and compared at once; a thread takes as many at a time.
constexpr size_t kBlockRows = 512;

struct ScanInput {
    uint64_t row_count = 0;
    size_t dimension = 0;
    RowOrder order = RowOrder::kBigEndian;
    std::function<void(uint64_t, std::span<const std::byte*>)> locate;
};

class Scan {
public:
    Scan(const ScanInput& input, const QueryVector& query, size_t k, const RowSet& rows,
         const ScanOptions& options)
        : input_(input),
          query_(query),
          k_(k),
          rows_(rows),
          max_distance_(options.max_distance),
          cancel_(options.cancel),
          row_count_(std::min(input.row_count, rows.row_count)) {}

    Result<std::vector<Neighbor>> run(unsigned threads) {
        std::vector<TopK> nearest(threads, TopK(k_, max_distance_));
        run_on_threads(threads, [&](unsigned i) { scan_blocks(nearest[i]); });
        if (is_cancelled()) return fail(ErrorCode::kInterrupted, "the search was stopped");
        for (unsigned i = 1; i < threads; ++i) nearest[0].merge(nearest[i]);
        return nearest[0].take();
    }

private:
    void scan_blocks(TopK& nearest) {
        for (;;) {
            const uint64_t first = next_row_.fetch_add(kBlockRows, std::memory_order_relaxed);
            if (first >= row_count_ || is_cancelled()) return;
            scan_block(first, static_cast<size_t>(std::min<uint64_t>(kBlockRows, row_count_ - first)),
                       nearest);
        }
    }

    void scan_block(uint64_t first, size_t count, TopK& nearest) const {
        std::array<const std::byte*, kBlockRows> located;
        std::array<float, kBlockRows> distances;
        const std::span<const std::byte*> block(located.data(), count);
        input_.locate(first, block);
        if (!rows_.excluded.empty()) {
            for (size_t i = 0; i < count; ++i) {
                if (!rows_.contains(first + i)) block[i] = nullptr;
            }
        }
        query_.distances(block, input_.order, {distances.data(), count});
        for (size_t i = 0; i < count; ++i) nearest.offer(first + i, distances[i]);
    }

    [[nodiscard]] bool is_cancelled() const {
        return cancel_ != nullptr && cancel_->load(std::memory_order_relaxed);
    }

    const ScanInput& input_;
    const QueryVector& query_;
    size_t k_;
    const RowSet& rows_;
    float max_distance_;
    const std::atomic<bool>* cancel_;
    uint64_t row_count_;
    std::atomic<uint64_t> next_row_{0};
};

unsigned count_threads(const ScanInput& input, unsigned asked) {
    return count_scan_threads(input.row_count * input.dimension * sizeof(float),
                              input.row_count / kBlockRows + 1, asked);
}

}  // namespace

Status check_scan(std::span<const float> query, size_t dimension, size_t k, const ScanOptions& options) {
    if (k == 0) return fail(ErrorCode::kInvalidArgument, "k is 0; ask for at least one nearest record");
    if (query.size() != dimension) {
        return fail(ErrorCode::kInvalidArgument, "the query vector has " + std::to_string(query.size()) +
                                                     " dimensions, the stored vectors have " +
                                                     std::to_string(dimension) +
                                                     "; embed the query with the store's model");
    }
    if (std::isnan(options.max_distance)) {
        return fail(ErrorCode::kInvalidArgument, "the largest distance asked for is NaN; give a number");
    }
    return {};
}

namespace {

Result<std::vector<Neighbor>> scan(const ScanInput& input, std::span<const float> query, Metric metric,
                                   size_t k, const RowSet& rows, const ScanOptions& options) {
    REEL_TRY(check_scan(query, input.dimension, k, options));
    REEL_ASSIGN(const auto prepared, QueryVector::make(query, metric, options.kernel));
    return Scan(input, prepared, k, rows, options).run(count_threads(input, options.threads));
}

}  // namespace

Result<std::vector<Neighbor>> flat_scan(const VectorSource& source, std::span<const float> query,
                                        Metric metric, size_t k, const RowSet& rows,
                                        const ScanOptions& options) {
    const ScanInput input{
        source.row_count(), source.dimension(), RowOrder::kBigEndian,
        [&source](uint64_t first, std::span<const std::byte*> out) { source.locate(first, out); }};
    return scan(input, query, metric, k, rows, options);
}

Result<std::vector<Neighbor>> flat_scan(const HostRows& source, std::span<const float> query, Metric metric,
                                        size_t k, const RowSet& rows, const ScanOptions& options) {
    const ScanInput input{source.row_count, source.dimension, RowOrder::kHost,
                          [&source](uint64_t first, std::span<const std::byte*> out) {
                              for (size_t i = 0; i < out.size(); ++i) out[i] = source.row(first + i);
                          }};
    return scan(input, query, metric, k, rows, options);
}

}  // namespace reel
