// What a store may hold at most, and how far a reader believes a file: the table of docs/format.md,
// section 12.
#pragma once

#include <cstddef>
#include <cstdint>

namespace reel {

inline constexpr uint32_t kMaxDimension = 65'536;

// Of a record.
inline constexpr uint64_t kMaxIdBytes = 65'536;
inline constexpr uint64_t kMaxMetadataBytes = uint64_t{16} << 20U;  ///< as stored, with "doc_id"
inline constexpr uint64_t kMaxTextBytes = uint64_t{256} << 20U;
inline constexpr size_t kMaxJsonDepth = 64;  ///< objects and arrays inside each other

// Of boxes.
inline constexpr uint64_t kMaxSmallBox = 0xFFFFFFFF;  ///< largest box with a 32-bit size
inline constexpr uint64_t kMaxHeadBox = 4096;         ///< largest ftyp or identity that is read
inline constexpr unsigned kMaxDumpDepth = 32;         ///< boxes inside each other that are shown
inline constexpr uint64_t kMaxTrailerBytes =
    1'048'576;  ///< of the oidx at close: the prototype looks no further

// Of commits and seals.
inline constexpr size_t kMaxFragmentRecords = 10'000'000;  ///< or deletions; a larger commit is a seal
/// A cover and its box must stay below 4 GiB, so a segment does not grow beyond half of that.
inline constexpr uint64_t kMaxSegmentBytes = uint64_t{1} << 31U;

}  // namespace reel
