#include "db/selection.h"

#include <cmath>
#include <unordered_map>

#include "base/try.h"

namespace reel {

Result<std::vector<Ranked>> limit_groups(
    const std::vector<Ranked>& ranked, size_t per_group, size_t wanted,
    const std::function<Result<std::optional<std::string>>(uint64_t row)>& group_of) {
    std::unordered_map<std::string, size_t> taken;
    std::vector<Ranked> kept;
    for (const Ranked& candidate : ranked) {
        if (kept.size() == wanted) break;
        REEL_ASSIGN(const auto group, group_of(candidate.row));
        if (group && ++taken[*group] > per_group) continue;
        kept.push_back(candidate);
    }
    return kept;
}

void normalize_rows(std::span<float> vectors, size_t dimension) {
    for (size_t first = 0; first < vectors.size(); first += dimension) {
        const auto row = vectors.subspan(first, dimension);
        double norm = 0;
        for (const float value : row) norm += static_cast<double>(value) * static_cast<double>(value);
        if (!(norm > 0)) continue;
        for (float& value : row) value = static_cast<float>(static_cast<double>(value) / std::sqrt(norm));
    }
}

namespace {

double dot(std::span<const float> a, std::span<const float> b) {
    float sum = 0;
    for (size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
    return static_cast<double>(sum);
}

}  // namespace

std::vector<double> cosines(std::span<const float> query, std::span<const float> vectors) {
    std::vector<float> unit_query(query.begin(), query.end());
    std::vector<float> units(vectors.begin(), vectors.end());
    normalize_rows(unit_query, query.size());
    normalize_rows(units, query.size());
    std::vector<double> values;
    values.reserve(units.size() / query.size());
    for (size_t first = 0; first < units.size(); first += query.size())
        values.push_back(dot(unit_query, std::span<const float>(units).subspan(first, query.size())));
    return values;
}

std::vector<Ranked> diversify(const std::vector<Ranked>& ranked, std::span<const double> relevance,
                              std::span<const float> vectors, size_t dimension, double lambda,
                              size_t wanted) {
    std::vector<float> units(vectors.begin(), vectors.end());
    normalize_rows(units, dimension);
    const auto unit = [&](size_t i) {
        return std::span<const float>(units).subspan(i * dimension, dimension);
    };
    std::vector<double> likeness(ranked.size(), -1);  // to the nearest chosen one
    std::vector<bool> is_chosen(ranked.size(), false);
    std::vector<Ranked> chosen;
    while (chosen.size() < std::min(wanted, ranked.size())) {
        size_t best = ranked.size();
        double best_value = 0;
        for (size_t i = 0; i < ranked.size(); ++i) {
            if (is_chosen[i]) continue;
            const double penalty = chosen.empty() ? 0 : (1 - lambda) * likeness[i];
            const double value = lambda * relevance[i] - penalty;
            if (best == ranked.size() || value > best_value) {
                best = i;
                best_value = value;
            }
        }
        is_chosen[best] = true;
        chosen.push_back(ranked[best]);
        for (size_t i = 0; i < ranked.size(); ++i) {
            if (!is_chosen[i]) likeness[i] = std::max(likeness[i], dot(unit(best), unit(i)));
        }
    }
    return chosen;
}

}  // namespace reel
