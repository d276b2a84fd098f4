// How far a search has to look for a recall: from the sections' calibration.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/row_set.h"
#include "vector/code_section.h"

namespace reel {

struct SearchEffort {
    double probes = 1;  ///< lists
    double ranks = 1;   ///< candidates
};

/// How many standard deviations of the codes' error a row's key is to lie below its estimated distance.
/// Candidates stand in the order of their keys, and none is read whose key is above the k-th distance.
float epsilon_for(double recall);

/// For `k` of the rows of which the share `selectivity` counts. The calibration is for k = 10 and all rows;
/// more hits, and hits among fewer rows, lie farther out: lists
/// grow with the square root of k, and as selectivity^-0.75 (measured).
SearchEffort effort_for(const CodeHead& head, double recall, size_t k, double selectivity);

/// About how large a share of rows first .. first + count - 1 is in `rows`; never 0.
double estimate_selectivity(const RowSet& rows, uint64_t first, uint64_t count);

}  // namespace reel
