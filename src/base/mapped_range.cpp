#include "base/mapped_range.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>

namespace reel {

namespace {

/// A store that grows by small commits is mapped anew only each time it has grown by so much.
constexpr uint64_t kLeastReserve = uint64_t{64} << 20U;

std::byte* map_shared(int descriptor, uint64_t length) {
    void* address = ::mmap(nullptr, length, PROT_READ, MAP_SHARED, descriptor, 0);
    return address == MAP_FAILED ? nullptr : static_cast<std::byte*>(address);
}

uint64_t whole_pages(uint64_t bytes) {
    const auto page = static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
    return (bytes + page - 1) / page * page;
}

}  // namespace

std::shared_ptr<const MappedRange> MappedRange::map(int descriptor, uint64_t length) {
    const uint64_t reserved = whole_pages(length + std::max(length / 4, kLeastReserve));
    if (std::byte* address = map_shared(descriptor, reserved); address != nullptr) {
        return std::shared_ptr<const MappedRange>(new MappedRange(address, reserved));
    }
    std::byte* address = map_shared(descriptor, length);
    if (address == nullptr) return nullptr;
    return std::shared_ptr<const MappedRange>(new MappedRange(address, length));
}

MappedRange::MappedRange(std::byte* address, uint64_t size) : address_(address), size_(size) {
    guard_.emplace(address, address + whole_pages(size), cut_);
}

MappedRange::~MappedRange() {
    guard_.reset();  // before the addresses can be somebody else's
    ::munmap(address_, size_);
}

Mapping MappedRange::view(std::shared_ptr<const MappedRange> range, uint64_t length) {
    const MappedRange& whole = *range;
    return {{whole.address_, length}, std::move(range), &whole.cut_};
}

}  // namespace reel
