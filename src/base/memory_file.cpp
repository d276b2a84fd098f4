#include "base/memory_file.h"

#include <algorithm>

namespace reel {

Result<size_t> MemoryFile::read_at(uint64_t offset, MutableBytes out) const {
    if (offset >= content_.size()) return size_t{0};
    const size_t count = std::min<uint64_t>(out.size(), content_.size() - offset);
    std::copy_n(content_.data() + offset, count, out.data());
    return count;
}

Status MemoryFile::write_at(uint64_t offset, ByteView bytes) {
    if (offset + bytes.size() > content_.size()) content_.resize(offset + bytes.size());
    std::copy(bytes.begin(), bytes.end(), content_.begin() + static_cast<ptrdiff_t>(offset));
    return {};
}

Status MemoryFile::truncate(uint64_t size) {
    content_.resize(size);
    return {};
}

Result<Mapping> MemoryFile::map(uint64_t length) const {
    if (length > content_.size()) {
        return fail(ErrorCode::kIo, path_ + ": cannot map " + std::to_string(length) + " bytes of " +
                                        std::to_string(content_.size()));
    }
    auto copy =
        std::make_shared<ByteBuffer>(content_.begin(), content_.begin() + static_cast<ptrdiff_t>(length));
    return Mapping({copy->data(), copy->size()}, copy);
}

}  // namespace reel
