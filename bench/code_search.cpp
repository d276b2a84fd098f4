// Queries a second and recall of the search by 1-bit codes, flat and in
// partitions, over generated vectors or those of .npy files (float32), as
// records of a store have them (big-endian, other bytes between). The recall
// is the share of the true k nearest that is found. One JSON line a setting.
//
//   reel_bench_code_search [--n 100000] [--d 384] [--k 10] [--threads 1] [--metric cosine]
//                          [--kind partitioned] [--lists 0] [--gap 150] [--queries 500]
//                          [--vectors FILE.npy] [--query-file FILE.npy] [--every 0] [--probes 0] [--rerank 0]
//                          [--batch 0]
//
// --every M: only every M-th row counts. Without --query-file the last --queries vectors are held out as
// queries. --probes, --rerank: one setting instead of those of the recalls.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <fstream>
#include <random>

#include "program.h"
#include "vector/code_builder.h"
#include "vector/code_search.h"

namespace {

using namespace reel;
using namespace reel::bench;
using Clock = std::chrono::steady_clock;

/// Of this thread: what counts on a machine that does other things too.
double cpu_microseconds() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
}

struct Options {
    uint64_t rows = 100000;
    uint32_t dimension = 384;
    size_t k = 10;
    unsigned threads = 1;
    unsigned build_threads = 0;
    size_t gap = 150;
    size_t queries = 500;
    uint64_t lists = 0;
    uint64_t every = 0;
    uint64_t probes = 0;
    uint64_t rerank = 0;
    bool is_batch = false;
    bool is_flat = false;
    Metric metric = Metric::kCosine;
    std::string vectors;
    std::string query_file;
};

void set_option(Options& options, const std::string& name, const std::string& value) {
    const uint64_t number = std::strtoull(value.c_str(), nullptr, 10);
    if (name == "--n") {
        options.rows = number;
    } else if (name == "--d") {
        options.dimension = static_cast<uint32_t>(number);
    } else if (name == "--k") {
        options.k = number;
    } else if (name == "--threads") {
        options.threads = static_cast<unsigned>(number);
    } else if (name == "--build-threads") {
        options.build_threads = static_cast<unsigned>(number);
    } else if (name == "--gap") {
        options.gap = number;
    } else if (name == "--queries") {
        options.queries = number;
    } else if (name == "--lists") {
        options.lists = number;
    } else if (name == "--every") {
        options.every = number;
    } else if (name == "--probes") {
        options.probes = number;
    } else if (name == "--rerank") {
        options.rerank = number;
    } else if (name == "--batch") {
        options.is_batch = number != 0;
    } else if (name == "--kind") {
        options.is_flat = value == "flat";
    } else if (name == "--vectors") {
        options.vectors = value;
    } else if (name == "--query-file") {
        options.query_file = value;
    } else if (name == "--metric" && find_metric(value)) {
        options.metric = *find_metric(value);
    } else {
        quit("unknown option " + name + " " + value);
    }
}

struct Matrix {
    uint32_t dimension = 0;
    std::vector<float> floats;
    [[nodiscard]] uint64_t rows() const { return floats.size() / dimension; }
    [[nodiscard]] std::span<const float> row(uint64_t i) const {
        return std::span(floats).subspan(i * dimension, dimension);
    }
};

Matrix read_npy(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    char start[10] = {};
    if (!file.read(start, sizeof start) || std::memcmp(start, "\x93NUMPY\x01", 7) != 0)
        quit(path + ": no .npy file");
    std::string header(static_cast<unsigned char>(start[8]) + 256U * static_cast<unsigned char>(start[9]),
                       ' ');
    file.read(header.data(), static_cast<std::streamsize>(header.size()));
    const size_t shape = header.find('(');
    char* end = nullptr;
    const uint64_t rows = std::strtoull(header.c_str() + shape + 1, &end, 10);
    const uint64_t dimension = std::strtoull(end + 1, nullptr, 10);
    if (header.find("<f4") == std::string::npos || dimension == 0) quit(path + ": no rows of float32");
    Matrix matrix{static_cast<uint32_t>(dimension), std::vector<float>(rows * dimension)};
    file.read(reinterpret_cast<char*>(matrix.floats.data()),
              static_cast<std::streamsize>(rows * dimension * 4));
    if (!file) quit(path + ": too short");
    return matrix;
}

