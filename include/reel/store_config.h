// What a store remembers about itself.
#pragma once

#include <cstdint>
#include <string>

#include "reel/embedder.h"
#include "reel/metric.h"

namespace reel {

/// How long texts are cut into passages, in the model's tokens.
struct PassageSettings {
    uint32_t size = 0;  ///< 0: as long as the model reads (256 where that is unknown)
    uint32_t overlap = 32;

    bool operator==(const PassageSettings&) const = default;
};

/// What a store remembers about itself; fixed when it is created.
/// Of the index for searches by words.
struct TextIndexSettings {
    bool enabled = true;  ///< false: seals make none, and searches by words read all texts first
    /// Language of the stems of words ("english", "german", ...: those of Snowball); empty: words as they
    /// are.
    std::string stemmer;

    bool operator==(const TextIndexSettings&) const = default;
};

struct StoreConfig {
    EmbedderDescription embedder;
    Metric metric = Metric::kCosine;
    PassageSettings passages;
    TextIndexSettings text_index;
};

}  // namespace reel
