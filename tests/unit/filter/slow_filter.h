// Filters once more, slowly and by the words of docs/filters.md, over the JSON
// library's trees: what the two fast ways are compared with.
#pragma once

#include "base/json.h"

namespace reel::filter_test {

/// `filter` in the JSON spelling.
bool slow_matches(const Json& filter, const Json& record);

}  // namespace reel::filter_test
