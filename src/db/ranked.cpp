#include "db/ranked.h"

#include <algorithm>
#include <unordered_map>

namespace reel {

namespace {

/// The constant of the paper: how much the first ranks stand out.
constexpr double kRankOffset = 60;

/// Distances scaled to [0, 1] over the candidates, 1 for the nearest.
double scaled_nearness(std::span<const Neighbor> nearest, float distance) {
    const auto least = static_cast<double>(nearest.front().distance);
    const auto greatest = static_cast<double>(nearest.back().distance);
    if (!(greatest > least)) return 1;
    return (greatest - static_cast<double>(distance)) / (greatest - least);
}

}  // namespace

std::vector<Ranked> rank_by_vector(std::span<const Neighbor> nearest) {
    std::vector<Ranked> ranked;
    ranked.reserve(nearest.size());
    for (const Neighbor& neighbor : nearest) {
        Ranked one;
        one.row = neighbor.row;
        one.distance = neighbor.distance;
        one.vector_rank = static_cast<uint32_t>(ranked.size() + 1);
        one.score = -static_cast<double>(neighbor.distance);
        ranked.push_back(one);
    }
    return ranked;
}

std::vector<Ranked> rank_by_text(std::span<const ScoredRow> best) {
    std::vector<Ranked> ranked;
    ranked.reserve(best.size());
    for (const ScoredRow& scored : best) {
        Ranked one;
        one.row = scored.row;
        one.text_score = scored.score;
        one.text_rank = static_cast<uint32_t>(ranked.size() + 1);
        one.score = static_cast<double>(scored.score);
        ranked.push_back(one);
    }
    return ranked;
}

std::vector<Ranked> fuse(std::span<const Neighbor> nearest, std::span<const ScoredRow> best,
                         double greatest_score, Fusion fusion, double vector_weight) {
    std::vector<Ranked> ranked = rank_by_vector(nearest);
    for (Ranked& one : ranked) {
        one.score = vector_weight * (fusion == Fusion::kRank ? 1 / (kRankOffset + one.vector_rank)
                                                             : scaled_nearness(nearest, one.distance));
    }
    std::unordered_map<uint64_t, size_t> place;
    place.reserve(ranked.size());
    for (size_t i = 0; i < ranked.size(); ++i) place.emplace(ranked[i].row, i);
    for (Ranked& by_text : rank_by_text(best)) {
        const double score =
            (1 - vector_weight) * (fusion == Fusion::kRank
                                       ? 1 / (kRankOffset + by_text.text_rank)
                                       : static_cast<double>(by_text.text_score) / greatest_score);
        const auto found = place.find(by_text.row);
        if (found == place.end()) {
            by_text.score = score;
            ranked.push_back(by_text);
            continue;
        }
        Ranked& both = ranked[found->second];
        both.text_score = by_text.text_score;
        both.text_rank = by_text.text_rank;
        both.score += score;
    }
    std::sort(ranked.begin(), ranked.end(), [](const Ranked& a, const Ranked& b) {
        return a.score != b.score ? a.score > b.score : a.row < b.row;
    });
    return ranked;
}

}  // namespace reel
