#include "text/checked_pages.h"

#include <algorithm>

#include "base/checksum.h"

namespace reel {

namespace {

ByteView page_of(ByteView bytes, uint64_t page) {
    const uint64_t offset = page * kPageBytes;
    return bytes.subspan(offset, std::min<uint64_t>(kPageBytes, bytes.size() - offset));
}

}  // namespace

ByteBuffer page_checksums(ByteView bytes) {
    ByteBuffer checksums(page_count(bytes.size()) * sizeof(uint32_t));
    for (uint64_t page = 0; page < page_count(bytes.size()); ++page) {
        const uint32_t checksum = crc32c(page_of(bytes, page));
        std::memcpy(checksums.data() + page * sizeof checksum, &checksum, sizeof checksum);
    }
    return checksums;
}

CheckedPages::CheckedPages(ByteView bytes, ByteView checksums)
    : bytes_(bytes),
      checksums_(checksums),
      seen_(std::make_unique<std::atomic<uint64_t>[]>(page_count(bytes.size()) / 64 + 1)) {}

bool CheckedPages::verify(uint64_t page) const {
    const auto expected = load_le<uint32_t>(checksums_.data() + page * sizeof(uint32_t));
    if (crc32c(page_of(bytes_, page)) != expected) return false;
    seen_[page / 64].fetch_or(uint64_t{1} << (page % 64), std::memory_order_relaxed);
    return true;
}

}  // namespace reel
