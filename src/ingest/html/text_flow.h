// The running text of a page: white space collapsed, lines ended where elements end them.
#pragma once

#include <string>
#include <string_view>

namespace reel {

class TextFlow {
public:
    /// Appends text; outside <pre> a run of white space is one space, none at a line's start or end.
    void add(std::string_view text, bool preformatted);

    /// What comes next begins on a new line, after `line_ends` - 1 empty ones.
    void end_lines(int line_ends);

    /// What comes next begins on a new line even if this one is empty (<br>).
    void line_break();

    /// What comes next is set off by a blank if it stands on the same line.
    void space() { space_ = true; }

    /// The text so far, without white space at its end.
    [[nodiscard]] std::string take();

private:
    void open();

    std::string text_;
    int line_ends_ = 0;   // owed before what comes next
    bool space_ = false;  // likewise
};

}  // namespace reel
