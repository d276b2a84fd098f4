// A File in memory, for tests and for building small files.
#pragma once

#include "base/file.h"

namespace reel {

class MemoryFile final : public File {
public:
    explicit MemoryFile(ByteBuffer content = {}, std::string path = "memory")
        : content_(std::move(content)), path_(std::move(path)) {}

    [[nodiscard]] const std::string& path() const override { return path_; }
    [[nodiscard]] Result<uint64_t> size() const override { return content_.size(); }
    Result<size_t> read_at(uint64_t offset, MutableBytes out) const override;
    Status write_at(uint64_t offset, ByteView bytes) override;
    Status truncate(uint64_t size) override;
    Status sync() override { return {}; }

    /// A copy of the bytes as they are now: a mapping stays valid when the file grows.
    [[nodiscard]] Result<Mapping> map(uint64_t length) const override;
    Result<bool> try_lock() override { return true; }
    [[nodiscard]] std::optional<LockHolder> lock_holder() const override { return std::nullopt; }
    [[nodiscard]] Result<bool> is_at_path() const override { return true; }

    [[nodiscard]] const ByteBuffer& content() const { return content_; }

private:
    ByteBuffer content_;
    std::string path_;
};

}  // namespace reel
