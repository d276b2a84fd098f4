// The most promising rows of many, kept without sorting them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <vector>

namespace reel {

/// A row with the lower bound of its distance, in the units of the codes.
struct Candidate {
    float key = 0;
    uint64_t row = 0;

    bool operator==(const Candidate&) const = default;
};

inline bool is_before(const Candidate& a, const Candidate& b) {
    return a.key < b.key || (a.key == b.key && a.row < b.row);
}

/// Keeps the `depth` first of all that it is offered, by key, then by row. Up to twice as many are held,
/// and the farther half is thrown away when there is no more room: cheaper than a heap, same outcome.
class Candidates {
public:
    explicit Candidates(size_t depth, float limit = std::numeric_limits<float>::max()) {
        reset(depth, limit);
    }

    void reset(size_t depth, float limit = std::numeric_limits<float>::max()) {
        depth_ = std::max<size_t>(1, depth);
        threshold_ = limit;
        kept_.clear();
    }

    /// Forgets what was kept; depth and threshold stay.
    void clear() { kept_.clear(); }

    /// A key above this need not be offered.
    [[nodiscard]] float threshold() const { return threshold_; }
    [[nodiscard]] size_t count() const { return kept_.size(); }

    void offer(float key, uint64_t row) {
        kept_.push_back({key, row});
        if (kept_.size() >= 2 * depth_ + 64) cut();
    }

    void merge(const Candidates& other) {
        for (const Candidate& candidate : other.kept_) {
            if (candidate.key <= threshold_) offer(candidate.key, candidate.row);
        }
    }

    /// The first ones, in order. Valid until the next offer.
    const std::vector<Candidate>& sort() {
        cut();
        std::sort(kept_.begin(), kept_.end(), is_before);
        return kept_;
    }

private:
    void cut() {
        if (kept_.size() <= depth_) return;
        const auto last = kept_.begin() + static_cast<std::ptrdiff_t>(depth_ - 1);
        std::nth_element(kept_.begin(), last, kept_.end(), is_before);
        kept_.resize(depth_);
        threshold_ = kept_.back().key;
    }

    size_t depth_ = 1;
    float threshold_ = 0;
    std::vector<Candidate> kept_;
};

}  // namespace reel
