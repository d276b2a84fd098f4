#include "vector/code_search_effort.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <span>

namespace reel {
namespace {

/// Of what a search may miss, these shares are left to the candidates' ranks and to the lists. The rest is
/// for queries that are less like the rows than those of the calibration.
constexpr double kMissedByRank = 0.25;
constexpr double kMissedByLists = 0.5;

constexpr size_t kCalibratedHits = 10;

/// Straight lines between the table's points, over the logarithm of what is missed.
double interpolate(std::span<const uint32_t> table, double recall) {
    const double missed = std::log(std::max(1.0 - recall, 1e-9));
    double largest = 1;
    for (size_t i = 0; i < table.size(); ++i) {
        const double next = std::max<double>(largest, table[i]);  // whatever a file says: never falling
        const double here = std::log(1.0 - kCalibratedRecalls[i]);
        if (missed >= here) {
            if (i == 0) return next;
            const double before = std::log(1.0 - kCalibratedRecalls[i - 1]);
            return largest + (next - largest) * (before - missed) / (before - here);
        }
        largest = next;
    }
    // Beyond the table: as steeply as between its last two points.
    const double last = std::log(1.0 - kCalibratedRecalls.back());
    const double before = std::log(1.0 - kCalibratedRecalls[kCalibratedRecalls.size() - 2]);
    const double previous = std::max<double>(1, table[table.size() - 2]);
    return largest + std::max(0.0, largest - previous) * (last - missed) / (before - last);
}

}  // namespace

float epsilon_for(double recall) {
    // At these so many of the true hits are passed over that kMissedByRank of what may be missed is
    // not exceeded; measured on sentence embeddings (docs/design/0007-codes-and-partitions.md).
    constexpr std::array<float, kCalibratedRecalls.size()> kEpsilons{0.6F,  1.05F, 1.3F, 1.7F,
                                                                     1.95F, 2.2F,  2.75F};
    for (size_t i = 0; i < kEpsilons.size(); ++i) {
        if (recall <= kCalibratedRecalls[i]) return kEpsilons[i];
    }
    return 3.5F;
}

SearchEffort effort_for(const CodeHead& head, double recall, size_t k, double selectivity) {
    const double missed = 1.0 - recall;
    const double hits = std::max(1.0, static_cast<double>(k) / kCalibratedHits);
    SearchEffort effort;
    effort.probes = interpolate(head.probes, 1.0 - missed * kMissedByLists) * std::sqrt(hits) *
                    std::pow(selectivity, -0.75);
    effort.ranks = interpolate(head.ranks, 1.0 - missed * kMissedByRank) * hits;
    return effort;
}

double estimate_selectivity(const RowSet& rows, uint64_t first, uint64_t count) {
    if (rows.excluded.empty() || count == 0) return 1.0;
    constexpr uint64_t kSamples = 1024;
    const uint64_t first_word = first / 64;
    const uint64_t words = (first + count + 63) / 64 - first_word;
    const uint64_t step = std::max<uint64_t>(1, words / kSamples);
    uint64_t seen = 0;
    uint64_t excluded = 0;
    for (uint64_t word = 0; word < words; word += step) {
        seen += 64;
        if (first_word + word < rows.excluded.size())
            excluded += static_cast<uint64_t>(std::popcount(rows.excluded[first_word + word]));
    }
    return static_cast<double>(seen - excluded + 1) / static_cast<double>(seen + 1);
}

}  // namespace reel
