// The rows of one term in one index, read block by block.
#pragma once

#include <cstdint>
#include <limits>
#include <span>

#include "text/bm25.h"
#include "text/text_index.h"

namespace reel {

/// LengthNorm::factor() of what most rows have: a look-up in place of a division.
struct FactorTable {
    static constexpr uint32_t kLengths = 256;
    static constexpr uint32_t kFrequencies = 4;

    explicit FactorTable(const LengthNorm& norm) {
        for (uint32_t i = 0; i < kLengths * kFrequencies; ++i) {
            const uint32_t frequency = i / kLengths;
            factors[i] = norm.factor(frequency, i % kLengths);
        }
    }

    double factors[kLengths * kFrequencies];
};

/// An index while it is searched.
struct PartReader {
    const TextIndex* index = nullptr;
    LengthReader lengths;
    LengthNorm norm;
    TextSearchStats* stats = nullptr;

    const FactorTable* table = nullptr;  ///< of norm, or none

    [[nodiscard]] double factor(uint32_t row, uint32_t frequency) const {
        const uint32_t length = lengths[row];
        if (table != nullptr && length < FactorTable::kLengths && frequency < FactorTable::kFrequencies) {
            return table->factors[frequency * FactorTable::kLengths + length];
        }
        return norm.factor(frequency, length);
    }
};

/// Goes forward only. At damage it stands at the end and the index knows (TextIndex::is_damaged).
class PostingsCursor {
public:
    static constexpr uint32_t kEnd = std::numeric_limits<uint32_t>::max();

    PostingsCursor() = default;
    /// Stands before the first row.
    PostingsCursor(const PartReader& part, const TermRows& rows);

    /// The first row >= target, or kEnd. `target` never falls.
    uint32_t advance(uint32_t target);
    [[nodiscard]] uint32_t row() const { return row_; }
    /// How often the term stands in row().
    uint32_t frequency() { return frequencies()[position_]; }

    /// Moves to the block in which advance(target) would look, without unpacking it; false at the end.
    bool seek_block(uint32_t target);
    [[nodiscard]] uint32_t block_last_row() const { return last_row(block_); }
    /// No text of this block has a higher LengthNorm::factor().
    [[nodiscard]] double block_factor() const { return factor_of(block_); }
    /// The rows and frequencies of the block that advance() has unpacked, and where row() is in them.
    [[nodiscard]] std::span<const uint32_t> block_rows() const { return {rows_, count_}; }
    std::span<const uint32_t> frequencies();
    [[nodiscard]] size_t position() const { return position_; }

    /// No text of the rows [from, to) has a higher factor; 0 if none of them has the term. `from` never
    /// falls.
    double max_factor(uint32_t from, uint32_t to);

private:
    [[nodiscard]] BlockEntry entry(uint32_t block) const {
        return BlockEntry::load(table_ + size_t{block} * BlockEntry::kBytes);
    }
    [[nodiscard]] uint32_t last_row(uint32_t block) const {
        return has_table_ ? load_le<uint32_t>(table_ + size_t{block} * BlockEntry::kBytes) : only_last_row_;
    }
    [[nodiscard]] double factor_of(uint32_t block) const {
        return has_table_ ? part_->norm.block_factor(entry(block)) : only_factor_;
    }
    [[nodiscard]] uint32_t rows_in(uint32_t block) const {
        return std::min<uint32_t>(kBlockRows, term_.row_count - block * static_cast<uint32_t>(kBlockRows));
    }
    [[nodiscard]] uint32_t find_block(uint32_t first, uint32_t target) const;
    bool load_block();
    bool load_packed(const BlockEntry& block, uint32_t before);
    bool load_varints(const std::byte* bytes, uint32_t size, uint32_t before);
    void end_damaged();
    void read_only_block();

    const PartReader* part_ = nullptr;
    TermRows term_;
    const std::byte* table_ = nullptr;
    bool has_table_ = false;
    bool is_loaded_ = false;
    uint32_t block_count_ = 0;
    uint32_t blocks_offset_ = 0;  ///< in the term's bytes
    uint32_t block_ = 0;
    uint32_t bound_block_ = 0;
    uint32_t row_ = 0;
    uint32_t position_ = 0;
    uint32_t count_ = 0;
    const std::byte* packed_frequencies_ = nullptr;  ///< not unpacked yet
    unsigned frequency_bits_ = 0;
    uint32_t only_last_row_ = 0;
    double only_factor_ = 0;
    alignas(16) uint32_t rows_[kBlockRows];
    alignas(16) uint32_t frequencies_[kBlockRows];
};

}  // namespace reel
