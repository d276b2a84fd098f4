// Sums over a query of small integers and rows of 4-bit integers: the inner loop of the int8 column's scan.
// The sums are exact, so every kernel gives the same.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "vector/kernels.h"

namespace reel {

/// Dimensions that stand together in 16 bytes of a plane: byte i of a group has dimension i in its low four
/// bits and dimension i + 16 in its high four.
inline constexpr size_t kNibbleGroup = 32;

/// Bytes of one row in a plane: the dimension is padded to a multiple of kNibbleGroup.
constexpr size_t nibble_row_bytes(size_t dimension) {
    return (dimension + kNibbleGroup - 1) / kNibbleGroup * (kNibbleGroup / 2);
}

/// Where dimension `j` stands in a row of a plane.
constexpr size_t nibble_byte(size_t j) { return j / kNibbleGroup * 16 + j % 16; }
constexpr unsigned nibble_shift(size_t j) { return j % kNibbleGroup < 16 ? 0U : 4U; }

/// A query as the kernels read it: first what meets the low halves of a row's bytes, then what meets the high
/// ones, each 64-byte aligned and padded with zeros to a multiple of 64.
class NibbleQuery {
public:
    NibbleQuery() = default;
    explicit NibbleQuery(std::span<const int8_t> values);

    [[nodiscard]] const int8_t* data() const { return blocks_.front().bytes.data(); }
    /// The sum of its values.
    [[nodiscard]] int32_t sum() const { return sum_; }

private:
    struct alignas(64) Block {
        std::array<int8_t, 64> bytes{};
    };
    std::vector<Block> blocks_;
    int32_t sum_ = 0;
};

/// From one half of a NibbleQuery to the other.
constexpr size_t nibble_query_half(size_t row_bytes) { return (row_bytes + 63) / 64 * 64; }

/// sums[i] = sum over j of query_j * nibble_ij, nibbles 0 .. 15, for rows that stand one right after the
/// other and need no alignment. Reads not a byte more than count * row_bytes. No overflow up to
/// kMaxDimension.
using NibbleDots = void (*)(const int8_t* query, size_t row_bytes, const std::byte* rows, size_t count,
                            int32_t* sums);

struct NibbleKernel {
    std::string_view name;    ///< "scalar", "avx2", "avx512", "avx512vnni", "neon", "neondotprod"
    std::string_view family;  ///< the Kernel it goes with
    NibbleDots dots;
};

/// The kernels that this machine can run, the fastest of each family first; the last is "scalar".
std::span<const NibbleKernel> supported_nibble_kernels();

/// The fastest that goes with `kernel`.
const NibbleKernel& nibble_kernel_for(const Kernel& kernel);

namespace nibble_kernels {

/// How far ahead the kernels ask for rows; what they ask for need not be there.
inline constexpr size_t kNibblePrefetchBytes = 4096;

#if defined(__x86_64__)
void dots_avx2(const int8_t* query, size_t row_bytes, const std::byte* rows, size_t count, int32_t* sums);
void dots_avx512(const int8_t* query, size_t row_bytes, const std::byte* rows, size_t count, int32_t* sums);
void dots_avx512vnni(const int8_t* query, size_t row_bytes, const std::byte* rows, size_t count,
                     int32_t* sums);
#elif defined(__aarch64__)
void dots_neon(const int8_t* query, size_t row_bytes, const std::byte* rows, size_t count, int32_t* sums);
/// nullptr where the compiler cannot make it.
extern const NibbleDots dots_neon_dotprod;
#endif

}  // namespace nibble_kernels

}  // namespace reel
