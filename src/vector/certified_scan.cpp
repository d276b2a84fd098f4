#include "vector/certified_scan.h"

#include <algorithm>
#include <array>
#include <memory>
#include <numeric>
#include <string>

#include "base/try.h"
#include "vector/certified_scan_query.h"
#include "vector/scan_threads.h"

namespace reel {
namespace {

/// Rows whose high codes stay in the first cache while all queries pass over them.
constexpr size_t kStripRows = 128;
/// Queries that pass over the columns together; bounds the memory of their candidates.
constexpr size_t kQueriesTogether = 64;
/// Where more than this part of the rows is left by the high codes, reading all of them in order is faster.
constexpr uint64_t kMostLeft = 8;
/// Candidates that are always allowed: so few rows are no reason to give up.
constexpr uint64_t kFewCandidates = 256;
/// Exact vectors read before the limit is looked at again.
constexpr size_t kReadTogether = 8;

/// A piece of work: a block of a part, or rows that no part covers.
struct Piece {
    const Int8Part* part = nullptr;
    uint64_t block = 0;
    uint64_t first_row = 0;
    uint64_t rows = 0;
};

Status check_parts(const VectorSource& truth, std::span<const Int8Part> parts) {
    uint64_t end = 0;
    for (const Int8Part& part : parts) {
        const bool is_column = part.column != nullptr && part.column->dimension() == truth.dimension() &&
                               part.column->row_count() == part.row_count;
        if (!is_column || part.first_row < end || part.row_count > UINT64_MAX - part.first_row) {
            return fail(ErrorCode::kInvalidArgument,
                        "the int8 column of rows from " + std::to_string(part.first_row) +
                            " on overlaps another or has other rows or another dimension than the vectors");
        }
        end = part.first_row + part.row_count;
    }
    return {};
}

void add_uncovered(uint64_t first, uint64_t end, std::vector<Piece>& pieces) {
    for (; first < end; first += kInt8BlockRows) {
        pieces.push_back({nullptr, 0, first, std::min<uint64_t>(kInt8BlockRows, end - first)});
    }
}

std::vector<Piece> divide(std::span<const Int8Part> parts, uint64_t row_count) {
    std::vector<Piece> pieces;
    pieces.reserve(row_count / kInt8BlockRows + 2 * parts.size() + 1);
    uint64_t covered = 0;
    for (const Int8Part& part : parts) {
        if (part.first_row >= row_count) break;
        add_uncovered(covered, part.first_row, pieces);
        covered = std::min(row_count, part.first_row + part.row_count);
        for (uint64_t first = part.first_row, block = 0; first < covered; first += kInt8BlockRows, ++block) {
            pieces.push_back({&part, block, first, std::min<uint64_t>(kInt8BlockRows, covered - first)});
        }
    }
    add_uncovered(covered, row_count, pieces);
    return pieces;
}

/// Some queries over all rows.
class CertifiedScan {
public:
    CertifiedScan(const VectorSource& truth, std::span<const Int8Part> parts, std::span<const float> queries,
                  Metric metric, size_t k, const RowSet& rows, const CertifiedOptions& options)
        : parts_(parts),
          queries_(queries),
          metric_(metric),
          options_(options),
          row_bytes_(nibble_row_bytes(truth.dimension())),
          row_count_(std::min(truth.row_count(), rows.row_count)),
          seeds_(options.seeds.begin(), options.seeds.end()),
          input_{truth, rows, k, {}, 0},
          pieces_(divide(parts, row_count_)) {
        std::sort(seeds_.begin(), seeds_.end());
        seeds_.erase(std::unique(seeds_.begin(), seeds_.end()), seeds_.end());
    }

