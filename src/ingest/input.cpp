#include "ingest/input.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/posix_file.h"
#include "base/try.h"
#include "base/utf8.h"

namespace reel {

namespace {

constexpr size_t kFirstBuffer = size_t{256} << 10;

class DescriptorInput final : public Input {
public:
    DescriptorInput(int descriptor, bool owned, std::string name)
        : descriptor_(descriptor), owned_(owned), name_(std::move(name)) {
        struct stat status {};
        if (::fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode)) {
            total_ = static_cast<uint64_t>(status.st_size);
        }
    }
    ~DescriptorInput() override {
        if (owned_) ::close(descriptor_);
    }

    Result<size_t> read(std::span<char> out) override {
        const ssize_t got = ::read(descriptor_, out.data(), out.size());
        if (got >= 0) return static_cast<size_t>(got);
        if (errno == EINTR) return fail(ErrorCode::kInterrupted, name_ + ": stopped while reading");
        return fail(system_error(errno, name_, "read"));
    }

    [[nodiscard]] const std::string& name() const override { return name_; }
    [[nodiscard]] std::optional<uint64_t> total() const override { return total_; }

private:
    int descriptor_;
    bool owned_;
    std::string name_;
    std::optional<uint64_t> total_;
};

class MemoryInput final : public Input {
public:
    MemoryInput(std::string_view bytes, std::string name) : bytes_(bytes), name_(std::move(name)) {}

    Result<size_t> read(std::span<char> out) override {
        const size_t count = std::min(out.size(), bytes_.size() - at_);
        std::copy_n(bytes_.data() + at_, count, out.data());
        at_ += count;
        return count;
    }
    [[nodiscard]] const std::string& name() const override { return name_; }
    [[nodiscard]] std::optional<uint64_t> total() const override { return bytes_.size(); }

private:
    std::string_view bytes_;
    std::string name_;
    size_t at_ = 0;
};

}  // namespace

Result<std::unique_ptr<Input>> open_input(const std::string& path) {
    if (path == "-") return std::make_unique<DescriptorInput>(STDIN_FILENO, false, "standard input");
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return fail(system_error(errno, path, "open"));
    return std::make_unique<DescriptorInput>(descriptor, true, path);
}

std::unique_ptr<Input> memory_input(std::string_view bytes, std::string name) {
    return std::make_unique<MemoryInput>(bytes, std::move(name));
}

LineReader::LineReader(std::unique_ptr<Input> input, size_t max_line_bytes)
    : input_(std::move(input)), max_line_bytes_(max_line_bytes) {}

std::string LineReader::place() const { return input_->name() + " line " + std::to_string(line_number_); }

Result<bool> LineReader::next(std::string_view& line) {
    size_t searched = 0;
    while (true) {
        const void* found = end_ == begin_ + searched ? nullptr
                                                      : std::memchr(buffer_.data() + begin_ + searched, '\n',
                                                                    end_ - begin_ - searched);
        if (found != nullptr) {
            const auto length =
                static_cast<size_t>(static_cast<const char*>(found) - buffer_.data()) - begin_;
            if (length <= max_line_bytes_) return give(length, length + 1, line);
        }
        searched = end_ - begin_;
        if (found != nullptr || searched > max_line_bytes_) {
            ++line_number_;
            return fail(ErrorCode::kLimit, place() + ": is longer than " + std::to_string(max_line_bytes_) +
                                               " bytes, the longest line that is read");
        }
        REEL_ASSIGN(const bool more, fill());
        if (!more) return searched > 0 && give(searched, searched, line);
    }
}

bool LineReader::give(size_t length, size_t step, std::string_view& line) {
    line = std::string_view(buffer_.data() + begin_, length);
    begin_ += step;
    bytes_read_ += step;
    ++line_number_;
    if (line_number_ == 1 && line.starts_with("\xEF\xBB\xBF")) line.remove_prefix(3);
    return true;
}

Result<bool> LineReader::fill() {
    if (begin_ > 0) {
        std::copy(buffer_.begin() + static_cast<ptrdiff_t>(begin_),
                  buffer_.begin() + static_cast<ptrdiff_t>(end_), buffer_.begin());
        end_ -= begin_;
        begin_ = 0;
    }
    if (end_ == buffer_.size()) {
        const uint64_t whole = input_->total().value_or(kFirstBuffer) + 1;  // one more, to see the end
        const auto first = static_cast<size_t>(std::min<uint64_t>(kFirstBuffer, whole));
        buffer_.resize(std::max(first, buffer_.size() * 2));
    }
    REEL_ASSIGN(const size_t count, input_->read(std::span(buffer_).subspan(end_)));
    end_ += count;
    return count > 0;
}

Status check_line_utf8(std::string_view line) {
    const auto bad = find_invalid_utf8(line);
    if (!bad) return {};
    return fail(ErrorCode::kInvalidArgument,
                "not UTF-8 at byte " + std::to_string(*bad) + "; convert the file to UTF-8 first");
}

}  // namespace reel
