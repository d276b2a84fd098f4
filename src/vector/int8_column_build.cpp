// Building an int8 column, some blocks at a time on all threads.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "base/checksum.h"
#include "base/try.h"
#include "vector/int8_column_encode.h"
#include "vector/int8_column_layout.h"
#include "vector/scan_threads.h"

namespace reel {
namespace {

/// Bytes of blocks that a thread makes before all are written.
constexpr uint64_t kBytesAhead = uint64_t{4} << 20;

/// The block of a part of `reuse` that was looked into last: rows come in order.
struct ReusedBlock {
    const Int8Part* part = nullptr;
    uint64_t number = 0;
    bool is_good = false;
    Int8Column::Block block;
};

void store_factors(const Int8Column::Block& block, size_t row, const Int8Factors& factors) {
    const std::array<std::pair<const std::byte*, float>, 6> columns{
        {{block.coarse_scale, factors.coarse_scale},
         {block.coarse_residual, factors.coarse_residual},
         {block.norm, factors.norm},
         {block.coarse_squares, factors.coarse_squares},
         {block.fine_scale, factors.fine_scale},
         {block.fine_residual, factors.fine_residual}}};
    for (const auto& [column, value] : columns) {
        std::memcpy(const_cast<std::byte*>(column) + row * sizeof(float), &value, sizeof value);
    }
}

/// Makes blocks; one a thread.
class BlockBuilder {
public:
    BlockBuilder(const VectorSource& source, std::span<const Int8Part> reuse)
        : source_(source), reuse_(reuse), encoder_(source.dimension()) {}

    /// The block of `rows` rows from `first_row` of the source on.
    void build(uint64_t first_row, uint32_t rows, ByteBuffer& out) {
        const uint32_t dimension = source_.dimension();
        const size_t row_bytes = nibble_row_bytes(dimension);
        out.assign(int8_layout::block_bytes(dimension, rows), std::byte{0});
        const Int8Column::Block block = int8_layout::divide(out.data(), dimension, rows);
        std::array<const std::byte*, kInt8BlockRows> located;
        source_.locate(first_row, {located.data(), rows});
        for (uint32_t i = 0; i < rows; ++i) {
            auto* high = const_cast<std::byte*>(block.high) + i * row_bytes;
            auto* low = const_cast<std::byte*>(block.low) + i * row_bytes;
            Int8Factors factors;
            if (!copy_row(first_row + i, high, low, factors)) {
                factors = encode_row(located[i], high, low);
            }
            store_factors(block, i, factors);
        }
        store_checksums(block, out);
    }

private:
    Int8Factors encode_row(const std::byte* vector, std::byte* high, std::byte* low) {
        if (vector == nullptr) return Int8Encoder::unknown();
        const std::span<float> row = encoder_.row();
        bool is_finite = true;
        for (size_t j = 0; j < source_.dimension(); ++j) {
            row[j] = load_be_float(vector + j * sizeof(float));
            is_finite = is_finite && std::isfinite(row[j]);
        }
        return is_finite ? encoder_.encode(high, low) : Int8Encoder::unknown();
    }

    /// False if no part has the row undamaged, or it is unknown there: the record may be readable by now.
    bool copy_row(uint64_t row, std::byte* high, std::byte* low, Int8Factors& factors) {
        if (!find_reused(row)) return false;
        const size_t i = (row - reused_.part->first_row) % kInt8BlockRows;
        factors = reused_.block.factors(i);
        if (!std::isfinite(factors.coarse_residual)) return false;
        if (!reused_.part->column->has_low(reused_.number, reused_.block, i)) return false;
        const size_t row_bytes = nibble_row_bytes(source_.dimension());
        std::memcpy(high, reused_.block.high + i * row_bytes, row_bytes);
        std::memcpy(low, reused_.block.low + i * row_bytes, row_bytes);
        return true;
    }

    bool find_reused(uint64_t row) {
        while (!reuse_.empty() && row - reuse_.front().first_row >= reuse_.front().row_count &&
               row >= reuse_.front().first_row) {
            reuse_ = reuse_.subspan(1);
        }
        if (reuse_.empty() || row < reuse_.front().first_row) return false;
        const uint64_t number = (row - reuse_.front().first_row) / kInt8BlockRows;
        if (reused_.part != &reuse_.front() || reused_.number != number) {
            reused_ = {&reuse_.front(), number, false, {}};
            reused_.is_good = reused_.part->column->read_block(number, reused_.block);
        }
        return reused_.is_good;
    }

