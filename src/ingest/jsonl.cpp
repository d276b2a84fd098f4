#include "ingest/jsonl.h"

#include <algorithm>

#include "base/json.h"
#include "base/try.h"
#include "ingest/float_text.h"
#include "ingest/record_fields.h"

namespace reel {

namespace {

bool is_blank(std::string_view line) { return line.find_first_not_of(" \t\r") == std::string_view::npos; }

bool is_string(std::string_view literal) { return literal.front() == '"'; }

bool is_integer(std::string_view literal) {
    if (literal.starts_with('-')) literal.remove_prefix(1);
    return !literal.empty() && literal.find_first_not_of("0123456789") == std::string_view::npos;
}

/// The literals of the four named keys; empty: not there.
struct NamedValues {
    std::string_view id, text, metadata, vector;
    std::vector<JsonMember> others;
};

Result<NamedValues> sort_out(const std::vector<JsonMember>& members) {
    NamedValues values;
    for (const JsonMember& member : members) {
        std::string_view* target = is_json_string(member.key, "id")         ? &values.id
                                   : is_json_string(member.key, "text")     ? &values.text
                                   : is_json_string(member.key, "metadata") ? &values.metadata
                                   : is_json_string(member.key, "vector")   ? &values.vector
                                                                            : nullptr;
        if (target == nullptr) {
            values.others.push_back(member);
            continue;
        }
        if (!target->empty()) {
            return fail(ErrorCode::kInvalidArgument, "the key " + std::string(member.key) + " occurs twice");
        }
        *target = member.value;
    }
    return values;
}

Status read_id(std::string_view literal, NewRecord& record) {
    if (literal.empty()) return {};
    if (is_string(literal)) {
        record.id = read_json_string(literal);
    } else if (is_integer(literal)) {
        record.id = std::string(literal);
    } else {
        return fail(ErrorCode::kInvalidArgument, "\"id\" is neither a string nor an integer");
    }
    return {};
}

Status read_text(std::string_view literal, NewRecord& record) {
    if (literal.empty()) return {};
    if (!is_string(literal)) return fail(ErrorCode::kInvalidArgument, "\"text\" is not a string");
    record.text = read_json_string(literal);
    return {};
}

Status read_metadata(const NamedValues& values, NewRecord& record) {
    if (!values.metadata.empty() && values.metadata.front() != '{') {
        return fail(ErrorCode::kInvalidArgument,
                    "\"metadata\" is not a JSON object; write it as {\"key\": value, ...}");
    }
    return merge_metadata(values.metadata, values.others, record.metadata);
}

Status read_vector(std::string_view literal, NewRecord& record) {
    if (literal.empty()) return {};
    const Status read = read_float_array(literal, record.vector);
    if (!read) return fail(ErrorCode::kInvalidArgument, "\"vector\": " + read.error().message);
    if (record.vector.empty()) {
        return fail(ErrorCode::kInvalidArgument,
                    "\"vector\" is empty; leave it out to have the text embedded");
    }
    return {};
}

}  // namespace

Status parse_record_line(std::string_view line, const ImportOptions& options, NewRecord& record) {
    record = NewRecord{};
    REEL_TRY(check_line_utf8(line));
    std::vector<JsonMember> members;
    REEL_TRY(scan_json_object(line, members));
    REEL_ASSIGN(const NamedValues values, sort_out(members));
    REEL_TRY(read_id(values.id, record));
    REEL_TRY(read_text(values.text, record));
    REEL_TRY(read_metadata(values, record));
    record.vector.reserve(options.dimension);
    REEL_TRY(read_vector(values.vector, record));
    return check_record(record, options);
}

Result<bool> JsonlSource::next(NewRecord& record) {
    std::string_view line;
    do {
        REEL_ASSIGN(const bool more, lines_.next(line));
        if (!more) return false;
    } while (is_blank(line));
    const Status parsed = parse_record_line(line, options_, record);
    if (!parsed) return fail(parsed.error().at(place()));
    ++records_read_;
    return true;
}

Result<uint64_t> count_jsonl_records(std::unique_ptr<Input> input) {
    LineReader lines(std::move(input));
    std::string_view line;
    uint64_t count = 0;
    while (true) {
        REEL_ASSIGN(const bool more, lines.next(line));
        if (!more) return count;
        if (!is_blank(line)) ++count;
    }
}

}  // namespace reel
