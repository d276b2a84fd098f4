// The store's configuration as the JSON in moov/udta.
#pragma once

#include <string>
#include <string_view>

#include "base/limits.h"
#include "reel/error.h"
#include "reel/store_config.h"

namespace reel {

inline constexpr uint32_t kFormatVersion = 1;

/// kInvalidArgument for a dimension of 0 or above kMaxDimension.
Status check_config(const StoreConfig& config);

std::string configuration_to_json(const StoreConfig& config);

/// kCorrupt if a member is missing or of the wrong type, kUnsupported for a
/// format version or metric of a later Reel. Unknown members are passed over.
Result<StoreConfig> parse_configuration(std::string_view json);

}  // namespace reel
