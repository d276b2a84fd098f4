// What the module reel_html holds: libxml2's HTML parser.
#pragma once

#include "ingest/html_text.h"

namespace reel {

/// html_to_text without the loading of the module.
Result<HtmlText> parse_html(std::string_view html);

/// The module's door, reel_html_to_text: false with `error` set.
using HtmlToText = bool(std::string_view html, HtmlText& text, Error& error);

}  // namespace reel