    Result<std::vector<std::vector<Neighbor>>> run() {
        REEL_TRY(prepare());
        const unsigned threads = count_scan_threads(count_bytes(), pieces_.size(), options_.threads);
        input_.most_candidates = std::max<uint64_t>(std::max<uint64_t>(kFewCandidates, 2 * input_.k),
                                                    row_count_ / kMostLeft / threads);
        start_threads(threads);
        run_on_threads(threads, [this](unsigned i) { scan_pieces(threads_[i]); });
        if (is_cancelled()) return fail(ErrorCode::kInterrupted, "the search was stopped");

        std::vector<std::vector<Neighbor>> answers(query_.size());
        run_on_threads(std::min(threads, static_cast<unsigned>(query_.size())),
                       [&](unsigned i) { finish_queries(threads_[i].stats, answers); });
        if (is_cancelled()) return fail(ErrorCode::kInterrupted, "the search was stopped");
        for (size_t q = 0; q < answers.size(); ++q) {
            if (!query_[q]->is_given_up) continue;
            REEL_ASSIGN(answers[q],
                        flat_scan(input_.truth, query_floats(q), metric_, input_.k, input_.rows, options_));
            threads_[0].stats.exact_vectors += row_count_;
        }
        if (options_.stats != nullptr) {
            for (const Thread& thread : threads_) options_.stats->add(thread.stats);
        }
        return answers;
    }

private:
    struct Thread {
        std::vector<CandidateList> lists;  ///< one a query
        ScanStats stats;
    };

    [[nodiscard]] std::span<const float> query_floats(size_t q) const {
        const size_t dimension = input_.truth.dimension();
        return queries_.subspan(q * dimension, dimension);
    }

    [[nodiscard]] bool is_cancelled() const {
        return options_.cancel != nullptr && options_.cancel->load(std::memory_order_relaxed);
    }

    Status prepare() {
        const Kernel* kernel = options_.kernel;
        if (kernel == nullptr) {
            REEL_ASSIGN(kernel, choose_kernel());
        }
        dots_ = nibble_kernel_for(*kernel).dots;
        const size_t count = queries_.size() / input_.truth.dimension();
        query_.reserve(count);
        for (size_t q = 0; q < count; ++q) {
            REEL_ASSIGN(const auto prepared, QueryVector::make(query_floats(q), metric_, kernel));
            query_.push_back(std::make_unique<CertifiedQuery>(prepared, query_floats(q)));
            query_.back()->lower_limit(options_.max_distance);
            // So many of the rows are wanted that bounds cannot leave many out.
            if (input_.k >= row_count_ / kMostLeft && row_count_ / kMostLeft >= kFewCandidates)
                query_.back()->is_given_up = true;
        }
        return {};
    }

    /// What all queries together read.
    [[nodiscard]] uint64_t count_bytes() const {
        uint64_t bytes = 0;
        for (const Piece& piece : pieces_) {
            bytes +=
                piece.rows * (piece.part != nullptr ? row_bytes_ : input_.truth.dimension() * sizeof(float));
        }
        return bytes * query_.size();
    }

    [[nodiscard]] bool is_given_up() const {
        return std::all_of(query_.begin(), query_.end(), [](const auto& query) {
            return query->is_given_up.load(std::memory_order_relaxed);
        });
    }

    void start_threads(unsigned threads) {
        threads_.resize(threads);
        for (Thread& thread : threads_) {
            thread.lists.reserve(query_.size());
            for (const auto& query : query_) {
                thread.lists.emplace_back(input_, *query, options_.max_distance);
            }
        }
        if (seeds_.empty() || query_.front()->is_given_up) return;
        threads_[0].lists[0].offer(seeds_);
        input_.seeds = seeds_;
    }

    void scan_pieces(Thread& thread) {
        for (;;) {
            const size_t next = next_piece_.fetch_add(1, std::memory_order_relaxed);
            if (next >= pieces_.size() || is_given_up() || is_cancelled()) return;
            const Piece& piece = pieces_[next];
            Int8Column::Block block;
            if (piece.part == nullptr) {
                scan_truth(thread, piece);
            } else if (!piece.part->column->read_block(piece.block, block)) {
                ++thread.stats.damaged_blocks;
                scan_truth(thread, piece);
            } else {
                scan_block(thread, piece, block);
            }
        }
    }

