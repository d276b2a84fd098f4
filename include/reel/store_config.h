// What a store remembers about itself.
#pragma once

#include <cstdint>

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
struct StoreConfig {
    EmbedderDescription embedder;
    Metric metric = Metric::kCosine;
    PassageSettings passages;
};

}  // namespace reel
