// In-memory parts of an index over records that no section covers yet.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "base/try.h"

namespace reel {

/// Parts over consecutive rows from `first_row` on, merged as they come so that O(log n) stay. A part has
/// first_row and row_count. Rows only ever come at the end: the parts of a longer store serve a shorter
/// snapshot of the same one.
template <class Part>
class FreshParts {
public:
    using Parts = std::vector<Part>;

    explicit FreshParts(uint64_t first_row) : end_(first_row) {}

    /// What there is now.
    [[nodiscard]] std::shared_ptr<const Parts> parts() const {
        const std::lock_guard lock(shown_mutex_);
        return shown_;
    }

    /// Covers rows up to `end` by build(first_row, row_count, replaced parts) -> Result<Part>, in pieces that
    /// end where piece_end(first_row, end) says; no part becomes larger than a piece.
    template <class Build, class PieceEnd>
    Status cover(uint64_t end, const Build& build, const PieceEnd& piece_end) {
        const std::lock_guard building(building_);
        while (end_ < end) REEL_TRY(extend(piece_end(end_, end), build, piece_end));
        return {};
    }

    /// The same for parts that can be done without: only once rows behind the covered ones have been searched
    /// `worth` times over, and not while another thread builds.
    template <class Build>
    Status cover_when_worth(uint64_t end, double worth, const Build& build) {
        const std::unique_lock building(building_, std::try_to_lock);
        if (!building || end <= end_) return {};
        searched_rows_ += static_cast<double>(end - end_);
        if (searched_rows_ < worth * static_cast<double>(end - end_) || end - end_ < kLeastRows) return {};
        searched_rows_ = 0;
        return extend(end, build, [](uint64_t, uint64_t last) { return last; });
    }

private:
    static constexpr uint64_t kLeastRows = 256;  ///< fewer are searched as quickly without

    template <class Build, class PieceEnd>
    Status extend(uint64_t end, const Build& build, const PieceEnd& piece_end) {
        if (end <= end_) return {};
        Parts parts = *this->parts();
        Parts replaced;
        uint64_t first = end_;
        while (!parts.empty() && parts.back().row_count < 2 * (end - first) &&
               piece_end(parts.back().first_row, end) == end) {
            first = parts.back().first_row;
            replaced.insert(replaced.begin(), std::move(parts.back()));
            parts.pop_back();
        }
        REEL_ASSIGN(Part made, build(first, end - first, std::as_const(replaced)));
        parts.push_back(std::move(made));
        auto shown = std::make_shared<const Parts>(std::move(parts));
        const std::lock_guard lock(shown_mutex_);
        shown_ = std::move(shown);
        end_ = end;
        return {};
    }

    std::mutex building_;
    uint64_t end_;  ///< under building_
    double searched_rows_ = 0;
    mutable std::mutex shown_mutex_;
    std::shared_ptr<const Parts> shown_ = std::make_shared<const Parts>();
};

}  // namespace reel
