// Which value a filter speaks of: the names of members on the way to it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "reel/error.h"

namespace reel {

using FilterPath = std::vector<std::string>;

inline constexpr size_t kMaxPathBytes = 1024;  ///< as printed
inline constexpr size_t kMaxPathParts = 64;

/// A part with '.', '`' or nothing in it, or that is a word of the language,
/// stands in backquotes, a backquote inside doubled. This is also the name of a column.
std::string print_path(const FilterPath& path);
void append_path_part(std::string& printed, std::string_view part);

/// Reads parts up to the end of `text`: bare ones may hold all but '.'. The
/// error has the offset as its message's number in `bad_at`.
Result<FilterPath> parse_path(std::string_view text, size_t& bad_at);

/// Reads a part in backquotes at `at`, which moves behind it; false if it does not end.
bool read_quoted_part(std::string_view text, size_t& at, std::string& part);

/// Characters of a part that needs no backquotes in the text spelling.
bool is_bare_start(char c);
bool is_bare_character(char c);

/// Whether `word`, in any case, means something in the text spelling.
bool is_filter_keyword(std::string_view word);

/// ASCII letters only.
std::string to_lower_ascii(std::string_view text);

}  // namespace reel
