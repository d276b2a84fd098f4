// A read-only view of a file's first bytes.
#pragma once

#include <memory>
#include <utility>

#include "base/bytes.h"

namespace reel {

/// Shared: copies view the same bytes, which stay valid while any copy lives.
class Mapping {
public:
    Mapping() = default;
    Mapping(ByteView bytes, std::shared_ptr<const void> owner) : bytes_(bytes), owner_(std::move(owner)) {}

    [[nodiscard]] ByteView bytes() const { return bytes_; }
    [[nodiscard]] const std::byte* data() const { return bytes_.data(); }
    [[nodiscard]] uint64_t size() const { return bytes_.size(); }

private:
    ByteView bytes_;
    std::shared_ptr<const void> owner_;
};

}  // namespace reel
