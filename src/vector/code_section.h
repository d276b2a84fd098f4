// Sections of kind `rbqc`: 1-bit codes of vectors, in one list or in
// partitions (docs/format.md, section 7.2).
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "reel/error.h"
#include "reel/metric.h"
#include "vector/code_kernels.h"
#include "vector/rotation.h"

namespace reel {

/// The recalls that a section's calibration is for.
inline constexpr std::array<double, 7> kCalibratedRecalls{0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999};

/// Rows of a chunk: what one checksum covers.
inline constexpr uint32_t kCodeChunkRows = 1024;

/// Centroids of a group: what one checksum covers.
inline constexpr uint32_t kCentroidGroup = 16;

/// The fixed fields at the start of a section.
struct CodeHead {
    uint32_t dimension = 0;
    uint32_t lists = 1;
    uint64_t rows = 0;
    uint64_t seed = 0;
    Metric metric = Metric::kL2;
    uint32_t loose_rows = 0;                                   ///< rows without a code
    float spread = 0;                                          ///< mean of CodeFactors::spread
    std::array<uint32_t, kCalibratedRecalls.size()> probes{};  ///< lists that hold that share of the true ten
    std::array<uint32_t, kCalibratedRecalls.size()> ranks{};   ///< how far down the candidates they stand

    bool operator==(const CodeHead&) const = default;
};

/// Where everything stands: derived from the head and the lists' lengths, so that no two things can overlap.
class CodeLayout {
public:
    static constexpr size_t kHeadBytes = 128;

    explicit CodeLayout(const CodeHead& head);

    [[nodiscard]] bool is_partitioned() const { return lists_ > 1; }
    [[nodiscard]] uint32_t size() const { return size_; }  ///< dimensions of the rotated space
    [[nodiscard]] size_t code_bytes() const { return size_ / 8; }
    [[nodiscard]] size_t block_bytes() const {
        return code_block_bytes(code_bytes()) + (is_partitioned() ? kCodeBlockRows * sizeof(uint32_t) : 0);
    }
    [[nodiscard]] uint64_t chunk_bytes(uint32_t rows) const {
        return uint64_t{blocks_of(rows)} * block_bytes() + sizeof(uint32_t);
    }
    [[nodiscard]] uint64_t list_bytes(uint32_t rows) const {
        const uint32_t whole = rows / kCodeChunkRows;
        const uint32_t rest = rows % kCodeChunkRows;
        return whole * chunk_bytes(kCodeChunkRows) + (rest != 0 ? chunk_bytes(rest) : 0);
    }
    /// Mean, lists' lengths, loose rows, checksum; behind the head.
    [[nodiscard]] uint64_t directory_bytes() const { return directory_bytes_; }
    [[nodiscard]] uint64_t centroid_codes_offset() const { return kHeadBytes + directory_bytes_; }
    [[nodiscard]] uint64_t centroid_codes_bytes() const;
    [[nodiscard]] uint64_t centroids_offset() const {
        return centroid_codes_offset() + centroid_codes_bytes();
    }
    [[nodiscard]] uint64_t centroid_offset(uint64_t list) const {
        return centroids_offset() + list / kCentroidGroup * group_bytes() +
               list % kCentroidGroup * vector_bytes();
    }
    [[nodiscard]] uint64_t lists_offset() const;

    static constexpr uint32_t blocks_of(uint32_t rows) {
        return static_cast<uint32_t>(rows / kCodeBlockRows) + (rows % kCodeBlockRows != 0 ? 1U : 0U);
    }
    static constexpr uint32_t chunks_of(uint32_t rows) {
        return rows / kCodeChunkRows + (rows % kCodeChunkRows != 0 ? 1 : 0);
    }

private:
    [[nodiscard]] uint64_t vector_bytes() const { return uint64_t{size_} * sizeof(float); }
    [[nodiscard]] uint64_t group_bytes() const { return kCentroidGroup * vector_bytes() + sizeof(uint32_t); }

