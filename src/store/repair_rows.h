// Records that tables lead to, where no search finds their boxes.
#pragma once

#include <string>
#include <vector>

#include "base/file.h"
#include "store/repair_search.h"

namespace reel {

/// The whole record at `row` moved by `shift` (modulo 2^64); nullopt if there is none, or `expected` is not
/// its checksum. The headers around the payloads are not looked at.
std::optional<FoundRecord> read_row(ByteView file, RecordRow row, uint64_t shift, uint32_t vector_bytes,
                                    std::optional<uint32_t> expected);

/// Whether a payload of the record lies in one of the whole records in `found`, which are in the order of the
/// file.
bool overlaps(const std::vector<FoundRecord>& found, const FoundRecord& record);

struct ForeignRecords {
    std::vector<FoundRecord> records;
    std::vector<std::string> ids;  ///< of the records' foreign_id
};

/// Records of a file of the prototype or a plain movie that are not in `found`. Where `evidence` has
/// checksums, those that it expects.
ForeignRecords find_foreign_records(const File& file, ByteView bytes, const Evidence& evidence,
                                    const std::vector<FoundRecord>& found);

}  // namespace reel
