// How far ahead the SIMD kernels fetch.
#pragma once

#include <cstddef>

namespace reel {

/// Rows stand in the file with texts and metadata between them, which the
/// processor's own prefetcher does not step over; so the kernels ask for a row
/// about this many bytes of rows before its turn (docs/design/0003-exact-search.md).
inline constexpr size_t kPrefetchBytes = 6144;

}  // namespace reel
