// What a search for words touched, for those who want to know why it took as long as it did.
#pragma once

#include <cstdint>

namespace reel {

struct TextSearchStats {
    uint64_t terms = 0;           ///< different words and beginnings of words in the query
    uint64_t blocks = 0;          ///< of up to 128 rows that the query's words have
    uint64_t blocks_read = 0;     ///< of them, those that were unpacked (twice counts twice)
    uint64_t bytes_read = 0;      ///< of postings
    uint64_t texts_verified = 0;  ///< texts that were read to look for phrases
    uint64_t texts_unreadable = 0;
    uint64_t damaged_parts = 0;
};

}  // namespace reel
