// HTML to plain text.
#pragma once

#include <string>
#include <string_view>

#include "reel/error.h"

namespace reel {

struct HtmlText {
    std::string text;
    std::string title;
};

/// What a reader of the page would read: block elements and <br> end lines,
/// paragraphs and headings are set apart by an empty line, white space is collapsed but in
/// <pre> and <textarea>, entities are decoded; script, style, template, noscript, svg and
/// comments are left out. Bytes that are UTF-8 are read as that; else the
/// charset of the byte order mark or of a <meta> in the first 1024 bytes is
/// converted from. kInvalidArgument if the bytes are in neither, kLimit for
/// elements nested deeper than 5,000, kUnsupported where this build has no HTML module.
Result<HtmlText> html_to_text(std::string_view html);

}  // namespace reel
