// What a repair may spend on looking at bytes again.
#pragma once

#include <cstdint>

namespace reel {

/// A sound file costs a few times its size. One made to have every byte read over and over ends
/// the search early instead of making it slow.
class WorkBudget {
public:
    explicit WorkBudget(uint64_t file_size) : left_(32 * file_size + (uint64_t{1} << 20U)) {}

    /// False, now and ever after, if less than `bytes` is left.
    bool spend(uint64_t bytes) {
        if (exhausted_ || bytes > left_) exhausted_ = true;
        if (!exhausted_) left_ -= bytes;
        return !exhausted_;
    }
    [[nodiscard]] bool exhausted() const { return exhausted_; }

private:
    uint64_t left_;
    bool exhausted_ = false;
};

}  // namespace reel
