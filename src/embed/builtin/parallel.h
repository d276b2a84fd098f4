// Independent pieces of work on several threads.
#pragma once

#include <cstddef>
#include <functional>

#include "reel/error.h"

namespace reel::builtin {

/// Cores this process may use.
size_t usable_cores();

/// Calls work(0) ... work(count - 1), each once, on at most `threads` new
/// threads, in that order but at the same time; returns the error of the
/// lowest number that has one. After an error no further piece is begun.
/// Never on the calling thread: a piece may change its thread's OpenMP settings.
Status run_parallel(size_t count, size_t threads, const std::function<Status(size_t)>& work);

}  // namespace reel::builtin
