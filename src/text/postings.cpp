#include "text/postings.h"

namespace reel {

PostingsCursor::PostingsCursor(const PartReader& part, const TermRows& rows) : part_(&part), term_(rows) {
    const auto block_rows = static_cast<uint32_t>(kBlockRows);
    block_count_ = rows.row_count / block_rows + (rows.row_count % block_rows != 0 ? 1 : 0);
    part.stats->blocks += block_count_;
    if (block_count_ == 0) {
        row_ = kEnd;
        return;
    }
    has_table_ = rows.row_count >= block_rows;
    if (!has_table_) {
        read_only_block();
        return;
    }
    const uint64_t table_bytes = uint64_t{block_count_} * BlockEntry::kBytes;
    if (table_bytes <= rows.bytes) table_ = part.index->find_postings(rows.offset, table_bytes);
    if (table_ == nullptr) end_damaged();
    blocks_offset_ = static_cast<uint32_t>(table_bytes);
}

/// The only block has no entry: it is unpacked at once, which gives its bound too.
void PostingsCursor::read_only_block() {
    const std::byte* bytes = part_->index->find_postings(term_.offset, term_.bytes);
    if (bytes == nullptr || !load_varints(bytes, term_.bytes, kEnd)) return end_damaged();
    only_last_row_ = rows_[count_ - 1];
    for (uint32_t i = 0; i < count_; ++i) {
        only_factor_ = std::max(only_factor_, part_->factor(rows_[i], frequencies_[i]));
    }
    row_ = rows_[0];
    is_loaded_ = true;
}

void PostingsCursor::end_damaged() {
    part_->index->set_damaged();
    block_ = bound_block_ = block_count_ = 0;
    row_ = kEnd;
}

uint32_t PostingsCursor::find_block(uint32_t first, uint32_t target) const {
    constexpr uint32_t kNearBlocks = 4;
    uint32_t low = first;
    for (uint32_t i = 0; i < kNearBlocks; ++i, ++low) {
        if (low == block_count_ || last_row(low) >= target) return low;
    }
    uint32_t count = block_count_ - low;
    while (count > 0) {
        const uint32_t half = count / 2;
        if (last_row(low + half) < target) {
            low += half + 1;
            count -= half + 1;
        } else {
            count = half;
        }
    }
    return low;
}

bool PostingsCursor::seek_block(uint32_t target) {
    const uint32_t block = find_block(block_, target);
    if (block != block_) is_loaded_ = false;
    block_ = block;
    return block_ < block_count_;
}

uint32_t PostingsCursor::advance(uint32_t target) {
    if (is_loaded_ && row_ >= target) return row_;
    if (row_ == kEnd) return kEnd;
    if (!seek_block(target)) return row_ = kEnd;
    if (!is_loaded_ && !load_block()) {
        end_damaged();
        return kEnd;
    }
    // The block's last row is not below the target, so the search ends inside. It is mostly a short one.
    uint32_t low = position_;
    uint32_t count = count_ - low;
    for (uint32_t step = 4; count > step; step *= 2) {
        if (rows_[low + step] >= target) {
            count = step;
            break;
        }
        low += step;
        count -= step;
    }
    while (count > 0) {
        const uint32_t half = count / 2;
        const bool is_below = rows_[low + half] < target;
        low = is_below ? low + half + 1 : low;
        count = is_below ? count - half - 1 : half;
    }
    position_ = low;
    return row_ = rows_[low];
}

bool PostingsCursor::load_block() {
    const BlockEntry block = entry(block_);
    const uint32_t before = block_ == 0 ? kEnd : last_row(block_ - 1);
    if (block_ > 0 && before >= part_->index->row_count()) return false;
    if (rows_in(block_) == kBlockRows) {
        if (!load_packed(block, before)) return false;
    } else {
        const uint64_t offset = uint64_t{blocks_offset_} + block.offset;
        if (offset > term_.bytes) return false;
        const auto size = static_cast<uint32_t>(term_.bytes - offset);
        const std::byte* bytes = part_->index->find_postings(term_.offset + offset, size);
        if (bytes == nullptr || !load_varints(bytes, size, before)) return false;
    }
    position_ = 0;
    is_loaded_ = true;
    return rows_[count_ - 1] == block.last_row;
}

bool PostingsCursor::load_packed(const BlockEntry& block, uint32_t before) {
    if (block.row_bits > 32 || block.frequency_bits > 32) return false;
    const size_t row_bytes = packed_bytes(block.row_bits);
    const size_t size = row_bytes + packed_bytes(block.frequency_bits);
    const uint64_t offset = uint64_t{blocks_offset_} + block.offset;
    if (offset + size > term_.bytes) return false;
    const std::byte* bytes = part_->index->find_postings(term_.offset + offset, size);
    if (bytes == nullptr) return false;
    unpack_block(bytes, block.row_bits, rows_);
    sum_block(before, rows_);
    count_ = kBlockRows;
    packed_frequencies_ = bytes + row_bytes;
    frequency_bits_ = block.frequency_bits;
    ++part_->stats->blocks_read;
    part_->stats->bytes_read += size;
    if (rows_[kBlockRows - 1] >= part_->index->row_count()) return false;
    // Distances below 2^23 cannot wrap around; a sum of larger ones might.
    constexpr unsigned kSafeBits = 23;
    bool is_ascending = before == kEnd || rows_[0] > before;
    for (size_t i = 1; block.row_bits > kSafeBits && i < kBlockRows; ++i) {
        is_ascending = is_ascending && rows_[i] > rows_[i - 1];
    }
    return is_ascending;
}

bool PostingsCursor::load_varints(const std::byte* bytes, uint32_t size, uint32_t before) {
    VarintReader reader(ByteView(bytes, size));
    count_ = rows_in(block_);
    packed_frequencies_ = nullptr;
    ++part_->stats->blocks_read;
    part_->stats->bytes_read += size;
    uint64_t row = uint64_t{before} + 1;
    if (before == kEnd) row = 0;
    for (uint32_t i = 0; i < count_; ++i) {
        const uint32_t code = reader.read();
        row += code >> 1U;
        if (row >= part_->index->row_count()) return false;
        rows_[i] = static_cast<uint32_t>(row++);
        frequencies_[i] = (code & 1U) != 0 ? reader.read() + 2 : 1;
    }
    return reader.is_good() && reader.is_at_end();
}

std::span<const uint32_t> PostingsCursor::frequencies() {
    if (packed_frequencies_ != nullptr) {
        unpack_block(packed_frequencies_, frequency_bits_, frequencies_);
        for (uint32_t& frequency : frequencies_) ++frequency;
        packed_frequencies_ = nullptr;
    }
    return {frequencies_, count_};
}

double PostingsCursor::max_factor(uint32_t from, uint32_t to) {
    bound_block_ = find_block(bound_block_, from);
    double factor = 0;
    for (uint32_t block = bound_block_; block < block_count_; ++block) {
        // A block begins behind the one before it.
        if (block > bound_block_ && last_row(block - 1) >= to - 1) break;
        factor = std::max(factor, factor_of(block));
    }
    return factor;
}

}  // namespace reel
