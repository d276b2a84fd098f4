// How long one exact search takes over generated vectors, in two layouts: as
// records of a store (a mapped file; big-endian, texts between) and as a FAISS
// file has them (in memory; host order, one after the other). "fresh" is the
// first search over a new mapping of a file in the page cache, which is what a
// new process pays. "certified" is the search through an int8 column, for one
// query ("seeded": the answer is given as seeds) and for a batch. Prints one
// JSON line.
//
//   reel_bench_exact_search [--n 100000] [--d 384] [--k 10] [--threads 0]
//                           [--metric l2] [--kernel NAME] [--gap 150] [--queries 40]
//                           [--batch 500] [--data clustered|uniform|alike] [--folder /tmp]
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <string>

#include "base/bytes.h"
#include "clustered_vectors.h"
#include "program.h"
#include "vector/certified_scan.h"
#include "vector/flat_scan.h"

namespace {

using namespace reel;
using namespace reel::bench;

struct Options {
    uint64_t rows = 100000;
    uint32_t dimension = 384;
    size_t k = 10;
    unsigned threads = 0;
    size_t gap = 150;  ///< bytes between two vectors: box headers, text, metadata
    size_t queries = 40;
    size_t batch = 500;
    std::string data = "clustered";
    Metric metric = Metric::kL2;
    std::string kernel;
    std::string folder = "/tmp";  ///< where the file of records is, while it runs
};

Options parse_options(int argc, char** argv) {
    Options options;
    for (int i = 1; i + 1 < argc; i += 2) {
        const std::string name = argv[i];
        const std::string value = argv[i + 1];
        const uint64_t number = std::strtoull(value.c_str(), nullptr, 10);
        if (name == "--n")
            options.rows = number;
        else if (name == "--d")
            options.dimension = static_cast<uint32_t>(number);
        else if (name == "--k")
            options.k = number;
        else if (name == "--threads")
            options.threads = static_cast<unsigned>(number);
        else if (name == "--gap")
            options.gap = number;
        else if (name == "--queries")
            options.queries = number;
        else if (name == "--batch")
            options.batch = number;
        else if (name == "--data" && (value == "clustered" || value == "uniform" || value == "alike"))
            options.data = value;
        else if (name == "--kernel")
            options.kernel = value;
        else if (name == "--folder")
            options.folder = value;
        else if (name == "--metric" && find_metric(value))
            options.metric = *find_metric(value);
        else
            quit("unknown option " + name + " " + value);
    }
    if (argc % 2 == 0 || options.rows == 0 || options.dimension == 0 || options.queries == 0)
        quit("bad options");
    return options;
}

/// Uniform floats in [-1, 1), cheap to make.
class Floats {
public:
    explicit Floats(uint32_t seed) : state_(41 + seed) {}
    float next() {
        state_ = state_ * 6364136223846793005U + 1442695040888963407U;
        return static_cast<float>(static_cast<int32_t>(state_ >> 32)) * 0x1p-31F;
    }

private:
    uint64_t state_;
};

/// Records in a file without a name, mapped as a store is.
class Records : public VectorSource {
public:
    explicit Records(const Options& options)
        : rows_(options.rows),
          dimension_(options.dimension),
          stride_(dimension_ * sizeof(float) + options.gap) {
        std::string path = options.folder + "/reel_bench_XXXXXX";
        file_ = mkstemp(path.data());
        if (file_ < 0) quit("cannot make a file in " + options.folder);
        unlink(path.c_str());
    }
    ~Records() override {
        unmap();
        close(file_);
    }

    void append(std::span<const float> vector) {
        ByteBuffer record(stride_, std::byte{'x'});
        for (size_t i = 0; i < vector.size(); ++i) store_be_float(&record[i * sizeof(float)], vector[i]);
        buffer_.insert(buffer_.end(), record.begin(), record.end());
        if (buffer_.size() > (1U << 20)) flush();
    }
    void flush() {
        const auto wanted = static_cast<ssize_t>(buffer_.size());
        if (write(file_, buffer_.data(), buffer_.size()) != wanted) quit("cannot write the records");
        buffer_.clear();
    }
    /// Maps the file anew: no page of it is in this process's tables.
    void remap() {
        unmap();
        void* mapped = mmap(nullptr, rows_ * stride_, PROT_READ, MAP_SHARED, file_, 0);
        if (mapped == MAP_FAILED) quit("cannot map the records");
        bytes_ = static_cast<const std::byte*>(mapped);
    }

