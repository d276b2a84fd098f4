// What one thread knows of one query while it goes over the columns.
#pragma once

#include <atomic>
#include <span>
#include <vector>

#include "vector/certified_scan.h"
#include "vector/certified_scan_bounds.h"
#include "vector/rank_rows.h"

namespace reel {

/// A query, shared by all threads.
struct CertifiedQuery {
    CertifiedQuery(const QueryVector& prepared, std::span<const float> query)
        : exact(prepared), bounds(query, prepared.metric()) {}

    /// A distance that k rows are known not to exceed (or the largest that was asked for).
    void lower_limit(float to) {
        float now = limit.load(std::memory_order_relaxed);
        while (to < now && !limit.compare_exchange_weak(now, to, std::memory_order_relaxed)) {
        }
    }

    QueryVector exact;
    DistanceBounds bounds;
    std::atomic<float> limit{std::numeric_limits<float>::max()};
    std::atomic<bool> is_given_up{false};  ///< the bounds exclude too little: flat_scan() is faster
};

/// What every part of a search needs.
struct CertifiedInput {
    const VectorSource& truth;
    const RowSet& rows;
    size_t k = 0;
    std::span<const uint64_t> seeds;  ///< ascending; known before the scan begins
    size_t most_candidates = 0;       ///< of one thread and query; more, and the query is given up

    [[nodiscard]] bool is_wanted(uint64_t row) const {
        return rows.contains(row) && !std::binary_search(seeds.begin(), seeds.end(), row);
    }
};

class CandidateList {
public:
    struct Candidate {
        uint64_t row = 0;
        double bound = 0;  ///< the distance is not below this
    };

    CandidateList(const CertifiedInput& input, CertifiedQuery& query, float max_distance)
        : input_(input), query_(query), nearest_(input.k, max_distance) {}

    /// Judges rows of a block by their sums with the coarse query.
    void judge(const Int8Column::Block& block, uint64_t first_row, size_t first_of_block,
               std::span<const int32_t> sums);
    /// To be called when all rows of a block are judged: looks at the most promising rows, in ever longer
    /// intervals, which lowers the limit for all that come.
    void end_block(size_t rows);
    /// Compares rows of the truth.
    void offer(std::span<const uint64_t> rows);
    /// Everything of another thread's list.
    void merge(CandidateList& other);
    /// Reads the k most promising candidates and drops those that are out.
    void tighten();

    [[nodiscard]] std::vector<Candidate>& candidates() { return candidates_; }
    [[nodiscard]] TopK& nearest() { return nearest_; }
    [[nodiscard]] uint64_t exact_vectors() const { return exact_vectors_; }
    [[nodiscard]] double limit() const {
        return static_cast<double>(query_.limit.load(std::memory_order_relaxed));
    }
    [[nodiscard]] bool is_out(const Candidate& candidate) const { return candidate.bound > limit(); }

private:
    void drop_excluded();

    const CertifiedInput& input_;
    CertifiedQuery& query_;
    TopK nearest_;
    std::vector<Candidate> candidates_;
    uint64_t judged_ = 0;
    uint64_t next_tighten_ = 1;  ///< when as many rows are judged
    uint64_t exact_vectors_ = 0;
};

}  // namespace reel
