#include "cli/messages.h"

#include <unistd.h>

namespace reel::cli {

namespace {

/// Nobody is left to be told if standard error cannot be written.
void write_all(int descriptor, std::string_view text) {
    while (!text.empty()) {
        const ssize_t written = ::write(descriptor, text.data(), text.size());
        if (written <= 0) return;
        text.remove_prefix(static_cast<size_t>(written));
    }
}

}  // namespace

Messages::Messages(int descriptor, Style style)
    : descriptor_(descriptor), style_(style), is_terminal_(isatty(descriptor) != 0) {}

void Messages::write_line(std::string_view line) {
    clear_bar();
    const std::string safe = style_ == Style::kJson ? escape_json_for_terminal(line)
                                                    : escape_for_terminal(line, LineBreaks::kEscape);
    write_all(descriptor_, safe + "\n");
}

void Messages::error(const Error& error) {
    if (style_ == Style::kText) return write_line("reel: " + error.message);
    const auto code = static_cast<uint64_t>(exit_code_of(error.code));
    write_line(JsonLine()
                   .text("error", to_string(error.code))
                   .text("message", error.message)
                   .number("exit_code", code)
                   .str());
}

void Messages::warning(std::string_view sentence) {
    if (style_ == Style::kText) return write_line("reel: warning: " + std::string(sentence));
    write_line(JsonLine().text("warning", sentence).str());
}

void Messages::summary(std::string_view text, const JsonLine& object) {
    if (style_ == Style::kText) return write_line(text);
    write_line(JsonLine().raw("summary", object.str()).str());
}

void Messages::draw_bar(std::string_view text) {
    if (!draws_bars()) return;
    write_all(descriptor_, "\r" + std::string(text) + "\x1b[K");
    bar_is_drawn_ = true;
}

void Messages::clear_bar() {
    if (bar_is_drawn_) write_all(descriptor_, "\r\x1b[K");
    bar_is_drawn_ = false;
}

}  // namespace reel::cli
