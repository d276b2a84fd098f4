#include "ingest/csv.h"

#include <algorithm>

#include "base/json.h"
#include "base/try.h"
#include "ingest/float_text.h"
#include "ingest/record_fields.h"

namespace reel {

namespace {

constexpr std::string_view kId = "id";
constexpr std::string_view kText = "text";
constexpr std::string_view kVector = "vector";
constexpr std::string_view kMetadata = "metadata";

bool is_empty(std::string_view line) { return line.empty() || line == "\r"; }

Status read_vector_field(std::string_view field, std::vector<float>& out) {
    const bool brackets = field.starts_with('[') && field.ends_with(']') && field.size() >= 2;
    if (brackets && field.find(',') != std::string_view::npos) {
        REEL_TRY(scan_json(field));
        return read_float_array(field, out);
    }
    return read_float_list(brackets ? field.substr(1, field.size() - 2) : field, out);
}

Status without_column(std::string_view name) {
    return fail(ErrorCode::kInvalidArgument,
                "the header row has no column \"" + std::string(name) +
                    "\"; name the columns id, text, metadata, vector (others become metadata)");
}

}  // namespace

std::string CsvReader::place() const {
    return lines_.input().name() + " line " + std::to_string(std::max<uint64_t>(first_line_, 1));
}

Result<bool> CsvReader::next(std::vector<std::string>& fields) {
    fields.clear();
    std::string_view line;
    do {
        REEL_ASSIGN(const bool more, lines_.next(line));
        if (!more) return false;
    } while (is_empty(line));
    first_line_ = lines_.line_number();
    row_bytes_ = line.size();
    const Status checked = check_line_utf8(line);
    if (!checked) return fail(checked.error().at(lines_.place()));
    REEL_TRY(split(line, fields));
    return true;
}

Status CsvReader::split(std::string_view line, std::vector<std::string>& fields) {
    size_t at = 0;
    while (true) {
        std::string& field = fields.emplace_back();
        if (at < line.size() && line[at] == '"') {
            REEL_TRY(read_quoted(line, at, field));
        } else {
            const size_t end = std::min(line.find(',', at), line.size());
            std::string_view bare = line.substr(at, end - at);
            if (end == line.size() && bare.ends_with('\r')) bare.remove_suffix(1);
            if (bare.find('"') != std::string_view::npos) {
                return fail(ErrorCode::kInvalidArgument,
                            lines_.place() + ": a quote inside the unquoted field " +
                                std::to_string(fields.size()) +
                                "; put the field in quotes and double the quote");
            }
            field = bare;
            at = end;
        }
        if (at >= line.size() || line[at] == '\r') return {};
        ++at;  // the comma
    }
}

/// From the opening quote at `at` to behind the closing one, on `line` or a later one, which then is `line`.
Status CsvReader::read_quoted(std::string_view& line, size_t& at, std::string& field) {
    const std::string opened = lines_.place() + " byte " + std::to_string(at);
    ++at;
    while (true) {
        const size_t quote = line.find('"', at);
        if (quote != std::string_view::npos) {
            field += line.substr(at, quote - at);
            at = quote + 1;
            if (at >= line.size() || line[at] != '"') return check_after_quote(line, at);
            field += '"';
            ++at;
            continue;
        }
        field += line.substr(at);
        REEL_ASSIGN(const bool more, lines_.next(line));
        if (!more) {
            return fail(ErrorCode::kInvalidArgument, opened + ": the quote that opens here is never closed");
        }
        field += '\n';
        row_bytes_ += line.size() + 1;
        if (row_bytes_ > max_row_bytes_) {
            return fail(ErrorCode::kLimit, opened + ": the row goes on for more than " +
                                               std::to_string(max_row_bytes_) +
                                               " bytes; is the quote that opens here never closed?");
        }
        const Status checked = check_line_utf8(line);
        if (!checked) return fail(checked.error().at(lines_.place()));
        at = 0;
    }
}

Status CsvReader::check_after_quote(std::string_view line, size_t at) const {
    const std::string_view rest = line.substr(at);
    if (rest.empty() || rest.front() == ',' || rest == "\r") return {};
    return fail(ErrorCode::kInvalidArgument,
                lines_.place() + " byte " + std::to_string(at) +
                    ": text after a closing quote; double the quotes inside a field");
}

Result<std::unique_ptr<CsvSource>> CsvSource::open(std::unique_ptr<Input> input,
                                                   const ImportOptions& options) {
    std::unique_ptr<CsvSource> source(new CsvSource(std::move(input), options));
    const Status header = source->read_header();
    if (!header) return fail(header.error());
    return source;
}

Status CsvSource::read_header() {
    REEL_ASSIGN(const bool more, rows_.next(columns_));
    if (!more) {
        return fail(ErrorCode::kInvalidArgument,
                    rows_.lines().input().name() + ": is empty; the first row must name the columns");
    }
    const Status checked = check_columns();
    if (!checked) return fail(checked.error().at(rows_.place()));
    for (const std::string& column : columns_) key_literals_.push_back(quote_json(column));
    return {};
}

Status CsvSource::check_columns() const {
    if (columns_.size() == 1 && columns_[0].find_first_of(";\t|") != std::string::npos) {
        return fail(ErrorCode::kInvalidArgument,
                    "the header row has one column, " + quote_json(columns_[0]) +
                        "; is it separated by something else than commas? Write the file with commas");
    }
    for (size_t i = 0; i < columns_.size(); ++i) {
        if (columns_[i].empty()) {
            return fail(ErrorCode::kInvalidArgument, "column " + std::to_string(i + 1) + " has no name");
        }
        if (std::find(columns_.begin(), columns_.begin() + static_cast<ptrdiff_t>(i), columns_[i]) !=
            columns_.begin() + static_cast<ptrdiff_t>(i)) {
            return fail(ErrorCode::kInvalidArgument,
                        "the column " + quote_json(columns_[i]) + " occurs twice");
        }
    }
    const auto has = [&](std::string_view name) {
        return std::find(columns_.begin(), columns_.end(), name) != columns_.end();
    };
    if (!has(kText) && !has(kVector) && !options_.vectors_elsewhere) return without_column(kText);
    return {};
}

Result<bool> CsvSource::next(NewRecord& record) {
    REEL_ASSIGN(const bool more, rows_.next(fields_));
    if (!more) return false;
    const Status read = read_fields(record);
    if (!read) return fail(read.error().at(place()));
    ++records_read_;
    return true;
}

Status CsvSource::read_fields(NewRecord& record) {
    record = NewRecord{};
    if (fields_.size() != columns_.size()) {
        return fail(ErrorCode::kInvalidArgument, "record " + std::to_string(records_read_ + 1) + " has " +
                                                     std::to_string(fields_.size()) +
                                                     (fields_.size() == 1 ? " field" : " fields") +
                                                     ", the header row " + std::to_string(columns_.size()));
    }
    std::string_view metadata;
    std::vector<std::string> values;
    values.reserve(fields_.size());  // the members below are views of them
    std::vector<JsonMember> others;
    for (size_t i = 0; i < columns_.size(); ++i) {
        std::string& field = fields_[i];
        const std::string& column = columns_[i];
        if (column == kId) {
            if (!field.empty()) record.id = std::move(field);
        } else if (column == kText) {
            record.text = std::move(field);
        } else if (column == kMetadata) {
            metadata = field;
        } else if (column == kVector) {
            const Status read = read_vector_field(field, record.vector);
            if (!read) return fail(read.error().at("column \"vector\""));
        } else {
            values.push_back(quote_json(field));
            others.push_back({key_literals_[i], values.back()});
        }
    }
    REEL_TRY(merge_metadata(metadata, others, record.metadata));
    return check_record(record, options_);
}

Result<uint64_t> count_csv_records(std::unique_ptr<Input> input) {
    CsvReader rows(std::move(input));
    std::vector<std::string> fields;
    uint64_t count = 0;
    while (true) {
        REEL_ASSIGN(const bool more, rows.next(fields));
        if (!more) return count == 0 ? 0 : count - 1;
        ++count;
    }
}

}  // namespace reel
