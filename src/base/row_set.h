// A view of which rows count: what a search may return.
#pragma once

#include <cstdint>
#include <span>

namespace reel {

/// Rows [0, row_count) less those whose bit is set in `excluded` (64 rows a
/// word, lowest bit first; may be shorter than row_count, the rest counts).
struct RowSet {
    uint64_t row_count = 0;
    std::span<const uint64_t> excluded;

    [[nodiscard]] bool contains(uint64_t row) const {
        const uint64_t word = row / 64;
        return row < row_count && (word >= excluded.size() || ((excluded[word] >> (row % 64)) & 1U) == 0);
    }
};

}  // namespace reel
