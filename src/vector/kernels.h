// The inner loops of search: sums over one query and many stored rows. One
// implementation an instruction set, all with the same bits as the scalar one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "reel/error.h"

namespace reel {

/// Every sum runs in this many lanes: element i is added to lane i % 32 with
/// one fused multiply-add; the row and the query are thought of as padded with
/// +0 up to a multiple of 32; at the end lane j takes lane j + 16, then j + 8,
/// j + 4, j + 2, j + 1. Because this order is fixed, every kernel gives the
/// same bits (a NaN is a NaN: its payload is not fixed).
inline constexpr size_t kKernelLanes = 32;

/// How the floats of a row stand in memory. Neither needs alignment.
enum class RowOrder : uint8_t {
    kBigEndian,  ///< as in a store
    kHost,       ///< as in a FAISS file
};

/// Sums over rows[0 .. count). `query` is 64-byte aligned and padded with
/// zeros to a multiple of kKernelLanes; each row has `dimension` floats and not
/// one byte more is read. For a row that is nullptr the sums are NaN.
/// `norms` is written by dot_and_norm alone; the others take nullptr.
using SumRows = void (*)(const float* query, size_t dimension, const std::byte* const* rows, size_t count,
                         float* sums, float* norms);

/// The functions of one instruction set, for one order of bytes each.
struct Kernel {
    struct Functions {
        SumRows squared_difference;  ///< sums[i] = sum of (query_j - row_j)^2
        SumRows dot;                 ///< sums[i] = sum of query_j * row_j
        SumRows dot_and_norm;        ///< as dot; norms[i] = sum of row_j^2
    };

    std::string_view name;  ///< "scalar", "avx2", "avx512", "neon"
    Functions big_endian;
    Functions host;

    [[nodiscard]] const Functions& functions(RowOrder order) const {
        return order == RowOrder::kBigEndian ? big_endian : host;
    }
};

/// The kernels that this machine can run, fastest first; the last is "scalar".
std::span<const Kernel* const> supported_kernels();

/// kInvalidArgument if no kernel has this name, kUnsupported if this machine
/// cannot run it; both name those it can.
Result<const Kernel*> find_kernel(std::string_view name);

/// The kernel that the environment variable REEL_KERNEL names, else the
/// fastest. Decided once, at the first call.
Result<const Kernel*> choose_kernel();

}  // namespace reel
