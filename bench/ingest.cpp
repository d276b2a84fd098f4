// Records a second into a store, vectors given: generated unit vectors and
// texts, added and committed through the public interface. Prints one JSON line.
//
//   reel_bench_ingest STORE [--n 100000] [--d 384] [--text-bytes 100] [--commit-every 0 (one commit)]
#include <sys/resource.h>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <random>

#include "program.h"
#include "reel/reel.h"

namespace {

using namespace reel;
using namespace reel::bench;
using Clock = std::chrono::steady_clock;

struct Options {
    std::string path;
    uint64_t records = 100'000;
    uint32_t dimension = 384;
    size_t text_bytes = 100;
    uint64_t commit_every = 0;
};

Options parse_options(int argc, char** argv) {
    if (argc < 2) quit("usage: reel_bench_ingest STORE [--n N] [--d D] [--text-bytes B] [--commit-every N]");
    Options options;
    options.path = argv[1];
    for (int i = 2; i + 1 < argc; i += 2) {
        const std::string name = argv[i];
        const uint64_t number = std::strtoull(argv[i + 1], nullptr, 10);
        if (name == "--n") {
            options.records = number;
        } else if (name == "--d") {
            options.dimension = static_cast<uint32_t>(number);
        } else if (name == "--text-bytes") {
            options.text_bytes = number;
        } else if (name == "--commit-every") {
            options.commit_every = number;
        } else {
            quit("unknown option " + name);
        }
    }
    return options;
}

class Generator {
public:
    explicit Generator(const Options& options) : options_(options) {}

    std::vector<NewRecord> batch(uint64_t first, uint64_t count) {
        std::vector<NewRecord> records(count);
        for (uint64_t i = 0; i < count; ++i) {
            const std::string number = std::to_string(first + i);
            records[i].id = "record-" + number;
            records[i].text = "Text of record " + number + ". ";
            records[i].text.resize(options_.text_bytes, 'x');
            records[i].metadata = "{\"n\": " + number + "}";
            records[i].vector = unit_vector();
        }
        return records;
    }

private:
    std::vector<float> unit_vector() {
        std::vector<float> vector(options_.dimension);
        double squares = 0;
        for (float& x : vector) {
            x = uniform_(random_);
            squares += double{x} * double{x};
        }
        for (float& x : vector) x = static_cast<float>(x / std::sqrt(squares));
        return vector;
    }

    Options options_;
    std::minstd_rand random_{42};
    std::uniform_real_distribution<float> uniform_{-1, 1};
};

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

}  // namespace

int main(int argc, char** argv) {
    constexpr uint64_t kBatch = 1000;
    const Options options = parse_options(argc, argv);
    StoreConfig config;
    config.embedder.kind = "none";
    config.embedder.dimension = options.dimension;
    Database store = expect(Database::create(options.path, config));
    Generator generator(options);
    double adding = 0;
    uint64_t commits = 0;
    uint64_t pending = 0;
    const uint64_t batch_size = options.commit_every == 0 ? kBatch : std::min(kBatch, options.commit_every);
    for (uint64_t done = 0; done < options.records;) {
        const uint64_t count = std::min(batch_size, options.records - done);
        const auto records = generator.batch(done, count);  // not part of the time
        const auto start = Clock::now();
        expect(store.add(records));
        done += count;
        pending += count;
        if (done == options.records || (options.commit_every != 0 && pending >= options.commit_every)) {
            expect(store.commit());
            ++commits;
            pending = 0;
        }
        adding += seconds_since(start);
    }
    const auto closing = Clock::now();
    expect(store.close());
    adding += seconds_since(closing);
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    std::printf(
        "{\"records\": %llu, \"dimension\": %u, \"text_bytes\": %zu, \"commits\": %llu, \"seconds\": %.3f, "
        "\"records_per_second\": %.0f, \"file_bytes\": %llu, \"peak_rss_mib\": %ld}\n",
        static_cast<unsigned long long>(options.records), options.dimension, options.text_bytes,
        static_cast<unsigned long long>(commits), adding, static_cast<double>(options.records) / adding,
        static_cast<unsigned long long>(std::filesystem::file_size(options.path)), usage.ru_maxrss / 1024);
    return 0;
}
