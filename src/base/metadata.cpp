#include "base/metadata.h"

#include <vector>

#include "base/json.h"
#include "base/json_scan.h"
#include "base/try.h"
#include "base/utf8.h"

namespace reel {

namespace {

constexpr std::string_view kDocId = "doc_id";

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

/// Where the value of `member` ends in `object`.
size_t end_of(const JsonMember& member, std::string_view object) {
    return static_cast<size_t>(member.value.data() + member.value.size() - object.data());
}

std::optional<std::string> find_string(std::string_view literal) {
    if (literal.empty() || literal.front() != '"') return std::nullopt;
    return read_json_string(literal);
}

}  // namespace

Status check_json_object(std::string_view text) {
    REEL_TRY(check_json(text));
    size_t at = 0;
    while (at < text.size() && is_space(text[at])) ++at;
    if (at >= text.size() || text[at] != '{') {
        return fail(ErrorCode::kInvalidArgument,
                    "metadata is not a JSON object; write it as {\"key\": value, ...}");
    }
    return {};
}

Result<std::string> add_doc_id(std::string_view metadata, std::string_view id) {
    const std::string own = "\"doc_id\": " + quote_json(id);
    if (metadata.empty()) return "{" + own + "}";
    REEL_TRY(check_json_object(metadata));
    std::vector<JsonMember> members;
    REEL_TRY(scan_json_object(metadata, members));
    bool has_id = false;
    for (const JsonMember& member : members) {
        if (!is_json_string(member.key, kDocId)) continue;
        has_id = true;
        if (find_string(member.value) != id) {
            return fail(ErrorCode::kInvalidArgument,
                        "metadata has a \"doc_id\" that differs from the record's id " + quote_json(id) +
                            "; leave it out or make them equal");
        }
    }
    if (has_id) return std::string(metadata);
    if (members.empty()) return "{" + own + "}";
    // One space is ours; those behind the user's brace stay and come back.
    const size_t open = metadata.find('{');
    const size_t close = metadata.rfind('}');
    return "{" + own + ", " + std::string(metadata.substr(open + 1, close - open));
}

namespace {

Status scan_stored(std::string_view stored, std::vector<JsonMember>& members) {
    if (find_invalid_utf8(stored)) REEL_TRY(check_json(stored));  // says where
    return scan_json_object(stored, members);
}

std::optional<std::string> find_id(const std::vector<JsonMember>& members) {
    std::optional<std::string> id;
    for (const JsonMember& member : members) {
        if (is_json_string(member.key, kDocId)) id = find_string(member.value);
    }
    return id;
}

std::string without_id(std::string_view stored, const std::vector<JsonMember>& members) {
    std::string out;
    size_t end = stored.find('{') + 1;  // of the member before
    bool removed = false;
    bool kept = false;
    for (const JsonMember& member : members) {
        // What separates it from the member before: white space, and the comma but for the first.
        const auto begin = static_cast<size_t>(member.key.data() - stored.data());
        std::string_view gap = stored.substr(end, begin - end);
        end = end_of(member, stored);
        if (is_json_string(member.key, kDocId)) {
            removed = true;
            continue;
        }
        if (!kept && &member != &members.front()) {
            gap.remove_prefix(gap.find(',') + 1);
            if (gap.starts_with(' ')) gap.remove_prefix(1);
        }
        out += gap;
        out += stored.substr(begin, end - begin);
        kept = true;
    }
    if (!removed) return std::string(stored);
    if (!kept) return "{}";
    return "{" + out + std::string(stored.substr(end, stored.rfind('}') + 1 - end));
}

}  // namespace

Result<StoredMetadata> split_doc_id(std::string_view stored) {
    std::vector<JsonMember> members;
    REEL_TRY(scan_stored(stored, members));
    StoredMetadata split;
    if (auto id = find_id(members)) {
        split.has_id = true;
        split.id = *std::move(id);
    }
    split.metadata = without_id(stored, members);
    return split;
}

Result<std::string> remove_doc_id(std::string_view stored) {
    REEL_ASSIGN(StoredMetadata split, split_doc_id(stored));
    return std::move(split.metadata);
}

std::optional<std::string> find_doc_id(std::string_view stored) {
    std::vector<JsonMember> members;
    if (!scan_stored(stored, members)) return std::nullopt;
    return find_id(members);
}

}  // namespace reel
