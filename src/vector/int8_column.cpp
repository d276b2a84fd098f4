#include "vector/int8_column.h"

#include <string>

#include "base/checksum.h"
#include "vector/int8_column_layout.h"

namespace reel {
namespace {

enum Verdict : uint8_t { kUnknown, kGood, kBad };

/// Two threads may compute the same verdict at once: they store the same.
template <class Check>
bool is_good(std::atomic<uint8_t>& verdict, const Check& check) {
    uint8_t known = verdict.load(std::memory_order_relaxed);
    if (known == kUnknown) {
        known = check() ? kGood : kBad;
        verdict.store(known, std::memory_order_relaxed);
    }
    return known == kGood;
}

bool is_header(ByteView header, uint32_t dimension, uint64_t rows) {
    using namespace int8_layout;
    const std::byte* at = header.data();
    return load_le<uint32_t>(at + kHeaderCrcAt) == crc32c(header.first(kHeaderCrcAt)) &&
           load_le<uint32_t>(at) == kMagic && load_le<uint32_t>(at + 4) == kVersion &&
           load_le<uint64_t>(at + 8) == rows && load_le<uint32_t>(at + 16) == dimension &&
           load_le<uint32_t>(at + 20) == kInt8BlockRows && load_le<uint32_t>(at + 24) == kInt8GroupRows;
}

}  // namespace

uint64_t int8_column_bytes(uint32_t dimension, uint64_t rows) {
    const uint64_t whole = rows / kInt8BlockRows;
    const uint64_t rest = rows % kInt8BlockRows;
    return int8_layout::kHeaderBytes + whole * int8_layout::block_bytes(dimension, kInt8BlockRows) +
           (rest == 0 ? 0 : int8_layout::block_bytes(dimension, rest));
}

Int8Factors Int8Column::Block::factors(size_t row_of_block) const {
    const size_t at = row_of_block * sizeof(float);
    return {load_le<float>(coarse_scale + at), load_le<float>(coarse_residual + at),
            load_le<float>(norm + at),         load_le<float>(coarse_squares + at),
            load_le<float>(fine_scale + at),   load_le<float>(fine_residual + at)};
}

Int8Column::Int8Column(ByteView data, uint32_t dimension, uint64_t rows)
    : data_(data),
      dimension_(dimension),
      rows_(rows),
      block_verdicts_(std::make_unique<std::atomic<uint8_t>[]>(block_count())),
      group_verdicts_(std::make_unique<std::atomic<uint8_t>[]>(int8_layout::groups_of(rows))) {}

Result<std::shared_ptr<const Int8Column>> Int8Column::parse(ByteView data, uint32_t dimension,
                                                            uint64_t rows) {
    // A row has more than one byte: the first comparison keeps the size of a column from overflowing.
    if (dimension == 0 || rows > data.size() || data.size() != int8_column_bytes(dimension, rows) ||
        !is_header(data.first(int8_layout::kHeaderBytes), dimension, rows)) {
        return fail(ErrorCode::kCorrupt,
                    "the int8 column of " + std::to_string(rows) + " rows of " + std::to_string(dimension) +
                        " dimensions is damaged: its header or its size (" + std::to_string(data.size()) +
                        " bytes) does not fit; build it again");
    }
    return std::shared_ptr<const Int8Column>(new Int8Column(data, dimension, rows));
}

bool Int8Column::read_block(uint64_t block, Block& out) const {
    const uint64_t stride = int8_layout::block_bytes(dimension_, kInt8BlockRows);
    const std::byte* at = data_.data() + int8_layout::kHeaderBytes + block * stride;
    const uint32_t rows = int8_layout::rows_of_block(rows_, block);
    out = int8_layout::divide(at, dimension_, rows);
    return is_good(block_verdicts_[block], [&] {
        const ByteView head(at, int8_layout::head_bytes(dimension_, rows));
        return load_le<uint32_t>(at) == crc32c(head.subspan(sizeof(uint32_t)));
    });
}

bool Int8Column::has_low(uint64_t block_number, const Block& block, size_t row_of_block) const {
    const size_t group = row_of_block / kInt8GroupRows;
    const uint64_t group_of_column = block_number * (kInt8BlockRows / kInt8GroupRows) + group;
    return is_good(group_verdicts_[group_of_column], [&] {
        const size_t row_bytes = nibble_row_bytes(dimension_);
        const size_t first = group * kInt8GroupRows;
        const size_t rows = std::min<size_t>(kInt8GroupRows, block.rows - first);
        return load_le<uint32_t>(block.group_checksums + group * sizeof(uint32_t)) ==
               crc32c({block.low + first * row_bytes, rows * row_bytes});
    });
}

}  // namespace reel
