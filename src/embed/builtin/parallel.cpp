#include "embed/builtin/parallel.h"

#include <sched.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <new>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

namespace reel::builtin {

namespace {

Status run_guarded(const std::function<Status(size_t)>& work, size_t number) {
    try {
        return work(number);
    } catch (const std::bad_alloc&) {
        return fail(ErrorCode::kLimit, "not enough memory to embed; give fewer texts at once");
    }
}

}  // namespace

size_t usable_cores() {
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) != 0) return std::max(1U, std::thread::hardware_concurrency());
    return static_cast<size_t>(std::max(1, CPU_COUNT(&set)));
}

Status run_parallel(size_t count, size_t threads, const std::function<Status(size_t)>& work) {
    std::atomic<size_t> next{0};
    std::atomic<bool> has_failed{false};
    std::mutex mutex;
    size_t failed_number = count;
    Error error;
    const auto take_pieces = [&] {
        for (size_t number = next++; number < count && !has_failed; number = next++) {
            Status status = run_guarded(work, number);
            if (status) continue;
            const std::lock_guard lock(mutex);
            has_failed = true;
            if (number < failed_number) {
                failed_number = number;
                error = std::move(status).error();
            }
        }
    };
    std::vector<std::thread> workers;
    try {
        for (size_t i = 0; i < std::clamp<size_t>(threads, 1, std::max<size_t>(count, 1)); ++i) {
            workers.emplace_back(take_pieces);
        }
    } catch (const std::system_error& reason) {
        if (workers.empty()) {
            return fail(ErrorCode::kIo, std::string("cannot start a thread to embed: ") + reason.what());
        }
    }
    for (std::thread& worker : workers) worker.join();
    if (failed_number < count) return fail(std::move(error));
    return {};
}

}  // namespace reel::builtin
