// What opening a store costs: time and resident memory, and the first search. Prints one JSON line.
//
//   reel_bench_open STORE [RUNS]
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "program.h"
#include "reel/reel.h"

namespace {

using namespace reel;
using namespace reel::bench;
using Clock = std::chrono::steady_clock;

double microseconds_since(Clock::time_point start) {
    return std::chrono::duration<double, std::micro>(Clock::now() - start).count();
}

long resident_kib() {
    long total = 0;
    long resident = 0;
    std::ifstream("/proc/self/statm") >> total >> resident;
    return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2) {
        std::fprintf(stderr, "usage: reel_bench_open STORE [RUNS]\n");
        return 1;
    }
    const int runs = argc > 2 ? std::atoi(argv[2]) : 51;
    const long before = resident_kib();
    auto first_start = Clock::now();
    Database store = expect(Database::open(argv[1]));
    const double first = microseconds_since(first_start);
    const long after = resident_kib();
    std::vector<double> times;
    for (int i = 0; i < runs; ++i) {
        const auto start = Clock::now();
        expect(Database::open(argv[1]));
        times.push_back(microseconds_since(start));
    }
    std::sort(times.begin(), times.end());
    std::vector<float> query(store.config().embedder.dimension, 1.0F);
    const auto search_start = Clock::now();
    const auto hits = expect(store.search(std::span<const float>(query)));
    std::printf(
        "{\"records\": %llu, \"first_open_us\": %.0f, \"open_us_median\": %.0f, \"open_us_max\": %.0f, "
        "\"rss_before_kib\": %ld, \"rss_after_open_kib\": %ld, \"first_search_us\": %.0f, \"hits\": %zu}\n",
        static_cast<unsigned long long>(store.live_count()), first, times[times.size() / 2], times.back(),
        before, after, microseconds_since(search_start), hits.size());
    return 0;
}
