// The piece of a text that shows why it was found.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "text/text_query.h"

namespace reel {

struct Snippet {
    std::string text;
    size_t offset = 0;  ///< of `text` in the whole text, in bytes
    bool is_cut_before = false;
    bool is_cut_after = false;
    std::vector<std::pair<size_t, size_t>> marks;  ///< bytes [begin, end) of `text` that the query asked for
};

/// At most `max_code_points` of `text`: where the most different words of the query stand close together,
/// or its beginning if none does. Of a text above 4 MiB only the first 4 MiB are looked at. Cuts between
/// words where it can, never inside a code point or before a combining mark.
Result<Snippet> make_snippet(std::string_view text, const TextQuery& query, size_t max_code_points,
                             Analyzer& analyzer);

}  // namespace reel
