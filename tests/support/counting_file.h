// A file that counts what is written to it.
#pragma once

#include <memory>
#include <utility>

#include "support/shared_file.h"

namespace reel {

class CountingFile final : public SharedFile {
public:
    /// `written` counts from what it is and outlives the file.
    CountingFile(std::unique_ptr<File> file, uint64_t& written)
        : SharedFile(std::move(file)), written_(written) {}

    Status write_at(uint64_t offset, ByteView bytes) override {
        written_ += bytes.size();
        return SharedFile::write_at(offset, bytes);
    }

private:
    uint64_t& written_;
};

}  // namespace reel
