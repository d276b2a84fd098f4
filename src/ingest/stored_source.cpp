#include "ingest/stored_source.h"

#include <algorithm>
#include <charconv>

#include "base/json_scan.h"
#include "base/try.h"

namespace reel {

namespace {

std::optional<uint64_t> whole_number(std::string_view text) {
    uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

}  // namespace

std::optional<PassageMark> find_passage_mark(std::string_view metadata) {
    if (metadata.find("\"passages\"") == std::string_view::npos) return std::nullopt;
    std::vector<JsonMember> members;
    if (!scan_json_object(metadata, members)) return std::nullopt;
    const auto number_of = [&](std::string_view name) -> std::optional<uint64_t> {
        for (const JsonMember& member : members) {
            if (is_json_string(member.key, name)) return whole_number(member.value);
        }
        return std::nullopt;
    };
    const auto number = number_of("passage");
    const auto count = number_of("passages");
    if (!number || !count || !number_of("offset") || !number_of("length")) return std::nullopt;
    if (*number < 1 || *number > *count) return std::nullopt;
    return PassageMark{*number, *count};
}

std::string source_record_id(std::string_view source, uint64_t number) {
    return number == 0 ? std::string(source) : std::string(source) + "#" + std::to_string(number);
}

std::optional<uint64_t> source_passage(std::string_view id, std::string_view source) {
    if (id == source) return 0;
    if (!id.starts_with(source) || id.size() < source.size() + 2 || id[source.size()] != '#') {
        return std::nullopt;
    }
    const std::string_view digits = id.substr(source.size() + 1);
    const auto number = whole_number(digits);
    if (!number || digits.front() == '0') return std::nullopt;
    return number;
}

Result<std::vector<std::string>> find_source_ids(const Database& database, std::string_view id) {
    // A count is metadata, which anybody may have written: so many missing ones in a row are an end.
    constexpr uint64_t kMostMissing = 1000;
    std::vector<std::string> ids;
    REEL_ASSIGN(const auto whole, database.find(id));
    if (whole) ids.emplace_back(id);
    uint64_t last = 1;
    uint64_t missing = 0;
    for (uint64_t number = 1; number <= last && missing < kMostMissing; ++number) {
        std::string name = source_record_id(id, number);
        REEL_ASSIGN(const auto record, database.find(name));
        const auto mark = record ? find_passage_mark(record->metadata) : std::nullopt;
        if (!mark || mark->number != number) {
            ++missing;
            continue;
        }
        missing = 0;
        last = std::max(last, mark->count);
        ids.push_back(std::move(name));
    }
    return ids;
}

}  // namespace reel
