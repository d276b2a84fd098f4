// When to seal, and which sections a seal writes.
#pragma once

#include <vector>

#include "base/limits.h"
#include "store/sections.h"

namespace reel {

inline constexpr uint64_t kMinSealBytes = uint64_t{1} << 20U;
inline constexpr uint64_t kSealFactor = 4;

/// What a seal would cover.
struct SealSize {
    uint64_t records = 0;
    uint64_t unsealed = 0;  ///< records that no movie lists yet
    uint64_t tombstones = 0;
};

/// What a seal would write, roughly: tables (32 bytes a record), tombstones (16), sections (16 a new
/// record, twice for merges), the movie's small boxes.
uint64_t estimate_seal_bytes(const SealSize& size);

/// Whether the last movie and what came after it (`segment_bytes`), or what
/// came after it alone (`new_bytes`), call for a seal.
bool seal_is_due(uint64_t segment_bytes, uint64_t new_bytes, const SealSize& size);

/// A run of records that one new section will cover, and the old sections it replaces.
struct SectionRange {
    uint64_t first_record = 0;
    uint64_t record_count = 0;
    std::vector<SectionEntry> replaced;
};

/// The new section of `kind` for a seal at `record_count` records, merged with
/// its neighbours while they are less than twice as large: O(log n) sections
/// stay, and a record is rewritten O(log n) times. record_count 0: nothing new.
SectionRange plan_section(const std::vector<SectionEntry>& old, FourCC kind, uint64_t sealed_count,
                          uint64_t record_count);

}  // namespace reel
