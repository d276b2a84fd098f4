#include "ingest/record_fields.h"

#include <algorithm>

#include "base/json.h"
#include "base/try.h"
#include "ingest/float_text.h"

namespace reel {

namespace {

Status check_unique(const std::vector<JsonMember>& members) {
    std::vector<std::string> keys;
    keys.reserve(members.size());
    for (const JsonMember& member : members) keys.push_back(read_json_string(member.key));
    std::sort(keys.begin(), keys.end());
    const auto twice = std::adjacent_find(keys.begin(), keys.end());
    if (twice == keys.end()) return {};
    return fail(ErrorCode::kInvalidArgument,
                "the metadata key " + quote_json(*twice) + " occurs twice; rename or remove one of them");
}

}  // namespace

Status merge_metadata(std::string_view metadata, const std::vector<JsonMember>& others, std::string& out) {
    std::vector<JsonMember> members;
    if (!metadata.empty()) {
        const Status scanned = scan_json_object(metadata, members);
        if (!scanned) return fail(scanned.error().at("\"metadata\""));
    }
    const bool keep_bytes = others.empty();
    members.insert(members.end(), others.begin(), others.end());
    REEL_TRY(check_unique(members));
    if (keep_bytes) {
        out = metadata;
        return {};
    }
    out = "{";
    for (const JsonMember& member : members) append_json_member(out, member.key, member.value);
    out += "}";
    return {};
}

Status check_record(const NewRecord& record, const ImportOptions& options) {
    if (options.vectors_elsewhere) {
        if (record.vector.empty()) return {};
        return fail(
            ErrorCode::kInvalidArgument,
            "has a \"vector\" although the vectors come from a file of their own; remove one of them");
    }
    if (!record.vector.empty()) {
        const Status count = check_count(record.vector.size(), options.dimension);
        if (!count) return fail(ErrorCode::kInvalidArgument, "\"vector\" " + count.error().message);
    } else if (record.text.empty()) {
        return fail(ErrorCode::kInvalidArgument,
                    "has neither \"text\" nor \"vector\"; a record needs one of them");
    }
    return {};
}

}  // namespace reel
