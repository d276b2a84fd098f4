// Bytes whose pages are compared with their checksums when they are first touched.
#pragma once

#include <atomic>
#include <memory>

#include "base/bytes.h"

namespace reel {

inline constexpr size_t kPageBytes = 8192;

constexpr uint64_t page_count(uint64_t bytes) { return (bytes + kPageBytes - 1) / kPageBytes; }

/// The CRC32C of each page, 4 bytes little-endian.
ByteBuffer page_checksums(ByteView bytes);

/// Any number of threads may ask at the same time.
class CheckedPages {
public:
    CheckedPages() = default;
    /// `checksums` has page_count(bytes.size()) of them; both outlive the object.
    CheckedPages(ByteView bytes, ByteView checksums);

    [[nodiscard]] uint64_t size() const { return bytes_.size(); }

    /// [offset, offset + size) if it lies inside and its pages are right, else nullptr.
    [[nodiscard]] const std::byte* find(uint64_t offset, uint64_t size) const {
        if (offset > bytes_.size() || size > bytes_.size() - offset) return nullptr;
        if (size == 0) return bytes_.data() + offset;
        const uint64_t last = (offset + size - 1) / kPageBytes;
        for (uint64_t page = offset / kPageBytes; page <= last; ++page) {
            const uint64_t seen = seen_[page / 64].load(std::memory_order_relaxed);
            if (((seen >> (page % 64)) & 1U) == 0 && !verify(page)) return nullptr;
        }
        return bytes_.data() + offset;
    }

private:
    [[nodiscard]] bool verify(uint64_t page) const;

    ByteView bytes_;
    ByteView checksums_;
    std::unique_ptr<std::atomic<uint64_t>[]> seen_;
};

}  // namespace reel
