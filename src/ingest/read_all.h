// A whole input at once, with a limit.
#pragma once

#include <string>

#include "ingest/input.h"

namespace reel {

/// kLimit if there are more than `max_bytes`, having read no more than that.
Result<std::string> read_all(Input& input, uint64_t max_bytes);

}  // namespace reel
