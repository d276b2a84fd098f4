// The one door to the JSON library, with the limits that untrusted text needs.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/limits.h"
#include "reel/error.h"

namespace reel {

/// For reading: objects of any size in O(n log n), keys in alphabetical order.
using Json = nlohmann::json;
/// For writing small objects: keys stay in the order they are added.
using OrderedJson = nlohmann::ordered_json;

/// Parses one JSON text; kInvalidArgument with the byte offset if it is not
/// one, kLimit if it nests deeper than kMaxJsonDepth. Duplicate keys: the last counts.
Result<Json> parse_json(std::string_view text);

/// Compact text. Bytes that are not UTF-8 become U+FFFD, so that this never fails.
std::string dump_json(const Json& value);
std::string dump_json(const OrderedJson& value);

/// A string literal with its quotes.
std::string quote_json(std::string_view text);

}  // namespace reel
