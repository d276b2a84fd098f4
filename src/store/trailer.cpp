#include "store/trailer.h"

#include <charconv>
#include <optional>

#include "base/json.h"
#include "base/json_scan.h"
#include "base/try.h"
#include "boxes/record_boxes.h"

namespace reel {

namespace {

constexpr uint64_t kHeader = 8;

/// The prototype's reader takes the last four bytes `oidx` it finds for the
/// box's type, so the letters must not stand in the JSON.
std::string quote_id(std::string_view id) {
    std::string quoted = quote_json(id);
    for (size_t at = quoted.find("oidx"); at != std::string::npos; at = quoted.find("oidx", at)) {
        quoted.replace(at, 1, "\\u006f");
        at += 6;
    }
    return quoted;
}

}  // namespace

uint64_t least_trailer_bytes(uint64_t live_records) {
    // "0": {"vec": 0, "json": 0, "txt": 0},
    return kHeader + 2 + 37 * live_records;
}

Result<ByteBuffer> build_trailer(const Snapshot& snapshot) {
    std::string json = "{";
    for (uint64_t n = 0; n < snapshot.count(); ++n) {
        if (!snapshot.live().contains(n)) continue;
        REEL_ASSIGN(const std::string id, snapshot.id_of(n));
        const RecordRow row = snapshot.row(n);
        REEL_ASSIGN(const RecordView record, snapshot.view(n));
        // Of an empty text the row names the byte behind; the trailer names the txt1.
        const uint64_t text_header = row.text_offset - (record.text.empty() ? 2 * kHeader : kHeader);
        if (json.size() > 1) json += ", ";
        json += quote_id(id) + ": {\"vec\": " + std::to_string(row.vector_offset - kHeader) +
                ", \"json\": " + std::to_string(row.metadata_offset - kHeader) +
                ", \"txt\": " + std::to_string(text_header) + "}";
    }
    json += "}";
    if (json.size() + kHeader > kMaxSmallBox) {
        return fail(ErrorCode::kLimit, "the oidx of " + std::to_string(snapshot.live_count()) +
                                           " records would reach 4 GiB, more than its box can hold");
    }
    ByteBuffer box(kHeader);
    store_be(box.data(), static_cast<uint32_t>(kHeader + json.size()));
    store_be(box.data() + 4, kTrailerBox.value);
    append(box, as_bytes(json));
    return box;
}

namespace {

/// The offset that a member's value says, if it is a plain number.
std::optional<uint64_t> parse_offset(std::string_view value) {
    uint64_t offset = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), offset);
    if (error != std::errc() || end != value.data() + value.size()) return std::nullopt;
    return offset;
}

std::optional<TrailerEntry> parse_entry(const JsonMember& member, std::vector<JsonMember>& places) {
    places.clear();
    if (!scan_json_object(member.value, places)) return std::nullopt;
    std::optional<uint64_t> vector, metadata, text;
    for (const JsonMember& place : places) {
        if (place.key == "\"vec\"") vector = parse_offset(place.value);
        if (place.key == "\"json\"") metadata = parse_offset(place.value);
        if (place.key == "\"txt\"") text = parse_offset(place.value);
    }
    if (!vector || !metadata || !text) return std::nullopt;
    return TrailerEntry{read_json_string(member.key), *vector, *metadata, *text};
}

}  // namespace

Result<std::vector<TrailerEntry>> parse_trailer(std::string_view payload) {
    std::vector<JsonMember> members;
    const auto scanned = scan_json_object(payload, members);
    if (!scanned) return fail(ErrorCode::kCorrupt, "the oidx: " + scanned.error().message);
    std::vector<TrailerEntry> entries;
    std::vector<JsonMember> places;
    for (const JsonMember& member : members) {
        auto entry = parse_entry(member, places);
        if (!entry)
            return fail(ErrorCode::kCorrupt, "the oidx entry " + std::string(member.key) + " lacks a place");
        entries.push_back(*std::move(entry));
    }
    return entries;
}

}  // namespace reel
