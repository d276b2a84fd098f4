// A File that several owners hold, or that tests stand in front of: everything is passed on.
#pragma once

#include <memory>
#include <utility>

#include "base/file.h"

namespace reel {

class SharedFile : public File {
public:
    explicit SharedFile(std::shared_ptr<File> file) : file_(std::move(file)) {}

    [[nodiscard]] const std::string& path() const override { return file_->path(); }
    [[nodiscard]] Result<uint64_t> size() const override { return file_->size(); }
    Result<size_t> read_at(uint64_t offset, MutableBytes out) const override {
        return file_->read_at(offset, out);
    }
    Status write_at(uint64_t offset, ByteView bytes) override { return file_->write_at(offset, bytes); }
    Status truncate(uint64_t size) override { return file_->truncate(size); }
    Status sync() override { return file_->sync(); }
    [[nodiscard]] Result<Mapping> map(uint64_t length) const override { return file_->map(length); }
    Result<bool> try_lock() override { return file_->try_lock(); }
    [[nodiscard]] std::optional<LockHolder> lock_holder() const override { return file_->lock_holder(); }
    [[nodiscard]] Result<bool> is_at_path() const override { return file_->is_at_path(); }

private:
    std::shared_ptr<File> file_;
};

}  // namespace reel