    void scan_truth(Thread& thread, const Piece& piece) {
        std::vector<uint64_t> rows;
        rows.reserve(piece.rows);
        for (uint64_t row = piece.first_row; row < piece.first_row + piece.rows; ++row) {
            if (input_.is_wanted(row)) rows.push_back(row);
        }
        for (size_t q = 0; q < query_.size(); ++q) {
            if (!query_[q]->is_given_up.load(std::memory_order_relaxed)) thread.lists[q].offer(rows);
        }
    }

    void scan_block(Thread& thread, const Piece& piece, const Int8Column::Block& block) {
        std::array<int32_t, kStripRows> sums;
        for (size_t first = 0; first < piece.rows; first += kStripRows) {
            const size_t count = std::min<size_t>(kStripRows, piece.rows - first);
            for (size_t q = 0; q < query_.size(); ++q) {
                if (query_[q]->is_given_up.load(std::memory_order_relaxed)) continue;
                dots_(query_[q]->bounds.coarse().data(), row_bytes_, block.high + first * row_bytes_, count,
                      sums.data());
                thread.lists[q].judge(block, piece.first_row + first, first, {sums.data(), count});
            }
        }
        thread.stats.column_rows += piece.rows;
        thread.stats.column_bytes += piece.rows * (row_bytes_ + 3 * sizeof(float));
        for (size_t q = 0; q < query_.size(); ++q) {
            if (!query_[q]->is_given_up.load(std::memory_order_relaxed))
                thread.lists[q].end_block(piece.rows);
        }
    }

    void finish_queries(ScanStats& stats, std::vector<std::vector<Neighbor>>& answers) {
        for (;;) {
            const size_t q = next_query_.fetch_add(1, std::memory_order_relaxed);
            if (q >= query_.size() || is_cancelled()) return;
            CandidateList& list = threads_[0].lists[q];
            for (size_t i = 1; i < threads_.size(); ++i) list.merge(threads_[i].lists[q]);
            if (!query_[q]->is_given_up) finish(q, list, stats);
            stats.exact_vectors += list.exact_vectors();
            answers[q] = list.nearest().take();
        }
    }

    /// Judges what is left by both planes, then reads the truth in the order of the bounds, until no bound is
    /// low enough any more.
    void finish(size_t q, CandidateList& list, ScanStats& stats) {
        list.tighten();
        auto& candidates = list.candidates();
        std::sort(candidates.begin(), candidates.end(),
                  [](const auto& a, const auto& b) { return a.row < b.row; });
        judge_low_codes(query_[q]->bounds, candidates, stats);
        std::erase_if(candidates, [&](const auto& c) { return list.is_out(c); });
        std::sort(candidates.begin(), candidates.end(),
                  [](const auto& a, const auto& b) { return a.bound < b.bound; });
        std::vector<uint64_t> rows;
        for (size_t at = 0; at < candidates.size() && !list.is_out(candidates[at]) && !is_cancelled();) {
            rows.clear();
            for (; at < candidates.size() && rows.size() < kReadTogether; ++at)
                rows.push_back(candidates[at].row);
            std::sort(rows.begin(), rows.end());
            list.offer(rows);
        }
    }

    /// Raises the bounds of candidates, which are in the order of their rows.
    void judge_low_codes(const DistanceBounds& bounds, std::vector<CandidateList::Candidate>& candidates,
                         ScanStats& stats) const {
        auto part = parts_.begin();
        uint64_t damaged_group = UINT64_MAX;
        Int8Column::Block block;
        for (size_t i = 0; i < candidates.size(); ++i) {
            auto& candidate = candidates[i];
            while (candidate.row - part->first_row >= part->row_count) ++part;
            const uint64_t row = candidate.row - part->first_row;
            const uint64_t number = row / kInt8BlockRows;
            const size_t row_of_block = row % kInt8BlockRows;
            if (!part->column->read_block(number, block)) continue;  // never: its rows are no candidates
            const bool is_whole = part->column->has_low(number, block, row_of_block);
            const uint64_t group = candidate.row / kInt8GroupRows;
            stats.damaged_blocks += is_whole || group == damaged_group ? 0 : 1;
            if (!is_whole) damaged_group = group;
            const Int8Factors factors = block.factors(row_of_block);
            candidate.bound = is_whole ? fine_bound(bounds, block, row_of_block, factors)
                                       : -std::numeric_limits<double>::infinity();
            // Numbers only: they are to be sorted.
            if (!(candidate.bound == candidate.bound))
                candidate.bound = -std::numeric_limits<double>::infinity();
            stats.column_bytes += is_whole ? row_bytes_ : 0;
        }
    }

