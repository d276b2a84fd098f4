// The records that a store holds of one source: the text itself, or the passages it was cut into.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reel/database.h"

namespace reel {

/// What source_records() writes into a passage's metadata.
struct PassageMark {
    uint64_t number = 0;  ///< from 1
    uint64_t count = 0;   ///< of the passages of the source
};

/// Nothing unless "passage" and "passages" are whole numbers with 1 <= passage <= passages and
/// "offset" and "length" are there: a record of the user's own may be called "a#2".
std::optional<PassageMark> find_passage_mark(std::string_view metadata);

/// "ID#NUMBER"; for number 0 the source's own id.
std::string source_record_id(std::string_view source, uint64_t number);

/// The other way round: 0 for `source` itself, n for "SOURCE#n", nothing for other ids.
std::optional<uint64_t> source_passage(std::string_view id, std::string_view source);

/// Ids of the live records of the source `id`, in order: `id` itself, and `id#1`, `id#2`, ... as far as
/// their metadata says that they are passages. One that was deleted by hand is no end of them, unless it
/// is the first.
Result<std::vector<std::string>> find_source_ids(const Database& database, std::string_view id);

}  // namespace reel
