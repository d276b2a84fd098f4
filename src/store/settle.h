// Steps of a writer that opens: what a crash may have left is brought to rest.
#pragma once

#include <string>
#include <vector>

#include "base/file.h"

namespace reel {

/// Reads [begin, end) and writes the same bytes to the same place: the page
/// cache may hold what the disk never got, and a later sync would not tell.
Status rewrite_in_place(File& file, uint64_t begin, uint64_t end);

/// Copies a torn tail that holds a commit record to STORE.tail-OFFSET before
/// it is cut, and adds a sentence to `warnings`.
Status save_tail(const File& file, uint64_t begin, uint64_t end, std::vector<std::string>& warnings);

}  // namespace reel
