// Building sections of kind `rbqc`.
#pragma once

#include <cstdint>
#include <span>

#include "base/build_control.h"
#include "base/bytes.h"
#include "vector/code_search.h"
#include "vector/faiss_clustering.h"

namespace reel {

struct CodeBuildOptions {
    enum class Kind : uint8_t {
        kFlat,         ///< one list in the order of the rows: about 1 microsecond a row, nothing to train
        kPartitioned,  ///< lists of near rows, where that pays; else as kFlat
    };
    Kind kind = Kind::kFlat;
    uint64_t lists = 0;  ///< kPartitioned: 0: choose_lists()
    uint64_t seed = 0x7265656C;
    ClusterVectors* cluster = nullptr;  ///< nullptr: that of the module reel_faiss; without it kFlat is built
};

/// Whether this installation has the module that trains partitions.
bool can_partition();

/// How many lists pay for so many rows; 1 where partitions do not.
uint64_t choose_lists(uint64_t rows);

/// The data of a section for rows first_row .. first_row + row_count - 1 of `source` (below UINT32_MAX - 1).
/// Holds it in memory, and 8 bytes a row besides, and a sample of vectors for training. The codes of `reuse`,
/// older parts of the same rows (ascending), are taken over where one of them has at least half of the rows;
/// what is damaged of it is made anew. kInterrupted; kLimit.
Result<ByteBuffer> build_codes(const VectorSource& source, uint64_t first_row, uint64_t row_count,
                               Metric metric, const CodeBuildOptions& options,
                               std::span<const CodePart> reuse, const BuildControl& control);

}  // namespace reel