    uint32_t size_;
    uint32_t lists_;
    uint64_t directory_bytes_;
};

ByteBuffer write_code_head(const CodeHead& head);

/// One section's data in place; valid as long as its bytes. Any number of threads.
class CodeSection {
public:
    /// A chunk: up to kCodeChunkRows rows of one list.
    struct Chunk {
        const std::byte* blocks = nullptr;
        uint32_t rows = 0;
        uint32_t first_row = 0;  ///< of a section that is not partitioned
    };

    /// Checks head and directory and that everything lies in `data`; the rest is checked when it is first
    /// used. kCorrupt if not, or if the section is of another dimension or number of rows.
    static Result<std::shared_ptr<const CodeSection>> parse(ByteView data, uint32_t dimension, uint64_t rows);

    [[nodiscard]] const CodeHead& head() const { return head_; }
    [[nodiscard]] const CodeLayout& layout() const { return layout_; }
    [[nodiscard]] uint64_t lists() const { return head_.lists; }
    [[nodiscard]] uint64_t bytes() const { return data_.size(); }
    [[nodiscard]] const Rotation& rotation() const { return rotation_; }
    [[nodiscard]] const float* mean() const { return mean_.data(); }
    [[nodiscard]] std::span<const uint32_t> loose_rows() const { return loose_; }

    [[nodiscard]] uint32_t list_rows(uint64_t list) const { return lists_[list].rows; }
    [[nodiscard]] uint32_t list_chunks(uint64_t list) const {
        return CodeLayout::chunks_of(lists_[list].rows);
    }

    /// nullopt if its checksum is wrong.
    [[nodiscard]] std::optional<Chunk> chunk(uint64_t list, uint32_t number) const;
    /// Row numbers of a block of a partitioned section, from the section's first row; not checked
    /// against rows. At `block`: see Chunk.
    [[nodiscard]] uint32_t row_in_block(const std::byte* block, uint32_t slot) const {
        return load_le<uint32_t>(block + code_block_bytes(layout_.code_bytes()) + slot * sizeof(uint32_t));
    }

    /// Blocks of the lists' centroids as codes (partitioned sections). nullptr if the checksum is wrong.
    [[nodiscard]] const std::byte* centroid_codes() const;
    /// size() floats; nullptr if the checksum of its group is wrong.
    [[nodiscard]] const std::byte* centroid(uint64_t list) const;

    /// The rows that stand in no chunk that can be read: found once, by reading all of them.
    [[nodiscard]] const std::vector<uint32_t>& find_lost_rows() const;

private:
    struct List {
        uint64_t offset = 0;
        uint32_t first_chunk = 0;
        uint32_t rows = 0;
    };

    CodeSection(ByteView data, const CodeHead& head)
        : data_(data), head_(head), layout_(head), rotation_(head.dimension, head.seed) {}
    Status read_directory();
    Status read_lists(const std::byte* lengths);
    Status read_loose_rows(const std::byte* rows);
    /// Whether the `size` bytes at `offset` have the checksum behind them; remembered as number `check`.
    [[nodiscard]] bool is_whole(uint64_t check, uint64_t offset, uint64_t size) const;
    void mark_readable_rows(uint64_t list, std::vector<bool>& readable) const;
    [[nodiscard]] uint64_t centroid_checks() const;

    ByteView data_;
    CodeHead head_;
    CodeLayout layout_;
    Rotation rotation_;
    std::vector<float> mean_;
    std::vector<uint32_t> loose_;
    std::vector<List> lists_;
    uint64_t checks_ = 0;
    std::unique_ptr<std::atomic<uint8_t>[]> checked_;  ///< 0: not yet, 1: whole, 2: damaged
    mutable std::once_flag lost_once_;
    mutable std::vector<uint32_t> lost_rows_;
};

}  // namespace reel
