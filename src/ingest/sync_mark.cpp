#include "ingest/sync_mark.h"

#include <algorithm>
#include <charconv>
#include <vector>

#include "base/json.h"
#include "base/json_scan.h"
#include "base/try.h"

namespace reel {

namespace {

using Members = std::vector<JsonMember>;

const JsonMember* find_member(const Members& members, std::string_view name) {
    const auto found = std::find_if(members.begin(), members.end(), [&](const JsonMember& member) {
        return is_json_string(member.key, name);
    });
    return found == members.end() ? nullptr : &*found;
}

std::optional<std::string> text_member(const Members& members, std::string_view name) {
    const JsonMember* member = find_member(members, name);
    if (member == nullptr || !member->value.starts_with('"')) return std::nullopt;
    return read_json_string(member->value);
}

template <class Number>
std::optional<Number> number_member(const Members& members, std::string_view name) {
    const JsonMember* member = find_member(members, name);
    if (member == nullptr) return std::nullopt;
    Number value = 0;
    const char* const end = member->value.data() + member->value.size();
    const auto [stop, error] = std::from_chars(member->value.data(), end, value);
    if (error != std::errc() || stop != end) return std::nullopt;
    return value;
}

}  // namespace

std::optional<SyncMark> find_sync_mark(std::string_view metadata) {
    // Most records of a store may be none of a folder's, and a search is quicker than a scan.
    if (metadata.find("\"sync\"") == std::string_view::npos) return std::nullopt;
    Members members;
    if (!scan_json_object(metadata, members)) return std::nullopt;
    const JsonMember* const sync = find_member(members, "sync");
    Members inner;
    if (sync == nullptr || !scan_json_object(sync->value, inner)) return std::nullopt;
    auto name = text_member(inner, "name");
    auto path = text_member(inner, "path");
    if (!name || !path) return std::nullopt;
    SyncMark mark{std::move(*name), std::move(*path), std::nullopt};
    const auto mtime = number_member<int64_t>(inner, "mtime_ns");
    const auto bytes = number_member<uint64_t>(inner, "bytes");
    auto hash = text_member(inner, "sha256");
    if (mtime && bytes && hash) mark.stamp = FileStamp{*mtime, *bytes, std::move(*hash)};
    return mark;
}

std::string sync_mark_json(const SyncMark& mark) {
    std::string object = "{";
    append_json_member(object, "\"name\"", quote_json(mark.name));
    append_json_member(object, "\"path\"", quote_json(mark.path));
    if (mark.stamp) {
        append_json_member(object, "\"mtime_ns\"", std::to_string(mark.stamp->mtime_ns));
        append_json_member(object, "\"bytes\"", std::to_string(mark.stamp->bytes));
        append_json_member(object, "\"sha256\"", quote_json(mark.stamp->sha256));
    }
    return object + "}";
}

Result<std::string> relabel_metadata(std::string_view metadata, const SyncMark& mark,
                                     std::string_view source) {
    Members members;
    REEL_TRY(scan_json_object(metadata, members));
    std::string object = "{";
    for (const JsonMember& member : members) {
        if (is_json_string(member.key, "sync")) {
            append_json_member(object, member.key, sync_mark_json(mark));
        } else if (is_json_string(member.key, "source")) {
            append_json_member(object, member.key, quote_json(source));
        } else {
            append_json_member(object, member.key, member.value);
        }
    }
    return object + "}";
}

}  // namespace reel
