// What goes into a store and what comes out of it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace reel {

/// A record to be added.
struct NewRecord {
    std::optional<std::string> id;  ///< UTF-8; none: the next free decimal number
    std::string text;               ///< UTF-8, may be empty where a vector is given
    std::string metadata;           ///< a JSON object as text; empty counts as {}
    std::vector<float> vector;  ///< `dimension` floats; empty: the store's embedder makes it from the text
};

/// A record of a store.
struct Record {
    uint64_t record_number = 0;  ///< from 0 in order of writing
    std::string id;
    std::string text;
    std::string metadata;  ///< a JSON object as text, without "doc_id"
    std::vector<float> vector;
};

}  // namespace reel