/// Unit vectors in 1,000 clusters of a space of 96 dimensions with a falling spectrum, and some noise.
Matrix generate(uint64_t rows, uint32_t dimension) {
    constexpr size_t kClusters = 1000;
    constexpr size_t kRank = 96;
    std::mt19937 engine(42);
    std::normal_distribution<float> normal;
    std::vector<float> basis(kRank * dimension);
    for (float& value : basis) value = normal(engine) / std::sqrt(static_cast<float>(dimension));
    std::vector<float> centres(kClusters * kRank);
    for (size_t i = 0; i < centres.size(); ++i)
        centres[i] = normal(engine) / std::sqrt(1.0F + static_cast<float>(i % kRank));
    Matrix matrix{dimension, std::vector<float>(rows * dimension)};
    for (uint64_t row = 0; row < rows; ++row) {
        float* out = &matrix.floats[row * dimension];
        const size_t cluster = engine() % kClusters;
        for (uint32_t i = 0; i < dimension; ++i)
            out[i] = 0.25F * normal(engine) / std::sqrt(static_cast<float>(dimension));
        for (size_t r = 0; r < kRank; ++r) {
            const float z =
                centres[cluster * kRank + r] +
                0.6F * normal(engine) / std::sqrt(1.0F + static_cast<float>((r * 37 + cluster) % kRank));
            for (uint32_t i = 0; i < dimension; ++i) out[i] += z * basis[r * dimension + i];
        }
        float square = 0;
        for (uint32_t i = 0; i < dimension; ++i) square += out[i] * out[i];
        for (uint32_t i = 0; i < dimension; ++i) out[i] /= std::sqrt(square);
    }
    return matrix;
}

class Records : public VectorSource {
public:
    Records(const Matrix& matrix, uint64_t rows, size_t gap)
        : rows_(rows), dimension_(matrix.dimension), stride_(dimension_ * sizeof(float) + gap) {
        bytes_.resize(rows_ * stride_);
        for (uint64_t row = 0; row < rows_; ++row) {
            for (uint32_t i = 0; i < dimension_; ++i)
                store_be_float(&bytes_[row * stride_ + i * sizeof(float)], matrix.row(row)[i]);
        }
    }
    [[nodiscard]] uint64_t row_count() const override { return rows_; }
    [[nodiscard]] uint32_t dimension() const override { return dimension_; }
    void locate(uint64_t first, std::span<const std::byte*> out) const override {
        for (size_t i = 0; i < out.size(); ++i) out[i] = &bytes_[(first + i) * stride_];
    }

private:
    uint64_t rows_;
    uint32_t dimension_;
    size_t stride_;
    ByteBuffer bytes_;
};

struct Bench {
    const Options& options;
    const Records& records;
    const std::vector<CodePart>& parts;
    std::vector<std::vector<float>> queries;
    RowSet rows;
    std::vector<std::vector<Neighbor>> truth = {};

    void find_truth() {
        for (const auto& query : queries)
            truth.push_back(expect(flat_scan(records, query, options.metric, options.k, rows)));
    }

    [[nodiscard]] double recall_of(const std::vector<std::vector<Neighbor>>& found) const {
        size_t hits = 0;
        size_t all = 0;
        for (size_t i = 0; i < found.size(); ++i) {
            if (truth[i].empty()) continue;
            const float farthest = truth[i].back().distance;
            all += truth[i].size();
            hits += static_cast<size_t>(std::count_if(
                found[i].begin(), found[i].end(), [&](const Neighbor& n) { return n.distance <= farthest; }));
        }
        return static_cast<double>(hits) / static_cast<double>(std::max<size_t>(all, 1));
    }

    void measure(CodeSearchOptions search) const {
        ScanStats stats;
        std::vector<double> times;
        std::vector<std::vector<Neighbor>> found;
        double cpu = 0;
        for (int round = 0; round < 5; ++round) {
            found.clear();
            search.stats = round == 0 ? &stats : nullptr;
            const double cpu_start = cpu_microseconds();
            for (const auto& query : queries) {
                const auto start = Clock::now();
                found.push_back(
                    expect(code_search(records, parts, query, options.metric, options.k, rows, search)));
                if (round > 0)
                    times.push_back(std::chrono::duration<double, std::micro>(Clock::now() - start).count());
            }
            if (round > 0) cpu += cpu_microseconds() - cpu_start;
        }
        std::sort(times.begin(), times.end());
        const auto count = static_cast<double>(queries.size());
        std::printf(
            "{\"asked\": %.3f, \"recall\": %.4f, \"cpu_us\": %.1f, \"median_us\": %.1f, \"p99_us\": %.1f, "
            "\"lists\": %.1f, \"codes\": %.0f, \"vectors\": %.1f}\n",
            search.recall, recall_of(found), cpu / static_cast<double>(times.size()), times[times.size() / 2],
            times[times.size() * 99 / 100], static_cast<double>(stats.lists_probed) / count,
            static_cast<double>(stats.column_rows) / count, static_cast<double>(stats.exact_vectors) / count);
        std::fflush(stdout);
    }

