// Several indexes to one, without their texts.
#pragma once

#include <span>

#include "text/text_index.h"

namespace reel {

/// The index of all rows of `parts`, one part after the other; byte for byte what indexing their texts
/// would give. All have been made by the same analysis. kCorrupt if one is damaged (it knows then), kLimit.
Result<ByteBuffer> merge_indexes(std::span<const TextIndex* const> parts);

}  // namespace reel
