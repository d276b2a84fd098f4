// All that a reader finds in a store, as JSON: what golden files are held against.
#pragma once

#include "base/file.h"
#include "base/json.h"

namespace reel {

/// Throws if `file` cannot be opened.
OrderedJson describe(const File& file);

}  // namespace reel