    void measure_batch(CodeSearchOptions search) const {
        std::vector<float> all;
        for (const auto& query : queries) all.insert(all.end(), query.begin(), query.end());
        double best = 1e300;
        std::vector<std::vector<Neighbor>> found;
        for (int round = 0; round < 5; ++round) {
            const auto start = Clock::now();
            found = expect(code_search_batch(records, parts, all, options.metric, options.k, rows, search));
            best = std::min(best, std::chrono::duration<double, std::micro>(Clock::now() - start).count());
        }
        std::printf("{\"asked\": %.3f, \"recall\": %.4f, \"us_a_query_in_batch\": %.1f}\n", search.recall,
                    recall_of(found), best / static_cast<double>(queries.size()));
    }
};

}  // namespace

int main(int argc, char** argv) {
    Options options;
    for (int i = 1; i + 1 < argc; i += 2) set_option(options, argv[i], argv[i + 1]);
    if (argc % 2 == 0) quit("an option without its value");
    const bool are_held_out = options.query_file.empty();
    Matrix matrix = options.vectors.empty()
                        ? generate(options.rows + (are_held_out ? options.queries : 0), options.dimension)
                        : read_npy(options.vectors);
    const uint64_t rows = matrix.rows() - (are_held_out ? options.queries : 0);
    const Matrix others = are_held_out ? Matrix{matrix.dimension, {}} : read_npy(options.query_file);
    const Records records(matrix, rows, options.gap);

    CodeBuildOptions build{
        .kind = options.is_flat ? CodeBuildOptions::Kind::kFlat : CodeBuildOptions::Kind::kPartitioned,
        .lists = options.lists};
    BuildControl control;
    control.threads = options.build_threads;
    const auto start = Clock::now();
    const std::clock_t cpu_start = std::clock();
    const ByteBuffer data = expect(build_codes(records, 0, rows, options.metric, build, {}, control));
    const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    const double cpu_seconds = static_cast<double>(std::clock() - cpu_start) / CLOCKS_PER_SEC;
    const auto section = expect(CodeSection::parse(data, matrix.dimension, rows));
    std::printf(
        "{\"n\": %llu, \"d\": %u, \"metric\": \"%s\", \"lists\": %llu, \"build_s\": %.2f, \"build_cpu_s\": "
        "%.2f, \"bytes_a_row\": "
        "%.1f, \"probes\": [",
        static_cast<unsigned long long>(rows), matrix.dimension,
        std::string(to_string(options.metric)).c_str(), static_cast<unsigned long long>(section->lists()),
        seconds, cpu_seconds, static_cast<double>(data.size()) / static_cast<double>(rows));
    for (const uint32_t value : section->head().probes) std::printf("%u, ", value);
    std::printf("0], \"ranks\": [");
    for (const uint32_t value : section->head().ranks) std::printf("%u, ", value);
    std::printf("0], \"spread\": %.3f}\n", static_cast<double>(section->head().spread));

    std::vector<uint64_t> excluded;
    if (options.every > 1) {
        excluded.assign(rows / 64 + 1, ~uint64_t{0});
        for (uint64_t row = 0; row < rows; row += options.every)
            excluded[row / 64] &= ~(uint64_t{1} << (row % 64));
    }
    const std::vector<CodePart> parts{{0, rows, section}};
    Bench bench{options, records, parts, {}, {rows, excluded}};
    for (size_t i = 0; i < options.queries; ++i) {
        const auto query = are_held_out ? matrix.row(rows + i) : others.row(i);
        bench.queries.emplace_back(query.begin(), query.end());
    }
    bench.find_truth();
    CodeSearchOptions search;
    search.threads = options.threads;
    if (options.probes != 0) search.probes = options.probes;
    if (options.rerank != 0) search.rerank = options.rerank;
    const bool is_one = options.probes != 0 || options.rerank != 0;
    for (const double recall : {0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999}) {
        search.recall = recall;
        if (options.is_batch)
            bench.measure_batch(search);
        else
            bench.measure(search);
        if (is_one) break;
    }
    return 0;
}
