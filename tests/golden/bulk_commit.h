// A commit that is a seal (docs/format.md, 5.3), small enough for a golden file.
#pragma once

#include <vector>

#include "base/memory_file.h"
#include "support/store_builder.h"

namespace reel {

/// Commits `records` and deletes record numbers `removed` behind the last commit of `file`, a closed or
/// dropped store without a seal so far, and covers the empty movie. Throws.
void append_bulk_commit(MemoryFile& file, const std::vector<TestRecord>& records,
                        std::vector<uint64_t> removed);

}  // namespace reel
