// Which characters a page's bytes stand for.
#pragma once

#include <string>
#include <string_view>

#include "reel/error.h"

namespace reel {

/// The page as valid UTF-8 without a byte order mark: as it is if it is that
/// already, else converted from the charset of its byte order mark (UTF-16)
/// or its <meta>. kInvalidArgument naming the line and byte if it declares none, or the charset it is not in.
Result<std::string> page_to_utf8(std::string_view page);

/// The charset named by a <meta> in the first 1024 bytes; empty if there is none.
std::string find_meta_charset(std::string_view page);

}  // namespace reel
