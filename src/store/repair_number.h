// Which record number each found record has, which are whole, and which are deleted.
#pragma once

#include <string>
#include <vector>

#include "store/repair_search.h"

namespace reel {

/// Places between two that are sure of their numbers: their own are in `numbers`.
struct NumberGap {
    NumberRange numbers;
    std::vector<size_t> unnumbered;  ///< whole records of the gap whose number cannot be told, by index
};

struct NumberedRecords {
    std::vector<FoundRecord> records;  ///< in the order of the file, none kOpen
    std::vector<NumberGap> gaps;
    std::vector<size_t> beyond;     ///< unnumbered places, by index, of which nothing bounds the number
    std::vector<uint64_t> deleted;  ///< record numbers, sorted
    std::vector<std::string> warnings;
};

/// Numbers `found` by their checksums, irrespective of their order; then what is left by the tables of
/// commits and seals, and by what stands around it. Adds records that those tables alone lead to.
NumberedRecords number_records(ByteView file, const Evidence& evidence, std::vector<FoundRecord> found,
                               uint32_t dimension, WorkBudget& budget);

/// How many of `numbers`, sorted and each once, lie in the range.
uint64_t count_in(const std::vector<uint64_t>& numbers, NumberRange range);

}  // namespace reel
