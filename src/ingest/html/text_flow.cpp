#include "ingest/html/text_flow.h"

#include <algorithm>

namespace reel {

namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f'; }

}  // namespace

/// Pays what is owed before a visible character.
void TextFlow::open() {
    if (!text_.empty() && line_ends_ > 0) {
        text_.append(static_cast<size_t>(line_ends_), '\n');
    } else if (!text_.empty() && space_ && text_.back() != '\n') {
        text_ += ' ';
    }
    line_ends_ = 0;
    space_ = false;
}

void TextFlow::add(std::string_view text, bool preformatted) {
    if (preformatted) {
        if (text.empty()) return;
        open();
        text_ += text;
        return;
    }
    for (const char c : text) {
        if (is_space(c)) {
            space_ = true;
            continue;
        }
        if (space_ || line_ends_ > 0) open();
        text_ += c;
    }
}

void TextFlow::end_lines(int line_ends) {
    line_ends_ = std::max(line_ends_, line_ends);
    space_ = false;
}

void TextFlow::line_break() {
    line_ends_ = std::min(line_ends_ + 1, 2);
    space_ = false;
}

std::string TextFlow::take() {
    while (!text_.empty() && is_space(text_.back())) text_.pop_back();
    return std::move(text_);
}

}  // namespace reel
