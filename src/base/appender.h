// Sequential writing through a buffer.
#pragma once

#include "base/file.h"
#include "base/try.h"

namespace reel {

/// Appends at `offset` and onwards; nothing is certain to be in the file before flush().
class Appender {
public:
    Appender(File& file, uint64_t offset, size_t buffer_size = kDefaultBuffer)
        : file_(&file), written_(offset), buffer_size_(buffer_size) {}

    Status append(ByteView bytes) {
        if (buffer_.size() + bytes.size() > buffer_size_) REEL_TRY(flush());
        if (bytes.size() >= buffer_size_) {
            REEL_TRY(file_->write_at(written_, bytes));
            written_ += bytes.size();
            return {};
        }
        reel::append(buffer_, bytes);
        return {};
    }

    Status flush() {
        if (buffer_.empty()) return {};
        REEL_TRY(file_->write_at(written_, buffer_));
        written_ += buffer_.size();
        buffer_.clear();
        return {};
    }

    /// Changes bytes that were appended earlier, wherever they are now.
    Status overwrite(uint64_t offset, ByteView bytes) {
        if (offset >= written_) {
            std::copy(bytes.begin(), bytes.end(),
                      buffer_.begin() + static_cast<ptrdiff_t>(offset - written_));
            return {};
        }
        REEL_TRY(flush());
        return file_->write_at(offset, bytes);
    }

    /// Where the next byte will stand.
    [[nodiscard]] uint64_t offset() const { return written_ + buffer_.size(); }

    static constexpr size_t kDefaultBuffer = size_t{4} << 20U;

private:
    File* file_;
    uint64_t written_;
    size_t buffer_size_;
    ByteBuffer buffer_;
};

}  // namespace reel
