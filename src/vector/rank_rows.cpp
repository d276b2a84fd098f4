#include "vector/rank_rows.h"

#include <algorithm>
#include <array>

#include "base/try.h"
#include "vector/scan_threads.h"

namespace reel {
namespace {

/// Rows located and compared at once; a thread takes as many at a time.
constexpr size_t kPieceRows = 512;

/// How many numbers from the front of `list` on follow one another.
size_t count_run(std::span<const uint64_t> list) {
    size_t run = 1;
    while (run < list.size() && list[run] == list[0] + run) ++run;
    return run;
}

/// The rows from list[first] on, kPieceRows at most.
void offer_piece(const VectorSource& source, const QueryVector& query, std::span<const uint64_t> list,
                 size_t first, const RowSet& rows, TopK& nearest) {
    const uint64_t row_count = std::min(source.row_count(), rows.row_count);
    std::span<const uint64_t> piece = list.subspan(first, std::min(kPieceRows, list.size() - first));
    piece = piece.first(
        static_cast<size_t>(std::lower_bound(piece.begin(), piece.end(), row_count) - piece.begin()));
    std::array<const std::byte*, kPieceRows> located;
    std::array<float, kPieceRows> distances;
    for (size_t at = 0; at < piece.size();) {
        const size_t run = count_run(piece.subspan(at));
        source.locate(piece[at], {&located[at], run});
        at += run;
    }
    for (size_t i = 0; i < piece.size(); ++i) {
        const bool is_again = first + i > 0 && piece[i] == list[first + i - 1];
        if (is_again || !rows.contains(piece[i])) located[i] = nullptr;
    }
    query.distances({located.data(), piece.size()}, RowOrder::kBigEndian, {distances.data(), piece.size()});
    for (size_t i = 0; i < piece.size(); ++i) nearest.offer(piece[i], distances[i]);
}

}  // namespace

void offer_rows(const VectorSource& source, const QueryVector& query, std::span<const uint64_t> list,
                const RowSet& rows, TopK& nearest) {
    for (size_t first = 0; first < list.size(); first += kPieceRows) {
        offer_piece(source, query, list, first, rows, nearest);
    }
}

Result<std::vector<Neighbor>> rank_rows(const VectorSource& source, std::span<const uint64_t> list,
                                        std::span<const float> query, Metric metric, size_t k,
                                        const RowSet& rows, const ScanOptions& options) {
    REEL_TRY(check_scan(query, source.dimension(), k, options));
    REEL_ASSIGN(const auto prepared, QueryVector::make(query, metric, options.kernel));
    const uint64_t pieces = (list.size() + kPieceRows - 1) / kPieceRows;
    const unsigned threads =
        count_scan_threads(list.size() * source.dimension() * sizeof(float), pieces, options.threads);
    std::vector<TopK> nearest(threads, TopK(k, options.max_distance));
    std::atomic<uint64_t> next{0};
    std::atomic<bool> is_cancelled{false};
    run_on_threads(threads, [&](unsigned thread) {
        for (uint64_t piece = next.fetch_add(1); piece < pieces; piece = next.fetch_add(1)) {
            if (options.cancel != nullptr && options.cancel->load(std::memory_order_relaxed)) {
                is_cancelled = true;
                return;
            }
            offer_piece(source, prepared, list, piece * kPieceRows, rows, nearest[thread]);
        }
    });
    if (is_cancelled) return fail(ErrorCode::kInterrupted, "the search was stopped");
    for (unsigned i = 1; i < threads; ++i) nearest[0].merge(nearest[i]);
    return nearest[0].take();
}

}  // namespace reel
