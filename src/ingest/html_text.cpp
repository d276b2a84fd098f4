#include "ingest/html_text.h"

#include "base/plugin.h"
#include "base/try.h"
#include "ingest/html/html_parser.h"

namespace reel {

Result<HtmlText> html_to_text(std::string_view html) {
    REEL_ASSIGN(auto* const convert, load_plugin_as<HtmlToText>("html", "reel_html_to_text"));
    HtmlText text;
    Error error;
    if (!convert(html, text, error)) return fail(std::move(error));
    return text;
}

}  // namespace reel
