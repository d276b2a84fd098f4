// A file that counts what is written to it.
#pragma once

#include <memory>
#include <utility>

#include "base/file.h"

namespace reel {

/// Passes everything on.
class CountingFile final : public File {
public:
    /// `written` counts from what it is and outlives the file.
    CountingFile(std::unique_ptr<File> file, uint64_t& written) : file_(std::move(file)), written_(written) {}

    [[nodiscard]] const std::string& path() const override { return file_->path(); }
    [[nodiscard]] Result<uint64_t> size() const override { return file_->size(); }
    Result<size_t> read_at(uint64_t offset, MutableBytes out) const override {
        return file_->read_at(offset, out);
    }
    Status write_at(uint64_t offset, ByteView bytes) override {
        written_ += bytes.size();
        return file_->write_at(offset, bytes);
    }
    Status truncate(uint64_t size) override { return file_->truncate(size); }
    Status sync() override { return file_->sync(); }
    [[nodiscard]] Result<Mapping> map(uint64_t length) const override { return file_->map(length); }
    Result<bool> try_lock() override { return file_->try_lock(); }
    [[nodiscard]] std::optional<LockHolder> lock_holder() const override { return file_->lock_holder(); }
    [[nodiscard]] Result<bool> is_at_path() const override { return file_->is_at_path(); }

private:
    std::unique_ptr<File> file_;
    uint64_t& written_;
};

}  // namespace reel