    double fine_bound(const DistanceBounds& bounds, const Int8Column::Block& block, size_t row,
                      const Int8Factors& factors) const {
        const std::byte* high = block.high + row * row_bytes_;
        const std::byte* low = block.low + row * row_bytes_;
        DistanceBounds::FineSums sums;
        dots_(bounds.coarse().data(), row_bytes_, high, 1, &sums.coarse_high);
        dots_(bounds.rest().data(), row_bytes_, high, 1, &sums.rest_high);
        dots_(bounds.coarse().data(), row_bytes_, low, 1, &sums.coarse_low);
        dots_(bounds.rest().data(), row_bytes_, low, 1, &sums.rest_low);
        return bounds.fine_bound(sums, factors);
    }

    std::span<const Int8Part> parts_;
    std::span<const float> queries_;
    Metric metric_;
    const CertifiedOptions& options_;
    size_t row_bytes_;
    uint64_t row_count_;
    std::vector<uint64_t> seeds_;
    CertifiedInput input_;
    std::vector<Piece> pieces_;
    NibbleDots dots_ = nullptr;
    std::vector<std::unique_ptr<CertifiedQuery>> query_;
    std::vector<Thread> threads_;
    std::atomic<size_t> next_piece_{0};
    std::atomic<size_t> next_query_{0};
};

}  // namespace

Result<std::vector<Neighbor>> certified_scan(const VectorSource& truth, std::span<const Int8Part> parts,
                                             std::span<const float> query, Metric metric, size_t k,
                                             const RowSet& rows, const CertifiedOptions& options) {
    REEL_TRY(check_scan(query, truth.dimension(), k, options));
    REEL_TRY(check_parts(truth, parts));
    REEL_ASSIGN(auto answers, CertifiedScan(truth, parts, query, metric, k, rows, options).run());
    return std::move(answers.front());
}

Result<std::vector<std::vector<Neighbor>>> certified_scan_batch(const VectorSource& truth,
                                                                std::span<const Int8Part> parts,
                                                                std::span<const float> queries, Metric metric,
                                                                size_t k, const RowSet& rows,
                                                                const CertifiedOptions& options) {
    const size_t dimension = truth.dimension();
    const size_t count = queries.size() / std::max<size_t>(1, dimension);
    if (count * dimension != queries.size() || !options.seeds.empty()) {
        return fail(ErrorCode::kInvalidArgument,
                    options.seeds.empty()
                        ? "the batch of queries has " + std::to_string(queries.size()) +
                              " numbers, which is no multiple of the dimension " + std::to_string(dimension)
                        : "a batch of queries takes no seeds");
    }
    REEL_TRY(check_parts(truth, parts));
    std::vector<std::vector<Neighbor>> all;
    all.reserve(count);
    for (size_t first = 0; first < count; first += kQueriesTogether) {
        const size_t together = std::min(kQueriesTogether, count - first);
        const auto some = queries.subspan(first * dimension, together * dimension);
        REEL_TRY(check_scan(some.first(dimension), dimension, k, options));
        REEL_ASSIGN(auto answers, CertifiedScan(truth, parts, some, metric, k, rows, options).run());
        std::move(answers.begin(), answers.end(), std::back_inserter(all));
    }
    return all;
}

}  // namespace reel