    [[nodiscard]] uint64_t row_count() const override { return rows_; }
    [[nodiscard]] uint32_t dimension() const override { return dimension_; }
    void locate(uint64_t first, std::span<const std::byte*> out) const override {
        for (size_t i = 0; i < out.size(); ++i) out[i] = bytes_ + (first + i) * stride_;
    }

private:
    void unmap() {
        if (bytes_ != nullptr) munmap(const_cast<std::byte*>(bytes_), rows_ * stride_);
        bytes_ = nullptr;
    }

    uint64_t rows_;
    uint32_t dimension_;
    size_t stride_;
    int file_ = -1;
    ByteBuffer buffer_;
    const std::byte* bytes_ = nullptr;
};

struct Timing {
    double min_ms = 0;  ///< on a machine that does other things too, the most telling
    double median_ms = 0;
    double p99_ms = 0;
    double gigabytes_per_second = 0;
    std::vector<std::vector<Neighbor>> answers;
};

Timing measure(const std::vector<float>& queries, const Options& options, double bytes, auto&& search,
               auto&& before_each) {
    std::vector<double> times;
    Timing timing;
    for (size_t i = 0; i < options.queries; ++i) {
        const std::span<const float> query(&queries[i * options.dimension], options.dimension);
        before_each(i);
        const auto start = std::chrono::steady_clock::now();
        auto found = search(query);
        const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
        if (!found) quit(found.error().message);
        timing.answers.push_back(std::move(*found));
        times.push_back(took.count());
    }
    std::sort(times.begin(), times.end());
    timing.min_ms = times.front();
    timing.median_ms = times[times.size() / 2];
    timing.p99_ms = times[std::min(times.size() - 1, times.size() * 99 / 100)];
    timing.gigabytes_per_second = bytes / timing.median_ms / 1e6;
    return timing;
}

void print(const char* layout, const Timing& timing) {
    std::printf(", \"%s\": {\"min_ms\": %.2f, \"median_ms\": %.2f, \"p99_ms\": %.2f, \"GB_per_s\": %.1f}",
                layout, timing.min_ms, timing.median_ms, timing.p99_ms, timing.gigabytes_per_second);
}

void fill(std::vector<float>& floats, const Options& options, uint32_t seed) {
    if (options.data == "clustered") {
        ClusteredVectors vectors(options.dimension);
        vectors.fill(floats, seed);
        return;
    }
    Floats uniform(seed);
    for (float& value : floats) value = uniform.next();
    if (options.data != "alike") return;
    // All within a millionth of one vector: what bounds cannot tell apart.
    Floats same(0);
    std::vector<float> centre(options.dimension);
    for (float& value : centre) value = same.next();
    for (size_t i = 0; i < floats.size(); ++i) floats[i] = centre[i % options.dimension] + 1e-6F * floats[i];
}

/// The column of all records, in memory, and how long it took to build.
struct Column {
    Column(const Records& records, unsigned threads) {
        const auto start = std::chrono::steady_clock::now();
        const auto put = [this](ByteView some) {
            append(bytes, some);
            return Status{};
        };
        bytes.reserve(int8_column_bytes(records.dimension(), records.row_count()));
        expect(build_int8_column(records, 0, records.row_count(), {}, put, {.threads = threads}));
        build_ms =
            std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
        part = {0, records.row_count(),
                expect(Int8Column::parse(bytes, records.dimension(), records.row_count()))};
    }
    ByteBuffer bytes;
    double build_ms = 0;
    Int8Part part;
};

/// The certified searches, compared with what the flat ones answered.
void measure_certified(const Records& records, const std::vector<float>& queries, const Options& options,
                       const ScanOptions& scan, const Timing& flat) {
    const Column column(records, options.threads);
    const RowSet all{options.rows, {}};
    const double row_bytes = (options.dimension + 31) / 32 * 16;
    const double plane = static_cast<double>(options.rows) * row_bytes;
    CertifiedOptions certified;
    static_cast<ScanOptions&>(certified) = scan;
    const auto search = [&](std::span<const float> query) {
        return certified_scan(records, {&column.part, 1}, query, options.metric, options.k, all, certified);
    };
    const auto nothing = [](size_t) {};
    measure(queries, options, plane, search, nothing);  // checks the checksums
    ScanStats stats;
    certified.stats = &stats;
    const Timing alone = measure(queries, options, plane, search, nothing);
    certified.stats = nullptr;
    std::vector<uint64_t> seeds;
    const Timing seeded = measure(queries, options, plane, search, [&](size_t i) {
        seeds.clear();
        for (const Neighbor& n : flat.answers[i]) seeds.push_back(n.row);
        certified.seeds = seeds;
    });
    certified.seeds = {};
    if (alone.answers != flat.answers || seeded.answers != flat.answers) quit("the certified scan is wrong");

    std::vector<float> many(options.batch * options.dimension);
    for (size_t i = 0; i < many.size(); ++i) many[i] = queries[i % queries.size()];
    const auto start = std::chrono::steady_clock::now();
    const auto answers = expect(
        certified_scan_batch(records, {&column.part, 1}, many, options.metric, options.k, all, certified));
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
    for (size_t i = 0; i < answers.size(); ++i) {
        if (answers[i] != flat.answers[i % options.queries]) quit("the batch is wrong");
    }
    print("certified", alone);
    print("certified_seeded", seeded);
    const auto searches = static_cast<double>(options.queries);
    const double scanned = static_cast<double>(stats.column_rows) * (row_bytes + 12);
    std::printf(", \"left_by_high_codes\": %.1f, \"exact_vectors\": %.1f",
                (static_cast<double>(stats.column_bytes) - scanned) / row_bytes / searches,
                static_cast<double>(stats.exact_vectors) / searches);
    std::printf(", \"batch_ms_per_query\": %.3f", took.count() / static_cast<double>(options.batch));
    std::printf(", \"column_build_ms\": %.0f, \"column_bytes\": %zu", column.build_ms, column.bytes.size());
}

}  // namespace

