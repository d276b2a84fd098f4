#include "support/sparse_file.h"

#include <sys/mman.h>

#include <algorithm>
#include <new>

namespace reel {

SparseFile::SparseFile(uint64_t capacity) : capacity_(capacity) {
    void* at =
        ::mmap(nullptr, capacity, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (at == MAP_FAILED) throw std::bad_alloc();
    bytes_ = std::shared_ptr<std::byte>(static_cast<std::byte*>(at),
                                        [capacity](std::byte* start) { ::munmap(start, capacity); });
}

Result<size_t> SparseFile::read_at(uint64_t offset, MutableBytes out) const {
    if (offset >= size_) return size_t{0};
    const size_t count = std::min<uint64_t>(out.size(), size_ - offset);
    std::copy_n(bytes_.get() + offset, count, out.data());
    return count;
}

Status SparseFile::write_at(uint64_t offset, ByteView bytes) {
    if (offset + bytes.size() > capacity_) return fail(ErrorCode::kNoSpace, "the sparse file is full");
    std::copy(bytes.begin(), bytes.end(), bytes_.get() + offset);
    size_ = std::max(size_, offset + bytes.size());
    return {};
}

Status SparseFile::truncate(uint64_t size) {
    if (size > capacity_) return fail(ErrorCode::kNoSpace, "the sparse file is full");
    if (size < size_) std::fill_n(bytes_.get() + size, size_ - size, std::byte{0});
    size_ = size;
    return {};
}

Result<Mapping> SparseFile::map(uint64_t length) const {
    if (length > size_) return fail(ErrorCode::kIo, "a mapping beyond the end of the file");
    return Mapping({bytes_.get(), length}, bytes_);
}

}  // namespace reel
