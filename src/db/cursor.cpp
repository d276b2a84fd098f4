#include "db/cursor.h"

#include <array>
#include <charconv>

#include "base/bytes.h"
#include "base/checksum.h"

namespace reel {

namespace {

constexpr std::string_view kPrefix = "r1";
constexpr size_t kFields = 6;

std::array<uint64_t, kFields> fields_of(const Cursor& cursor) {
    return {cursor.commit, cursor.head,     cursor.fingerprint,
            cursor.offset, cursor.last_row, cursor.last_distance};
}

std::string in_hex(uint64_t value) {
    std::array<char, 16> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value, 16).ptr;
    return {digits.data(), end};
}

Error not_a_cursor() {
    return {ErrorCode::kInvalidArgument,
            "the cursor is not one that a search gave; ask for the first page without one"};
}

}  // namespace

std::string write_cursor(const Cursor& cursor) {
    std::string text(kPrefix);
    for (const uint64_t field : fields_of(cursor)) text += "-" + in_hex(field);
    return text + "-" + in_hex(crc32c(as_bytes(text)));
}

Result<Cursor> read_cursor(std::string_view text) {
    const size_t last = text.rfind('-');
    if (last == std::string_view::npos || text.substr(0, kPrefix.size()) != kPrefix ||
        text.substr(last + 1) != in_hex(crc32c(as_bytes(text.substr(0, last))))) {
        return fail(not_a_cursor());
    }
    std::array<uint64_t, kFields> fields{};
    size_t at = kPrefix.size();
    for (uint64_t& field : fields) {
        const char* const end = text.data() + last;
        if (at >= last || text[at] != '-') return fail(not_a_cursor());
        const auto parsed = std::from_chars(text.data() + at + 1, end, field, 16);
        if (parsed.ec != std::errc()) return fail(not_a_cursor());
        at = static_cast<size_t>(parsed.ptr - text.data());
    }
    if (at != last || fields[2] > UINT32_MAX || fields[5] > UINT32_MAX) return fail(not_a_cursor());
    return Cursor{fields[0], fields[1], static_cast<uint32_t>(fields[2]),
                  fields[3], fields[4], static_cast<uint32_t>(fields[5])};
}

}  // namespace reel
