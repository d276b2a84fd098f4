// The best rows so far.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "base/row_set.h"
#include "text/bm25.h"

namespace reel {

struct FixedHit {
    FixedScore score;
    uint64_t row;

    /// Higher scores first, then lower rows.
    [[nodiscard]] bool is_before(const FixedHit& other) const {
        return score != other.score ? score > other.score : row < other.row;
    }
};

/// Keeps the best `limit` (at least 1) of rows that come in ascending order.
class TopHits {
public:
    explicit TopHits(size_t limit) : limit_(limit) {}

    /// Only a score above this is kept; an equal one stands behind the row that has it.
    [[nodiscard]] FixedScore threshold() const { return threshold_; }

    /// `score` is above the threshold.
    void add(uint64_t row, FixedScore score) {
        const auto before = [](const FixedHit& a, const FixedHit& b) { return a.is_before(b); };
        if (hits_.size() == limit_) {
            std::pop_heap(hits_.begin(), hits_.end(), before);
            hits_.back() = {score, row};
        } else {
            hits_.push_back({score, row});
        }
        std::push_heap(hits_.begin(), hits_.end(), before);
        if (hits_.size() == limit_) threshold_ = hits_.front().score;
    }

    std::vector<FixedHit> take() {
        std::sort(hits_.begin(), hits_.end(),
                  [](const FixedHit& a, const FixedHit& b) { return a.is_before(b); });
        return std::move(hits_);
    }

private:
    size_t limit_;
    FixedScore threshold_ = -1;
    std::vector<FixedHit> hits_;  ///< a heap, the last one in front
};

/// Which rows of a part may be hits.
struct RowGate {
    RowSet live;
    RowSet filter;
    uint64_t first_row = 0;

    [[nodiscard]] bool allows(uint32_t row) const {
        return live.contains(first_row + row) && filter.contains(first_row + row);
    }
};

}  // namespace reel
