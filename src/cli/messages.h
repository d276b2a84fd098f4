// Standard error: errors, warnings, summaries and the progress bar.
#pragma once

#include <string>
#include <string_view>

#include "cli/exit_code.h"
#include "cli/json_line.h"
#include "cli/output.h"
#include "reel/error.h"

namespace reel::cli {

/// Every message is one line, escaped whatever it quotes: "reel: ...", or under
/// --json an object with a member "error", "warning" or "summary".
class Messages {
public:
    Messages(int descriptor, Style style);

    void error(const Error& error);
    void warning(std::string_view sentence);

    /// What was done: as `text` for people, as `object` under --json.
    void summary(std::string_view text, const JsonLine& object);

    /// Shows `text` in place of the bar that stands there; only on a terminal and not under --json.
    void draw_bar(std::string_view text);
    void clear_bar();
    [[nodiscard]] bool draws_bars() const { return is_terminal_ && style_ == Style::kText; }

private:
    void write_line(std::string_view line);

    int descriptor_;
    Style style_;
    bool is_terminal_;
    bool bar_is_drawn_ = false;
};

}  // namespace reel::cli
