// Sections: indexes over a range of records, written by a seal. They can all
// be thrown away and rebuilt from the records. Numbers in them are
// little-endian, since machines read them in place.
#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "boxes/store_boxes.h"

namespace reel {

/// Ids: count x 64-bit hash ascending (equal ones by record number), then
/// count x 32-bit record number less the section's first. A record whose id
/// cannot be read stands there under kUnreadableIdHash.
inline constexpr FourCC kIdSection{"idsh"};
/// Record checksums: count x 32-bit CRC32C over each record's boxes.
inline constexpr FourCC kChecksumSection{"rcrc"};
inline constexpr uint32_t kSectionVersion = 1;
inline constexpr uint64_t kUnreadableIdHash = ~uint64_t{0};

/// The first eight bytes of SHA-256(id), big-endian: spread evenly, and
/// nobody can choose ids that collide.
uint64_t id_hash(std::string_view id);

struct IdEntry {
    uint64_t hash = 0;
    uint64_t record_number = 0;
    auto operator<=>(const IdEntry&) const = default;
};

/// `entries` sorted.
ByteBuffer build_id_section(const std::vector<IdEntry>& entries, uint64_t first_record);

/// An id section in place.
class IdSectionView {
public:
    /// kCorrupt if it is of another version or ends inside an entry.
    static Result<IdSectionView> parse(ByteView data, const SectionEntry& entry);

    [[nodiscard]] uint64_t count() const { return count_; }
    [[nodiscard]] IdEntry entry(uint64_t row) const {
        return {load_le<uint64_t>(hashes_ + 8 * row), first_record_ + load_le<uint32_t>(numbers_ + 4 * row)};
    }
    /// Calls `visit` with the record number of each entry with this hash, ascending;
    /// numbers outside of the section's range are passed over.
    void visit(uint64_t hash, const std::function<void(uint64_t)>& visit) const;

private:
    uint64_t count_ = 0;
    uint64_t first_record_ = 0;
    uint64_t record_count_ = 0;
    const std::byte* hashes_ = nullptr;
    const std::byte* numbers_ = nullptr;
};

/// The data of `entry` in the first bytes of the file; kCorrupt if it does
/// not lie in them or (`check`) its checksum is wrong.
Result<ByteView> section_data(ByteView file, const SectionEntry& entry, bool check);

}  // namespace reel
