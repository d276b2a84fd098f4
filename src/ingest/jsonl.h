// JSON Lines: one record a line, {"id", "text", "metadata", "vector"}, every other key metadata.
#pragma once

#include "ingest/import_source.h"

namespace reel {

/// id: a string or an integer (its digits); text: a string; metadata: an
/// object; vector: numbers. All are optional, but text or vector must be there.
/// Metadata keeps the bytes of its values and the order of its keys. Errors
/// name the key or the byte (from 0) of the line, not the line.
Status parse_record_line(std::string_view line, const ImportOptions& options, NewRecord& record);

/// Reads line by line; blank lines are skipped.
class JsonlSource final : public RecordSource {
public:
    JsonlSource(std::unique_ptr<Input> input, const ImportOptions& options)
        : lines_(std::move(input)), options_(options) {}

    Result<bool> next(NewRecord& record) override;
    [[nodiscard]] std::string place() const override { return lines_.place(); }
    [[nodiscard]] uint64_t bytes_read() const override { return lines_.bytes_read(); }
    [[nodiscard]] std::optional<uint64_t> bytes_total() const override { return lines_.input().total(); }
    [[nodiscard]] uint64_t records_read() const override { return records_read_; }

private:
    LineReader lines_;
    ImportOptions options_;
    uint64_t records_read_ = 0;
};

/// Lines that are not blank.
Result<uint64_t> count_jsonl_records(std::unique_ptr<Input> input);

}  // namespace reel
