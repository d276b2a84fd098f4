// A read-only view of a file's first bytes.
#pragma once

#include <atomic>
#include <memory>
#include <utility>

#include "base/bytes.h"

namespace reel {

/// Shared: copies view the same bytes, which stay valid while any copy lives.
class Mapping {
public:
    Mapping() = default;
    /// `cut`, if given, lives as long as `owner`.
    Mapping(ByteView bytes, std::shared_ptr<const void> owner, const std::atomic<bool>* cut = nullptr)
        : bytes_(bytes), owner_(std::move(owner)), cut_(cut) {}

    [[nodiscard]] ByteView bytes() const { return bytes_; }
    [[nodiscard]] const std::byte* data() const { return bytes_.data(); }
    [[nodiscard]] uint64_t size() const { return bytes_.size(); }

    /// Whether the file was truncated, or could not be read, under a guarded mapping: zeros stand in the
    /// place of what was touched since (reel/guard.h). Whoever read from it asks when it is done.
    [[nodiscard]] bool was_cut() const { return cut_ != nullptr && *cut_; }

private:
    ByteView bytes_;
    std::shared_ptr<const void> owner_;
    const std::atomic<bool>* cut_ = nullptr;
};

}  // namespace reel