int main(int argc, char** argv) {
    const Options options = parse_options(argc, argv);
    ScanOptions scan{.threads = options.threads};
    auto kernel = options.kernel.empty() ? choose_kernel() : find_kernel(options.kernel);
    if (!kernel) quit(kernel.error().message);
    scan.kernel = *kernel;

    Records records(options);
    std::vector<float> contiguous(options.rows * options.dimension);
    fill(contiguous, options, 1);
    for (uint64_t row = 0; row < options.rows; ++row) {
        records.append({&contiguous[row * options.dimension], options.dimension});
    }
    records.flush();
    std::vector<float> queries(options.queries * options.dimension);
    fill(queries, options, 2);

    const HostRows host{std::as_bytes(std::span(contiguous)).data(), options.rows, options.dimension};
    const RowSet all{options.rows, {}};
    const double bytes = static_cast<double>(options.rows) * options.dimension * sizeof(float);
    const auto nothing = [](size_t) {};
    const auto search_records = [&](std::span<const float> query) {
        return flat_scan(records, query, options.metric, options.k, all, scan);
    };
    const auto search_host = [&](std::span<const float> query) {
        return flat_scan(host, query, options.metric, options.k, all, scan);
    };
    const Timing fresh = measure(queries, options, bytes, search_records, [&](size_t) { records.remap(); });
    const Timing interleaved = measure(queries, options, bytes, search_records, nothing);
    const Timing plain = measure(queries, options, bytes, search_host, nothing);
    if (interleaved.answers != plain.answers) quit("the two layouts answer differently");

    std::printf(
        "{\"n\": %llu, \"d\": %u, \"k\": %zu, \"metric\": \"%s\", \"kernel\": \"%s\", \"threads\": %u",
        static_cast<unsigned long long>(options.rows), options.dimension, options.k,
        std::string(to_string(options.metric)).c_str(), std::string((*kernel)->name).c_str(),
        options.threads);
    print("records_fresh", fresh);
    print("records", interleaved);
    print("contiguous", plain);
    measure_certified(records, queries, options, scan, interleaved);
    std::printf("}\n");
    return 0;
}
