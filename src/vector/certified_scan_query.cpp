#include "vector/certified_scan_query.h"

#include <algorithm>
#include <array>

namespace reel {

/// Rows judged at once.
inline constexpr size_t kMostMargins = 128;

void CandidateList::judge(const Int8Column::Block& block, uint64_t first_row, size_t first_of_block,
                          std::span<const int32_t> sums) {
    std::array<double, kMostMargins> margins;
    const float limit_now = query_.limit.load(std::memory_order_relaxed);
    query_.bounds.compute_margins(block, first_of_block, sums, limit_now, {margins.data(), sums.size()});
    for (size_t i = 0; i < sums.size(); ++i) {
        if (margins[i] < 0) continue;
        const Candidate candidate{first_row + i,
                                  query_.bounds.coarse_bound(sums[i], block.factors(first_of_block + i))};
        if (candidate.bound > static_cast<double>(limit_now) || !input_.is_wanted(candidate.row)) continue;
        candidates_.push_back(candidate);
    }
}

void CandidateList::end_block(size_t rows) {
    judged_ += rows;
    if (judged_ < next_tighten_ && candidates_.size() <= input_.most_candidates) return;
    tighten();
    next_tighten_ = std::max<uint64_t>(4 * judged_, 4 * input_.k);
    if (candidates_.size() > input_.most_candidates)
        query_.is_given_up.store(true, std::memory_order_relaxed);
}

void CandidateList::offer(std::span<const uint64_t> rows) {
    offer_rows(input_.truth, query_.exact, rows, input_.rows, nearest_);
    query_.lower_limit(nearest_.limit());
    exact_vectors_ += rows.size();
}

void CandidateList::merge(CandidateList& other) {
    nearest_.merge(other.nearest_);
    query_.lower_limit(nearest_.limit());
    candidates_.insert(candidates_.end(), other.candidates_.begin(), other.candidates_.end());
    exact_vectors_ += other.exact_vectors_;
    other.candidates_ = {};
}

void CandidateList::drop_excluded() {
    std::erase_if(candidates_, [this](const Candidate& c) { return is_out(c); });
}

void CandidateList::tighten() {
    drop_excluded();
    // A bound that is not a number says nothing, so it comes first.
    const auto is_promising = [](const Candidate& a, const Candidate& b) {
        if (a.bound != a.bound || b.bound != b.bound) return a.bound != a.bound && b.bound == b.bound;
        return a.bound < b.bound;
    };
    const size_t count = std::min(input_.k, candidates_.size());
    const auto middle = candidates_.begin() + static_cast<std::ptrdiff_t>(count);
    std::nth_element(candidates_.begin(), middle, candidates_.end(), is_promising);
    std::vector<uint64_t> rows(count);
    for (size_t i = 0; i < count; ++i) rows[i] = candidates_[i].row;
    std::sort(rows.begin(), rows.end());
    candidates_.erase(candidates_.begin(), middle);
    offer(rows);
    drop_excluded();
}

}  // namespace reel
