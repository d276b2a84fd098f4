// How many threads a scan is worth, and running them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <system_error>
#include <thread>
#include <vector>

namespace reel {

/// `asked`, or, if that is 0, one for every 4 MiB to be read (a thread costs tens of microseconds) up to
/// all cores. Never more than there are pieces of work, never 0.
inline unsigned count_scan_threads(uint64_t bytes, uint64_t pieces, unsigned asked) {
    constexpr uint64_t kBytesPerThread = uint64_t{4} << 20;
    const uint64_t cores = std::max(1U, std::thread::hardware_concurrency());
    const uint64_t wanted = asked != 0 ? asked : std::min(bytes / kBytesPerThread, cores);
    return static_cast<unsigned>(std::max<uint64_t>(1, std::min(wanted, pieces)));
}

/// Calls work(0) here and work(1) .. work(threads - 1) on threads of their own, and waits for all. Where the
/// system has no more threads some calls are left out: work takes its pieces from a shared counter.
template <class Work>
void run_on_threads(unsigned threads, const Work& work) {
    std::vector<std::thread> others;
    others.reserve(threads);
    for (unsigned i = 1; i < threads; ++i) {
        try {
            others.emplace_back([&work, i] { work(i); });
        } catch (const std::system_error&) {
            break;
        }
    }
    work(0U);
    for (std::thread& other : others) other.join();
}

}  // namespace reel
