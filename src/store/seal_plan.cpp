#include "store/seal_plan.h"

#include <algorithm>

namespace reel {

namespace {

constexpr uint64_t kMovieOverhead = 2048;
constexpr uint64_t kTableBytes = 32;
constexpr uint64_t kSectionBytes = 16;
constexpr uint64_t kTombstoneBytes = 16;

}  // namespace

uint64_t estimate_seal_bytes(const SealSize& size) {
    return kMovieOverhead + kTableBytes * size.records + kTombstoneBytes * size.tombstones +
           2 * kSectionBytes * size.unsealed;
}

bool seal_is_due(uint64_t segment_bytes, uint64_t new_bytes, const SealSize& size) {
    if (segment_bytes >= kMaxSegmentBytes) return true;
    return new_bytes >= std::max(kMinSealBytes, kSealFactor * estimate_seal_bytes(size));
}

SectionRange plan_section(const std::vector<SectionEntry>& old, FourCC kind, uint64_t sealed_count,
                          uint64_t record_count) {
    SectionRange range{sealed_count, record_count - sealed_count, {}};
    if (range.record_count == 0) return range;
    while (true) {
        const auto before = std::find_if(old.begin(), old.end(), [&](const SectionEntry& entry) {
            return entry.kind == kind && entry.record_count > 0 &&
                   entry.first_record + entry.record_count == range.first_record;
        });
        if (before == old.end() || before->record_count >= 2 * range.record_count) return range;
        range.first_record = before->first_record;
        range.record_count += before->record_count;
        range.replaced.push_back(*before);
    }
}

}  // namespace reel
