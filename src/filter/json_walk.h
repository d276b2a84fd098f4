// Walking JSON text that has passed a scan (base/json_scan.h), without building anything.
#pragma once

#include <string_view>

namespace reel {

/// The offset behind the value that begins at `at`.
size_t skip_json_value(std::string_view text, size_t at);

/// The first offset from `at` on that is no white space.
inline size_t skip_json_space(std::string_view text, size_t at) {
    while (at < text.size() &&
           (text[at] == ' ' || text[at] == '\n' || text[at] == '\r' || text[at] == '\t')) {
        ++at;
    }
    return at;
}

/// Calls visit(value) for each element of an array, in order.
template <class Visit>
void visit_json_elements(std::string_view array, Visit&& visit) {
    size_t at = skip_json_space(array, 1);
    while (at < array.size() && array[at] != ']') {
        const size_t end = skip_json_value(array, at);
        visit(array.substr(at, end - at));
        at = skip_json_space(array, end);
        if (at < array.size() && array[at] == ',') at = skip_json_space(array, at + 1);
    }
}

/// Calls visit(key literal, value) for each member of an object, in order, duplicates included.
template <class Visit>
void visit_json_members(std::string_view object, Visit&& visit) {
    size_t at = skip_json_space(object, 1);
    while (at < object.size() && object[at] == '"') {
        const size_t key_end = skip_json_value(object, at);
        const std::string_view key = object.substr(at, key_end - at);
        at = skip_json_space(object, skip_json_space(object, key_end) + 1);
        const size_t end = skip_json_value(object, at);
        if (end > object.size() || at > end) return;
        visit(key, object.substr(at, end - at));
        at = skip_json_space(object, end);
        if (at < object.size() && object[at] == ',') at = skip_json_space(object, at + 1);
    }
}

}  // namespace reel
