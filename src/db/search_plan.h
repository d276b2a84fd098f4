// Which way a search by vectors goes: through all vectors, columns, codes, or a few rows alone.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace reel {

enum class PlanKind : uint8_t {
    kNone,   ///< no record can be a hit
    kRows,   ///< the few rows that a filter leaves, exactly
    kScan,   ///< every vector
    kExact,  ///< the int8 column with proven bounds, then few vectors: the answer of a scan
    kCodes,  ///< 1-bit codes, all or those of the nearest partitions, then few vectors
};

struct PlanInput {
    uint64_t live = 0;
    uint64_t matching = 0;  ///< live rows that the filter lets through
    uint32_t dimension = 0;
    size_t k = 0;
    std::optional<double> recall = {};  ///< asked for; 1: exact
    bool has_knobs = false;             ///< probes or depth of re-ranking were given
    uint64_t column_rows = 0;           ///< that the int8 column covers
    uint64_t code_rows = 0;             ///< that codes cover
    uint64_t lists = 0;                 ///< partitions of the codes
    unsigned threads = 1;
};

struct Plan {
    PlanKind kind = PlanKind::kScan;
    double recall = 1;
    std::string reason;  ///< one sentence for people
};

/// Estimates each way's time from the bytes it reads and takes the quickest that keeps the asked recall. None
/// asked: exact where that takes kExactBudgetMs or less, else kDefaultRecall.
Plan plan_search(const PlanInput& input);

inline constexpr double kExactBudgetMs = 2;
inline constexpr double kDefaultRecall = 0.99;

}  // namespace reel
