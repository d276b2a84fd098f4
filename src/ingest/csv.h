// CSV as RFC 4180 has it: commas, a header row, quoted fields that may hold line ends.
//
// The state machine is our own: RFC 4180 is one page, and of Debian's libraries
// libcsv is LGPL and fast-cpp-csv-parser cannot read a line end inside quotes.
#pragma once

#include <string>
#include <vector>

#include "ingest/import_source.h"

namespace reel {

/// Rows of fields.
class CsvReader {
public:
    explicit CsvReader(std::unique_ptr<Input> input, size_t max_row_bytes = kMaxLineBytes)
        : lines_(std::move(input), max_row_bytes), max_row_bytes_(max_row_bytes) {}

    /// Puts the next row's fields into `fields`; false at the end. Lines that
    /// are empty are skipped. Errors name the line, and of a quote that is never closed where it opened.
    Result<bool> next(std::vector<std::string>& fields);

    /// "FILE line 17": where the row read last began.
    [[nodiscard]] std::string place() const;
    [[nodiscard]] const LineReader& lines() const { return lines_; }

private:
    Status split(std::string_view line, std::vector<std::string>& fields);
    Status read_quoted(std::string_view& line, size_t& at, std::string& field);
    Status check_after_quote(std::string_view line, size_t at) const;

    LineReader lines_;
    size_t max_row_bytes_;
    size_t row_bytes_ = 0;
    uint64_t first_line_ = 0;
};

/// The columns id, text, vector (a JSON array, or numbers with spaces or
/// semicolons between them) and metadata (a JSON object); every other column is a metadata string.
/// An empty id, vector or metadata field counts as none.
class CsvSource final : public RecordSource {
public:
    /// Reads the header row.
    static Result<std::unique_ptr<CsvSource>> open(std::unique_ptr<Input> input,
                                                   const ImportOptions& options);

    Result<bool> next(NewRecord& record) override;
    [[nodiscard]] std::string place() const override { return rows_.place(); }
    [[nodiscard]] uint64_t bytes_read() const override { return rows_.lines().bytes_read(); }
    [[nodiscard]] std::optional<uint64_t> bytes_total() const override {
        return rows_.lines().input().total();
    }
    [[nodiscard]] uint64_t records_read() const override { return records_read_; }

private:
    CsvSource(std::unique_ptr<Input> input, const ImportOptions& options)
        : rows_(std::move(input)), options_(options) {}
    Status read_header();
    Status check_columns() const;
    Status read_fields(NewRecord& record);

    CsvReader rows_;
    ImportOptions options_;
    std::vector<std::string> columns_;
    std::vector<std::string> key_literals_;  // of the columns, as JSON
    std::vector<std::string> fields_;
    uint64_t records_read_ = 0;
};

/// Rows below the header.
Result<uint64_t> count_csv_records(std::unique_ptr<Input> input);

}  // namespace reel
