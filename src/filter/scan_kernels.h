// The inner loop of filters: which codes of a column lie in a range.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace reel {

/// Sets bit i of `bits` (64 a word, lowest first) if code i, an unsigned
/// little-endian number of `width` bytes (1, 2, 4, 8) at codes + i * width, lies
/// in [low, high]. Other bits stay. `codes` needs no alignment; not one byte
/// more than count * width is read.
using ScanRange = void (*)(const std::byte* codes, unsigned width, size_t count, uint64_t low, uint64_t high,
                           uint64_t* bits);

struct ScanKernel {
    std::string_view name;
    ScanRange scan_range;
};

/// Those that this machine can run, fastest first; the last is "scalar".
std::span<const ScanKernel> scan_kernels();

/// The one that the environment variable REEL_KERNEL names, if there is one, else the fastest; decided once.
const ScanKernel& scan_kernel();

}  // namespace reel
