// A record's metadata as text: the user's JSON object stays as it was written
// (numbers, order, white space); only the member "doc_id" comes and goes.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "reel/error.h"

namespace reel {

/// kInvalidArgument with the byte offset, kLimit (depth).
Status check_json(std::string_view text);

/// check_json, and that the text is an object.
Status check_json_object(std::string_view text);

/// The stored form: `metadata` (empty counts as {}) with "doc_id" as its first
/// member. A "doc_id" of the user's that is another string, or no string, is an error.
Result<std::string> add_doc_id(std::string_view metadata, std::string_view id);

/// What is stored, taken apart.
struct StoredMetadata {
    bool has_id = false;   ///< "doc_id" is there and a string
    std::string id;        ///< it
    std::string metadata;  ///< the user's form
};
Result<StoredMetadata> split_doc_id(std::string_view stored);

/// The user's form: the object without its member "doc_id".
Result<std::string> remove_doc_id(std::string_view stored);

/// The "doc_id" of a stored object; nullopt if it has none that is a string.
std::optional<std::string> find_doc_id(std::string_view stored);

}  // namespace reel
