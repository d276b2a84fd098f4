// Vectors written as decimal numbers.
#pragma once

#include <string_view>
#include <vector>

#include "reel/error.h"

namespace reel {

/// Appends the numbers of a JSON array that scan_json has passed. An element
/// that is no number, or one that no float can hold, is kInvalidArgument naming
/// its place in the array (from 1). Numbers too small for a float become 0.
Status read_float_array(std::string_view literal, std::vector<float>& out);

/// Appends numbers separated by spaces, tabs, commas or semicolons.
Status read_float_list(std::string_view text, std::vector<float>& out);

/// kInvalidArgument if `count` numbers are not the store's `dimension` (0: not known yet).
Status check_count(size_t count, size_t dimension);

}  // namespace reel
