// The door of the module reel_html.
#include "ingest/html/html_parser.h"

extern "C" __attribute__((visibility("default"))) bool reel_html_to_text(std::string_view html,
                                                                         reel::HtmlText& text,
                                                                         reel::Error& error) {
    auto parsed = reel::parse_html(html);
    if (!parsed) {
        error = std::move(parsed).error();
        return false;
    }
    text = std::move(*parsed);
    return true;
}
