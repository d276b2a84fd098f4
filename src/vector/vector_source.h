// What the vector code needs of a store: where the bytes of a row's vector are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace reel {

/// Rows 0 .. row_count() - 1, each `dimension()` float32 big-endian, unaligned.
class VectorSource {
public:
    VectorSource() = default;
    VectorSource(const VectorSource&) = delete;
    VectorSource& operator=(const VectorSource&) = delete;
    virtual ~VectorSource() = default;

    [[nodiscard]] virtual uint64_t row_count() const = 0;
    [[nodiscard]] virtual uint32_t dimension() const = 0;

    /// Writes the addresses of rows first_row .. first_row + out.size() - 1.
    /// nullptr where the row's bytes are damaged: searches pass over such a
    /// row. Valid as long as the source. Called from several threads.
    virtual void locate(uint64_t first_row, std::span<const std::byte*> out) const = 0;
};

}  // namespace reel