    void store_checksums(const Int8Column::Block& block, ByteBuffer& out) const {
        const size_t row_bytes = nibble_row_bytes(source_.dimension());
        std::byte* at = out.data() + int8_layout::kBlockHeadBytes;
        for (size_t first = 0; first < block.rows; first += kInt8GroupRows, at += sizeof(uint32_t)) {
            const size_t rows = std::min<size_t>(kInt8GroupRows, block.rows - first);
            const uint32_t crc = crc32c({block.low + first * row_bytes, rows * row_bytes});
            std::memcpy(at, &crc, sizeof crc);
        }
        const size_t head = int8_layout::head_bytes(source_.dimension(), block.rows);
        const uint32_t crc = crc32c(ByteView(out).first(head).subspan(sizeof(uint32_t)));
        std::memcpy(out.data(), &crc, sizeof crc);
    }

    const VectorSource& source_;
    std::span<const Int8Part> reuse_;
    Int8Encoder encoder_;
    ReusedBlock reused_;
};

Status check_build(const VectorSource& source, uint64_t first_row, uint64_t row_count,
                   std::span<const Int8Part> reuse) {
    if (source.dimension() == 0 || first_row > source.row_count() ||
        row_count > source.row_count() - first_row) {
        return fail(ErrorCode::kInvalidArgument,
                    "an int8 column was asked for of rows " + std::to_string(first_row) + " + " +
                        std::to_string(row_count) + ", but there are " + std::to_string(source.row_count()));
    }
    for (const Int8Part& part : reuse) {
        if (part.column == nullptr || part.column->dimension() != source.dimension() ||
            part.column->row_count() != part.row_count) {
            return fail(ErrorCode::kInvalidArgument, "the int8 column to reuse from row " +
                                                         std::to_string(part.first_row) +
                                                         " on has other rows or another dimension");
        }
    }
    return {};
}

ByteBuffer make_header(uint32_t dimension, uint64_t rows) {
    ByteBuffer header(int8_layout::kHeaderBytes);
    const auto put = [&header](size_t at, auto value) { std::memcpy(&header[at], &value, sizeof value); };
    put(0, int8_layout::kMagic);
    put(4, int8_layout::kVersion);
    put(8, rows);
    put(16, dimension);
    put(20, kInt8BlockRows);
    put(24, kInt8GroupRows);
    put(int8_layout::kHeaderCrcAt, crc32c(ByteView(header).first(int8_layout::kHeaderCrcAt)));
    return header;
}

}  // namespace

Status build_int8_column(const VectorSource& source, uint64_t first_row, uint64_t row_count,
                         std::span<const Int8Part> reuse, const PutBytes& put, const BuildControl& control) {
    REEL_TRY(check_build(source, first_row, row_count, reuse));
    REEL_TRY(put(make_header(source.dimension(), row_count)));
    const uint64_t blocks = (row_count + kInt8BlockRows - 1) / kInt8BlockRows;
    const unsigned threads =
        count_scan_threads(row_count * source.dimension() * sizeof(float), blocks, control.threads);
    const uint64_t block_bytes = int8_layout::block_bytes(source.dimension(), kInt8BlockRows);
    const uint64_t ahead = std::min(threads * std::max<uint64_t>(1, kBytesAhead / block_bytes), blocks);

    std::vector<ByteBuffer> made(ahead);
    for (uint64_t done = 0; done < blocks; done += ahead) {
        const uint64_t wanted = std::min(ahead, blocks - done);
        std::atomic<uint64_t> next{0};
        run_on_threads(static_cast<unsigned>(std::min<uint64_t>(threads, wanted)), [&](unsigned) {
            BlockBuilder builder(source, reuse);
            for (uint64_t i = next.fetch_add(1); i < wanted && !control.is_cancelled();
                 i = next.fetch_add(1)) {
                builder.build(first_row + (done + i) * kInt8BlockRows,
                              int8_layout::rows_of_block(row_count, done + i), made[i]);
            }
        });
        if (control.is_cancelled())
            return fail(ErrorCode::kInterrupted, "building the int8 column was stopped");
        for (uint64_t i = 0; i < wanted; ++i) REEL_TRY(put(made[i]));
        if (control.progress) {
            control.progress(std::min(row_count, (done + wanted) * kInt8BlockRows), row_count);
        }
    }
    return {};
}

}  // namespace reel
