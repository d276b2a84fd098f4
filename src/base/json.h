// The one door to the JSON library, with the limits that untrusted text needs.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "reel/error.h"

namespace reel {

/// Objects keep the order of their keys.
using Json = nlohmann::ordered_json;

inline constexpr size_t kMaxJsonDepth = 64;

/// Parses one JSON text; kInvalidArgument with the byte offset if it is not
/// one, kLimit if it nests deeper than kMaxJsonDepth. Duplicate keys: the last counts.
Result<Json> parse_json(std::string_view text);

/// Compact text. Bytes that are not UTF-8 become U+FFFD, so that this never fails.
std::string dump_json(const Json& value);

/// A string literal with its quotes.
std::string quote_json(std::string_view text);

}  // namespace reel
