#include "ingest/import_source.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "base/try.h"
#include "ingest/csv.h"
#include "ingest/jsonl.h"
#include "ingest/npy.h"

namespace reel {

namespace {

bool is_csv(const std::string& path) {
    constexpr std::string_view kEnding = ".csv";
    if (path.size() < kEnding.size()) return false;
    return std::equal(kEnding.begin(), kEnding.end(), path.end() - kEnding.size(), [](char want, char have) {
        return want == (have >= 'A' && have <= 'Z' ? have + 32 : have);
    });
}

Status wrong_rows(const NpyFile& vectors, const std::string& records_name, uint64_t records) {
    return fail(ErrorCode::kInvalidArgument, vectors.name() + " has " + std::to_string(vectors.rows()) +
                                                 " rows, " + records_name + " " + std::to_string(records) +
                                                 " records; they must pair one to one");
}

/// Rows of a .npy file, with or without records that give them ids and texts.
class VectorsSource final : public RecordSource {
public:
    VectorsSource(std::unique_ptr<RecordSource> records, std::string records_name, NpyFile vectors)
        : records_(std::move(records)),
          records_name_(std::move(records_name)),
          vectors_(std::move(vectors)) {}

    Result<bool> next(NewRecord& record) override {
        if (records_ == nullptr) {
            record = NewRecord{};
            if (row_ == vectors_.rows()) return false;
        } else {
            REEL_ASSIGN(const bool more, records_->next(record));
            if (!more && row_ == vectors_.rows()) return false;
            if (!more) return fail(wrong_rows(vectors_, records_name_, row_).error());
            if (row_ == vectors_.rows()) return too_many_records();
        }
        REEL_ASSIGN(const auto values, vectors_.row(row_, scratch_));
        record.vector.assign(values.begin(), values.end());
        ++row_;
        return true;
    }

    [[nodiscard]] std::string place() const override {
        if (records_ != nullptr) return records_->place();
        return vectors_.name() + " row " + std::to_string(row_ == 0 ? 0 : row_ - 1);
    }
    [[nodiscard]] uint64_t bytes_read() const override {
        return records_ != nullptr ? records_->bytes_read() : row_ * vectors_.columns() * sizeof(float);
    }
    [[nodiscard]] std::optional<uint64_t> bytes_total() const override {
        return records_ != nullptr ? records_->bytes_total()
                                   : vectors_.rows() * vectors_.columns() * sizeof(float);
    }
    [[nodiscard]] uint64_t records_read() const override { return row_; }

private:
    Result<bool> too_many_records() const {
        return fail(ErrorCode::kInvalidArgument, records_->place() + ": " + vectors_.name() + " has only " +
                                                     std::to_string(vectors_.rows()) +
                                                     " rows; they must pair one to one");
    }

    std::unique_ptr<RecordSource> records_;
    std::string records_name_;
    NpyFile vectors_;
    std::vector<float> scratch_;
    uint64_t row_ = 0;
};

Status check_pairing(const std::string& records_path, const NpyFile& vectors) {
    std::error_code ignored;
    // A pipe can be read only once, and closing a named one would end its writer.
    if (!std::filesystem::is_regular_file(records_path, ignored)) return {};
    REEL_ASSIGN(auto input, open_input(records_path));
    REEL_ASSIGN(const uint64_t records, is_csv(records_path) ? count_csv_records(std::move(input))
                                                             : count_jsonl_records(std::move(input)));
    if (records == vectors.rows()) return {};
    return wrong_rows(vectors, records_path, records);
}

}  // namespace

Result<std::unique_ptr<RecordSource>> open_records(const std::string& path, const ImportOptions& options) {
    REEL_ASSIGN(auto input, open_input(path));
    if (!is_csv(path)) return std::make_unique<JsonlSource>(std::move(input), options);
    REEL_ASSIGN(auto source, CsvSource::open(std::move(input), options));
    return source;
}

Result<std::unique_ptr<RecordSource>> open_records_with_vectors(const std::string& records_path,
                                                                const std::string& vectors_path,
                                                                const ImportOptions& options) {
    REEL_ASSIGN(NpyFile vectors, NpyFile::open(vectors_path));
    if (options.dimension != 0 && vectors.columns() != options.dimension) {
        return fail(ErrorCode::kInvalidArgument,
                    vectors_path + ": its vectors have " + std::to_string(vectors.columns()) +
                        " numbers, the store's " + std::to_string(options.dimension));
    }
    std::unique_ptr<RecordSource> records;
    if (!records_path.empty()) {
        REEL_TRY(check_pairing(records_path, vectors));
        ImportOptions without_vectors = options;
        without_vectors.vectors_elsewhere = true;
        REEL_ASSIGN(records, open_records(records_path, without_vectors));
    }
    return std::make_unique<VectorsSource>(std::move(records), records_path, std::move(vectors));
}

}  // namespace reel
