// UTF-8 as RFC 3629 defines it: no overlong forms, no surrogates, at most U+10FFFF.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "reel/error.h"

namespace reel {

/// Offset of the first byte that does not belong to well-formed UTF-8.
std::optional<size_t> find_invalid_utf8(std::string_view text);

/// kInvalidArgument naming `what`, the line (from 1) and the byte (from 0).
Status check_utf8(std::string_view text, std::string_view what);

/// The largest offset <= `at` at which a code point of valid `text` starts (or its end).
size_t code_point_floor(std::string_view text, size_t at);

}  // namespace reel
