// Rows of host-order floats, one right after the other, as in a FAISS file.
#pragma once

#include <cstddef>
#include <cstdint>

namespace reel {

/// row_count x dimension float32 at `first`, which needs no alignment.
struct HostRows {
    const std::byte* first = nullptr;
    uint64_t row_count = 0;
    uint32_t dimension = 0;

    [[nodiscard]] const std::byte* row(uint64_t number) const {
        return first + number * dimension * sizeof(float);
    }
};

}  // namespace reel
