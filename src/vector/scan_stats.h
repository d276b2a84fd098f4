// What a search touched, for those who want to know why it took as long as it did.
#pragma once

#include <cstdint>

namespace reel {

struct ScanStats {
    uint64_t column_bytes = 0;    ///< read from columns and codes
    uint64_t column_rows = 0;     ///< rows judged by a column or a code
    uint64_t exact_vectors = 0;   ///< rows whose float32 vector was read
    uint64_t lists = 0;           ///< partitions there are
    uint64_t lists_probed = 0;    ///< partitions that were looked into
    uint64_t damaged_blocks = 0;  ///< blocks with a wrong checksum, gone around through the records

    void add(const ScanStats& other) {
        column_bytes += other.column_bytes;
        column_rows += other.column_rows;
        exact_vectors += other.exact_vectors;
        lists += other.lists;
        lists_probed += other.lists_probed;
        damaged_blocks += other.damaged_blocks;
    }
};

}  // namespace reel
