// A File of any size that keeps only what was written: holes read as zeros and cost nothing.
#pragma once

#include <memory>
#include <string>

#include "base/file.h"

namespace reel {

/// Backed by memory that the system hands out page by page as it is touched.
class SparseFile final : public File {
public:
    explicit SparseFile(uint64_t capacity);

    [[nodiscard]] const std::string& path() const override { return path_; }
    [[nodiscard]] Result<uint64_t> size() const override { return size_; }
    Result<size_t> read_at(uint64_t offset, MutableBytes out) const override;
    Status write_at(uint64_t offset, ByteView bytes) override;
    Status truncate(uint64_t size) override;
    Status sync() override { return {}; }
    [[nodiscard]] Result<Mapping> map(uint64_t length) const override;
    Result<bool> try_lock() override { return true; }
    [[nodiscard]] std::optional<LockHolder> lock_holder() const override { return std::nullopt; }
    [[nodiscard]] Result<bool> is_at_path() const override { return true; }

private:
    uint64_t capacity_;
    uint64_t size_ = 0;
    std::string path_ = "sparse";
    std::shared_ptr<std::byte> bytes_;
};

}  // namespace reel
