// What `reel import` reads: records one after another, whatever the kind of file.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "ingest/input.h"
#include "reel/record.h"

namespace reel {

class RecordSource {
public:
    RecordSource() = default;
    RecordSource(const RecordSource&) = delete;
    RecordSource& operator=(const RecordSource&) = delete;
    virtual ~RecordSource() = default;

    /// Puts the next record into `record`; false at the end. After an error,
    /// which names the place, the source is finished.
    virtual Result<bool> next(NewRecord& record) = 0;

    /// "FILE line 17", where the record read last began.
    [[nodiscard]] virtual std::string place() const = 0;

    /// For a progress bar: both in bytes of the input.
    [[nodiscard]] virtual uint64_t bytes_read() const = 0;
    [[nodiscard]] virtual std::optional<uint64_t> bytes_total() const = 0;

    /// Records that next() has returned.
    [[nodiscard]] virtual uint64_t records_read() const = 0;
};

struct ImportOptions {
    uint32_t dimension = 0;          ///< of the store; 0: not known yet
    bool vectors_elsewhere = false;  ///< vectors come from a second file: records must have none
};

/// A file of records. By its name: .csv is CSV, everything else (and "-") JSON Lines.
Result<std::unique_ptr<RecordSource>> open_records(const std::string& path, const ImportOptions& options);

/// The records of `records_path` with the rows of a .npy file, one to one. An
/// empty `records_path`: rows alone, without ids and texts. Where the number
/// of records can be counted beforehand (all but pipes), another number of
/// rows is refused here, naming both; else at the end.
Result<std::unique_ptr<RecordSource>> open_records_with_vectors(const std::string& records_path,
                                                                const std::string& vectors_path,
                                                                const ImportOptions& options);

}  // namespace reel
