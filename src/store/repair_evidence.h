// What a damaged file still says about its records: everything with a checksum of its own that holds,
// wherever it stands.
#pragma once

#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include "boxes/store_boxes.h"
#include "store/repair_budget.h"

namespace reel {

/// Record numbers [first, end).
struct NumberRange {
    uint64_t first = 0;
    uint64_t end = 0;
};

/// A record number and the CRC32C that its boxes should have.
struct ExpectedChecksum {
    uint32_t checksum = 0;
    uint64_t record_number = 0;
    auto operator<=>(const ExpectedChecksum&) const = default;
};

struct FoundCommit {
    uint64_t offset = 0;  ///< where its moof, or in a moov its own box, stands now
    ByteView moof;        ///< empty: in a moov
    CommitRecordBox record;
};

struct FoundSeal {
    uint64_t offset = 0;                   ///< where its record stands now
    std::optional<uint64_t> movie_offset;  ///< where its moov stands now
    ByteView movie;                        ///< empty where there is none around it
    SealRecordBox seal;
};

/// Of one file id: the identity's, else the one that most commits and seals have.
struct Evidence {
    std::optional<FileId> file_id;
    bool has_identity = false;
    std::vector<FoundCommit> commits;              ///< in the order of the file
    std::vector<FoundSeal> seals;                  ///< in the order of the file
    std::vector<ExpectedChecksum> checksums;       ///< sorted
    std::map<uint64_t, uint64_t> checked_numbers;  ///< first -> end: runs of numbers with a checksum
    uint64_t known_end = 0;                        ///< records below this number were written
    uint64_t durable_through = 0;
    uint64_t next_default_id = 0;
    uint64_t newest_commit = 0;
    Sha256Digest head{};
    std::optional<std::string_view> configuration;
    bool configuration_is_proven = false;

    [[nodiscard]] bool expects(uint32_t checksum) const;

    /// How many numbers of the range have a known checksum.
    [[nodiscard]] uint64_t count_checked(NumberRange range) const;
};

Evidence gather_evidence(ByteView file, WorkBudget& budget);

/// The next `needle` at or behind `from`; file.size() if there is none.
size_t find_bytes(ByteView file, std::string_view needle, size_t from);

/// The box whose header stands at `offset`, if it has a 32-bit size and lies in the file; else empty.
ByteView box_at(ByteView file, uint64_t offset);

}  // namespace reel
