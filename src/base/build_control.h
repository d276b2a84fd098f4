// How a long build is fed, watched and stopped.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>

#include "base/bytes.h"
#include "reel/error.h"

namespace reel {

/// Takes the bytes of what is built, in order.
using PutBytes = std::function<Status(ByteView)>;

struct BuildControl {
    unsigned threads = 0;                       ///< 0: all cores
    const std::atomic<bool>* cancel = nullptr;  ///< set by another thread: the build ends with kInterrupted
    std::function<void(uint64_t done, uint64_t total)> progress = {};  ///< called from the building thread

    [[nodiscard]] bool is_cancelled() const {
        return cancel != nullptr && cancel->load(std::memory_order_relaxed);
    }
};

}  // namespace reel
