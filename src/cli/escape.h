// Stored text is anybody's: on a terminal its control characters could move the
// cursor, rename the window or turn the reading direction. They are shown, not sent.
#pragma once

#include <string>
#include <string_view>

namespace reel::cli {

enum class LineBreaks : unsigned char {
    kKeep,    ///< \n and \t stay
    kEscape,  ///< they are escaped like the rest: the result is one line
};

/// C0, DEL, C1, bidirectional controls and bytes that are not UTF-8 as \xNN or \uNNNN.
std::string escape_for_terminal(std::string_view text, LineBreaks line_breaks);

/// The same for a line of JSON, which stays JSON of the same value.
std::string escape_json_for_terminal(std::string_view json);

/// The start of `text` in one line: white space runs become one space, at most
/// `most` code points, "..." where something was left out. Not escaped.
std::string excerpt(std::string_view text, size_t most);

}  // namespace reel::cli
