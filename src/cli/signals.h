// What the command does when the system taps it on the shoulder.
#pragma once

#include <atomic>

#include "reel/error.h"

namespace reel::cli {

/// Once for every command: a closed pipe is an error of write(), not a death,
/// and a file cut by another program while it is mapped ends in a sentence.
void prepare_signals();

/// From now on the first Ctrl-C (SIGINT) or SIGTERM only sets the flag, and
/// blocking reads return early; the second kills, which loses nothing committed.
void catch_interrupts();

/// Set once the user wants to stop; for the library's `cancel` pointers.
const std::atomic<bool>& interrupted();

/// kInterrupted once interrupted() is set.
Status check_interrupt();

}  // namespace reel::cli
