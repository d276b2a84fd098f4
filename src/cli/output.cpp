#include "cli/output.h"

#include <unistd.h>

#include <cerrno>

#include "base/posix_file.h"

namespace reel::cli {

Output::Output(int descriptor, Style style)
    : descriptor_(descriptor), style_(style), is_terminal_(isatty(descriptor) != 0) {}

void Output::append(std::string_view line) {
    constexpr size_t kBufferBytes = 64 * 1024;
    buffer_ += line;
    buffer_ += '\n';
    if (buffer_.size() >= kBufferBytes) (void)flush();
}

void Output::line(std::string_view text) { append(text); }

void Output::json(const JsonLine& object) {
    append(is_terminal_ ? escape_json_for_terminal(object.str()) : object.str());
}

std::string Output::shown(std::string_view stored, LineBreaks line_breaks) const {
    return is_terminal_ ? escape_for_terminal(stored, line_breaks) : std::string(stored);
}

Status Output::flush() {
    std::string_view left = buffer_;
    while (!left.empty() && !failed_) {
        const ssize_t written = ::write(descriptor_, left.data(), left.size());
        if (written >= 0) {
            left.remove_prefix(static_cast<size_t>(written));
        } else if (errno != EINTR) {
            failed_ = true;
            error_number_ = errno;
        }
    }
    buffer_.clear();
    if (failed_ && !pipe_closed()) return fail(system_error(error_number_, "standard output", "write"));
    return {};
}

bool Output::pipe_closed() const { return failed_ && error_number_ == EPIPE; }

}  // namespace reel::cli
