// Standard output: results, and nothing else.
#pragma once

#include <string>
#include <string_view>

#include "cli/escape.h"
#include "cli/json_line.h"
#include "reel/error.h"

namespace reel::cli {

enum class Style : unsigned char { kText, kJson };

/// Buffers, and remembers the first failure: a reader that went away (`| head`)
/// is no reason to stop half-way, so commands ask is_open() where they can stop.
class Output {
public:
    Output(int descriptor, Style style);

    [[nodiscard]] bool is_json() const { return style_ == Style::kJson; }

    [[nodiscard]] bool is_terminal() const { return is_terminal_; }

    /// A line of the program's own words.
    void line(std::string_view text);

    /// A line of JSON.
    void json(const JsonLine& object);

    /// Stored text as it may be shown: escaped on a terminal, as it is in a pipe.
    [[nodiscard]] std::string shown(std::string_view stored,
                                    LineBreaks line_breaks = LineBreaks::kEscape) const;

    /// Hands everything to the system. kIo or kNoSpace if that has failed at any time,
    /// except for a closed pipe, of which pipe_closed() tells.
    Status flush();

    [[nodiscard]] bool is_open() const { return !failed_; }
    [[nodiscard]] bool pipe_closed() const;

private:
    void append(std::string_view line);

    int descriptor_;
    Style style_;
    bool is_terminal_;
    bool failed_ = false;
    int error_number_ = 0;
    std::string buffer_;
};

}  // namespace reel::cli
