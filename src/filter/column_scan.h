// One condition asked of one column.
#pragma once

#include <cstdint>
#include <vector>

#include "filter/columns.h"

namespace reel {

/// What is known of rows, 64 a word: surely yes, or not known; else surely no.
struct RowAnswers {
    std::vector<uint64_t> yes;
    std::vector<uint64_t> unknown;  ///< empty: none; no bit is in both

    [[nodiscard]] bool has_unknown() const { return !unknown.empty(); }
};

inline size_t word_count(uint64_t rows) { return static_cast<size_t>((rows + 63) / 64); }

RowAnswers scan_column(const Column& column, const FilterCondition& condition, uint64_t row_count);

}  // namespace reel
