// Address space over the start of a file, for more bytes than the file has yet.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "base/mapping.h"
#include "base/mapping_guard.h"

namespace reel {

class MappedRange {
public:
    /// Maps `length` bytes, and address space behind them for what the file may grow by if the
    /// system grants it. Null with errno on failure.
    static std::shared_ptr<const MappedRange> map(int descriptor, uint64_t length);

    MappedRange(const MappedRange&) = delete;
    MappedRange& operator=(const MappedRange&) = delete;
    ~MappedRange();

    [[nodiscard]] uint64_t size() const { return size_; }
    [[nodiscard]] bool was_cut() const { return cut_; }

    /// The first `length` bytes of `range`, which the file must have by now: those behind are never touched.
    static Mapping view(std::shared_ptr<const MappedRange> range, uint64_t length);

private:
    MappedRange(std::byte* address, uint64_t size);

    std::byte* address_;
    uint64_t size_;
    std::atomic<bool> cut_{false};
    std::optional<GuardedRange> guard_;
};

}  // namespace reel
