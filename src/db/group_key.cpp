#include "db/group_key.h"

#include "base/json.h"
#include "base/json_scan.h"
#include "base/try.h"
#include "filter/number.h"

namespace reel {

Result<GroupKey> GroupKey::parse(std::string_view path) {
    GroupKey key;
    size_t bad_at = 0;
    auto parsed = parse_path(path, bad_at);
    if (!parsed) {
        return fail(ErrorCode::kInvalidArgument, "the key to group by, " + quote_json(path) +
                                                     ", is no path: " + parsed.error().message +
                                                     " at character " + std::to_string(bad_at + 1));
    }
    key.path_ = *std::move(parsed);
    return key;
}

Result<std::optional<std::string>> GroupKey::value_in(std::string_view metadata) const {
    std::vector<JsonMember> members;
    std::string_view value = metadata;
    for (const std::string& part : path_) {
        if (value.empty() || value.front() != '{') return std::optional<std::string>();
        REEL_TRY(scan_json_object(value, members));
        std::string_view found;
        for (const JsonMember& member : members) {
            if (is_json_string(member.key, part)) found = member.value;
        }
        value = found;
    }
    if (value.empty() || value == "null") return std::optional<std::string>();
    if (value.front() == '"') return std::optional<std::string>(quote_json(read_json_string(value)));
    const bool is_number = value.front() == '-' || (value.front() >= '0' && value.front() <= '9');
    if (is_number) return std::optional<std::string>(print_number(read_json_number(value)));
    return std::optional<std::string>(value);
}

}  // namespace reel
