// Builds the typed columns of a range of records from their metadata.
#pragma once

#include <functional>
#include <limits>
#include <string_view>

#include "base/build_control.h"
#include "base/bytes.h"
#include "reel/error.h"

namespace reel {

/// The metadata of a row as stored; it stays where it is until the next call.
using MetadataOf = std::function<Result<std::string_view>(uint64_t row)>;

struct ColumnLimits {
    /// Keys that are followed; the 1,000 most present of them get a column.
    size_t tracked_keys = 4096;
    /// Of the section; also never more than its metadata's bytes (but kSmallColumns are always allowed).
    uint64_t section_bytes = uint64_t{1} << 31U;
    bool within_metadata = true;
};

inline constexpr uint64_t kSmallColumns = 16'384;

/// The data of a cols section over rows 0 to row_count - 1. A row whose
/// metadata cannot be had, or is no JSON object, is noted as such and is no
/// error. Memory: some times the metadata's bytes. kInterrupted where asked for.
Result<ByteBuffer> build_columns(uint64_t row_count, const MetadataOf& metadata_of,
                                 const BuildControl& control, const ColumnLimits& limits = {});

}  // namespace reel
