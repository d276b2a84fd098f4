// What keys the metadata of a store has, and what stands in them.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "filter/evaluate.h"

namespace reel {

/// A value and how often it stands there, elements of arrays included.
struct ValueCount {
    std::string value;  ///< in the text spelling of filters
    uint64_t count = 0;
};

struct KeyStatistics {
    std::string key;    ///< a dotted path
    uint64_t rows = 0;  ///< that have the key; the sum of the next seven
    uint64_t null_rows = 0;
    uint64_t bool_rows = 0;
    uint64_t number_rows = 0;
    uint64_t string_rows = 0;
    uint64_t list_rows = 0;
    uint64_t object_rows = 0;
    uint64_t other_rows = 0;  ///< strings above 1,024 bytes, keys of objects in arrays: not looked into

    std::optional<FilterNumber> lowest;  ///< of all numbers
    std::optional<FilterNumber> highest;
    std::vector<ValueCount> common;  ///< the most frequent values, most frequent first
    bool common_is_exact = true;     ///< else the counts are at least these
    uint64_t distinct = 0;           ///< how many different values there are
    bool distinct_is_exact = true;   ///< else estimated, with a standard error of 3 %
};

struct MetadataStatistics {
    std::vector<KeyStatistics> keys;  ///< the most present first
    bool has_all_keys = true;         ///< else there were more than a section has columns for
    uint64_t unreadable_rows = 0;     ///< live rows whose metadata could not be read
};

/// Over the rows of `live`; parts as for evaluate_filter(). `common_values`: at most so many for each key.
/// Memory: columns of 65,536 rows at a time where there are none, and some thousand values a key.
Result<MetadataStatistics> key_statistics(std::span<const FilterPart> parts, const RowSet& live,
                                          const MetadataOf& metadata_of, size_t common_values,
                                          const BuildControl& control = {});

}  // namespace reel
