// Making indexes: for sections of a seal, and in memory over records that no section covers.
#pragma once

#include "db/indexes.h"
#include "store/index_section.h"

namespace reel {

/// Who makes the index sections of a store with this configuration.
SectionMakers make_section_makers(const StoreConfig& config);

// Parts in memory over rows first .. first + count - 1 of a snapshot. `replaced`: older ones inside of them.
Result<Int8Part> build_int8_part(const Snapshot& snapshot, uint64_t first, uint64_t count,
                                 const std::vector<Int8Part>& replaced);
Result<CodePart> build_code_part(const Snapshot& snapshot, uint64_t first, uint64_t count,
                                 const std::vector<CodePart>& replaced);
Result<ColumnPart> build_column_part(const Snapshot& snapshot, uint64_t first, uint64_t count);
Result<WordPart> build_text_part(const Snapshot& snapshot, uint64_t first, uint64_t count,
                                 const std::vector<WordPart>& replaced);

}  // namespace reel
