#include "cli/signals.h"

#include <signal.h>
#include <unistd.h>

#include "cli/exit_code.h"

namespace reel::cli {

namespace {

std::atomic<bool> interrupt_flag{false};
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler sets it");

void on_interrupt(int) { interrupt_flag.store(true); }

void on_bus_error(int) {
    constexpr char kSentence[] =
        "reel: a file was cut or its medium failed while it was being read; run the command again\n";
    // Nothing can be done about a failing write in a dying program.
    [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, kSentence, sizeof kSentence - 1);
    _exit(static_cast<int>(ExitCode::kDamaged));
}

void set_handler(int signal_number, void (*handler)(int), int flags) {
    struct sigaction action = {};
    action.sa_handler = handler;
    action.sa_flags = flags;
    sigemptyset(&action.sa_mask);
    sigaction(signal_number, &action, nullptr);
}

}  // namespace

void prepare_signals() {
    set_handler(SIGPIPE, SIG_IGN, 0);
    set_handler(SIGBUS, on_bus_error, 0);
}

void catch_interrupts() {
    // No SA_RESTART: a read that waits for a terminal or a pipe returns with EINTR.
    set_handler(SIGINT, on_interrupt, static_cast<int>(SA_RESETHAND));
    set_handler(SIGTERM, on_interrupt, static_cast<int>(SA_RESETHAND));
}

const std::atomic<bool>& interrupted() { return interrupt_flag; }

Status check_interrupt() {
    if (interrupt_flag.load()) return fail(ErrorCode::kInterrupted, "interrupted");
    return {};
}

}  // namespace reel::cli
