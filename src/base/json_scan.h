// JSON by slices: where the members of an object lie in its text. Nothing is
// built and no byte is changed, so numbers, order and spelling stay as written.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "reel/error.h"

namespace reel {

/// One member of an object, as two slices of the object's text.
struct JsonMember {
    std::string_view key;    ///< with its quotes
    std::string_view value;  ///< strings with their quotes
};

/// Checks that `text` is one JSON object (RFC 8259, nesting at most
/// kMaxJsonDepth) and puts its members into `members`, in order, duplicates
/// included. kInvalidArgument with the byte (from 0), kLimit. Whether strings
/// are UTF-8 is not looked at (check_utf8).
Status scan_json_object(std::string_view text, std::vector<JsonMember>& members);

/// The same check for a text of any kind.
Status scan_json(std::string_view text);

/// The string that a literal stands for. `literal` has passed a scan.
std::string read_json_string(std::string_view literal);

/// Whether a string literal that has passed a scan stands for `name`.
bool is_json_string(std::string_view literal, std::string_view name);

/// Adds a member to an object that is still open: "{" and members before.
void append_json_member(std::string& open_object, std::string_view key_literal,
                        std::string_view value_literal);

}  // namespace reel
