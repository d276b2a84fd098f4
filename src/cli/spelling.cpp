#include "cli/spelling.h"

#include <algorithm>
#include <vector>

namespace reel::cli {

namespace {

/// Damerau-Levenshtein distance in its restricted form (no letter is moved twice).
size_t edit_distance(std::string_view a, std::string_view b) {
    const size_t width = b.size() + 1;
    std::vector<size_t> cost((a.size() + 1) * width);
    for (size_t i = 0; i <= a.size(); ++i) cost[i * width] = i;
    for (size_t j = 0; j <= b.size(); ++j) cost[j] = j;
    for (size_t i = 1; i <= a.size(); ++i) {
        for (size_t j = 1; j <= b.size(); ++j) {
            const size_t replaced = cost[(i - 1) * width + j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            size_t best = std::min({cost[(i - 1) * width + j] + 1, cost[i * width + j - 1] + 1, replaced});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                best = std::min(best, cost[(i - 2) * width + j - 2] + 1);
            }
            cost[i * width + j] = best;
        }
    }
    return cost.back();
}

}  // namespace

std::string_view find_near_spelling(std::string_view word, std::span<const std::string_view> known) {
    constexpr size_t kLongestWord = 64;  // nobody mistypes more; the table grows with the square
    if (word.size() > kLongestWord) return {};
    std::string_view nearest;
    size_t least = std::max<size_t>(1, word.size() / 3) + 1;
    for (const std::string_view candidate : known) {
        const size_t distance = edit_distance(word, candidate);
        if (distance < least) {
            least = distance;
            nearest = candidate;
        }
    }
    return nearest;
}

}  // namespace reel::cli
