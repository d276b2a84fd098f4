// The configuration of a repaired store.
#pragma once

#include <string>
#include <vector>

#include "reel/repair.h"
#include "store/repair.h"
#include "store/repair_search.h"

namespace reel {

struct RepairConfig {
    StoreConfig config;
    ConfigSource source = ConfigSource::kMovie;
    std::string warning;  ///< what the user should know of it
};

/// The file's own configuration, else what the options say, else what fits the records best.
Result<RepairConfig> choose_config(ByteView file, const Evidence& evidence,
                                   const std::vector<FoundRecord>& found, const RepairOptions& options,
                                   const VectorCheck& check);

/// A vector of big-endian floats.
std::vector<float> floats_of(ByteView vector);

}  // namespace reel
