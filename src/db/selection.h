// Which candidates become hits: groups and diversity.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "db/ranked.h"
#include "reel/error.h"

namespace reel {

/// Keeps the first `per_group` of each group, in their order. `group_of` gives a row's group;
/// nullopt: a group of its own.
Result<std::vector<Ranked>> limit_groups(
    const std::vector<Ranked>& ranked, size_t per_group, size_t wanted,
    const std::function<Result<std::optional<std::string>>(uint64_t row)>& group_of);

/// The first `wanted` candidates by maximal marginal relevance: each is the one with the greatest
/// lambda x relevance - (1 - lambda) x its greatest cosine to one chosen before (Carbonell and Goldstein,
/// SIGIR 1998). `relevance` stands beside `ranked`; `vectors`: a row of `dimension` floats each.
std::vector<Ranked> diversify(const std::vector<Ranked>& ranked, std::span<const double> relevance,
                              std::span<const float> vectors, size_t dimension, double lambda, size_t wanted);

/// The cosine of `query` and each row of a row-major matrix; 0 where one of them has length 0.
std::vector<double> cosines(std::span<const float> query, std::span<const float> vectors);

/// Scales each row of a row-major matrix to length 1; rows of length 0 stay.
void normalize_rows(std::span<float> vectors, size_t dimension);

}  // namespace reel
