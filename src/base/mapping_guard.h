// What the SIGBUS handler of guard_mappings() has to know: where files are mapped.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>

#include "reel/error.h"

namespace reel {

/// A range of addresses that the handler looks after as long as this object lives. Where the table is full
/// (4,096 ranges) it does nothing.
class GuardedRange {
public:
    /// `begin` and `end` are multiples of the page size. The handler sets `cut`.
    GuardedRange(const std::byte* begin, const std::byte* end, std::atomic<bool>& cut);
    GuardedRange(const GuardedRange&) = delete;
    GuardedRange& operator=(const GuardedRange&) = delete;
    ~GuardedRange();

private:
    size_t slot_;
};

/// What a call returns that read from a mapping of which bytes were lost meanwhile (Mapping::was_cut()).
Error was_cut_error(const std::string& path);

}  // namespace reel
