// Where imported bytes come from, and their lines.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "reel/error.h"

namespace reel {

/// A stream of bytes that is read once, from front to back.
class Input {
public:
    Input() = default;
    Input(const Input&) = delete;
    Input& operator=(const Input&) = delete;
    virtual ~Input() = default;

    /// Reads at least one byte into `out` (not empty), or returns 0 at the end.
    /// kInterrupted if a signal came while waiting.
    virtual Result<size_t> read(std::span<char> out) = 0;

    /// For messages.
    [[nodiscard]] virtual const std::string& name() const = 0;

    /// Bytes in all, where that is known beforehand.
    [[nodiscard]] virtual std::optional<uint64_t> total() const = 0;
};

/// A file, a pipe or a device; "-" is standard input.
Result<std::unique_ptr<Input>> open_input(const std::string& path);

/// Bytes in memory, which must outlive the input.
std::unique_ptr<Input> memory_input(std::string_view bytes, std::string name);

/// The longest line, and the longest CSV record, that is read.
inline constexpr size_t kMaxLineBytes = size_t{64} << 20;

/// Lines of an input, in memory that grows with the longest line only.
class LineReader {
public:
    explicit LineReader(std::unique_ptr<Input> input, size_t max_line_bytes = kMaxLineBytes);

    /// Puts the next line, without its "\n", into `line`, valid until the next
    /// call; false at the end. A byte order mark at the very start is left out.
    /// kLimit for a line that is too long.
    Result<bool> next(std::string_view& line);

    /// Of the line read last, from 1.
    [[nodiscard]] uint64_t line_number() const { return line_number_; }
    /// "FILE line 17".
    [[nodiscard]] std::string place() const;
    [[nodiscard]] uint64_t bytes_read() const { return bytes_read_; }
    [[nodiscard]] const Input& input() const { return *input_; }

private:
    Result<bool> fill();
    bool give(size_t length, size_t step, std::string_view& line);

    std::unique_ptr<Input> input_;
    size_t max_line_bytes_;
    std::vector<char> buffer_;
    size_t begin_ = 0;
    size_t end_ = 0;
    uint64_t line_number_ = 0;
    uint64_t bytes_read_ = 0;  // handed out as lines
};

/// kInvalidArgument naming the byte (from 0) within the line.
Status check_line_utf8(std::string_view line);

}  // namespace reel
