// Trying out a new section with queries whose answers are known.
#pragma once

#include <span>

#include "base/build_control.h"
#include "vector/code_search.h"

namespace reel {

/// Sets head->probes and head->ranks: what the true ten nearest of some of the section's own rows, and of
/// mixtures of them, take to be found. `data` is the section without these two; list_of[i] is row i's list.
Status calibrate_codes(ByteView data, const VectorSource& source, uint64_t first_row,
                       std::span<const uint32_t> list_of, const Kernel& kernel, const BuildControl& control,
                       CodeHead* head);

}  // namespace reel
