// Filters: what columns cost to build and to ask, and what asking the JSON costs. Prints one line a
// measurement.
//
//   reel_bench_filter [ROWS]
//
// The metadata of a row: {"category": "cat_012", "year": 2003, "score": 0.123456, "title": 40
// bytes}.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <random>

#include "filter/evaluate.h"
#include "filter/key_statistics.h"
#include "filter/scan_kernels.h"
#include "program.h"

namespace {

using namespace reel;
using namespace reel::bench;
using Clock = std::chrono::steady_clock;

double microseconds_since(Clock::time_point start) {
    return std::chrono::duration<double, std::micro>(Clock::now() - start).count();
}

/// The median of some runs, in microseconds.
template <class Run>
double measure(int runs, Run&& run) {
    std::vector<double> times;
    times.reserve(static_cast<size_t>(runs));
    for (int i = 0; i < runs; ++i) {
        const auto start = Clock::now();
        run();
        times.push_back(microseconds_since(start));
    }
    std::sort(times.begin(), times.end());
    return times[times.size() / 2];
}

std::vector<std::string> make_metadata(size_t rows) {
    std::mt19937_64 random(42);
    std::vector<std::string> all;
    all.reserve(rows);
    for (size_t i = 0; i < rows; ++i) {
        std::string title;
        while (title.size() < 40) {
            const size_t letters = 4 + random() % 6;
            for (size_t j = 0; j < letters; ++j) title += static_cast<char>('a' + random() % 26);
            title += ' ';
        }
        title.resize(40);
        char text[160];
        std::snprintf(text, sizeof text,
                      R"({"category": "cat_%03u", "year": %u, "score": %.6g, "title": "%s"})",
                      static_cast<unsigned>(random() % 100), static_cast<unsigned>(1990 + random() % 36),
                      static_cast<double>(random() % 1'000'000) / 1e6, title.c_str());
        all.emplace_back(text);
    }
    return all;
}

void measure_filter(const char* text, std::span<const FilterPart> parts, const RowSet& live,
                    const MetadataOf& metadata) {
    const Filter filter = expect(Filter::parse(text));
    FilterStats stats;
    const auto rows = expect(evaluate_filter(filter, parts, live, metadata, &stats));
    const double columns = measure(41, [&] { expect(evaluate_filter(filter, parts, live, metadata)); });
    const double json = measure(3, [&] { expect(evaluate_filter(filter, {}, live, metadata)); });
    std::printf("%-44s %8llu rows  columns %9.1f us (%llu rows from JSON)  JSON alone %.2f us a row\n", text,
                static_cast<unsigned long long>(rows.count), columns,
                static_cast<unsigned long long>(stats.rows_from_json),
                json / static_cast<double>(live.row_count));
}

void measure_kernels() {
    const std::vector<std::byte> codes(800'000);
    std::vector<uint64_t> bits((100'000 + 63) / 64);
    for (const ScanKernel& kernel : scan_kernels()) {
        std::printf("scan of 100,000 codes, %-7.*s", static_cast<int>(kernel.name.size()),
                    kernel.name.data());
        for (const unsigned width : {1U, 2U, 4U, 8U}) {
            std::printf("  %u bytes %6.1f us", width, measure(101, [&] {
                            kernel.scan_range(codes.data(), width, 100'000, 5, 90, bits.data());
                        }));
        }
        std::printf("\n");
    }
}

}  // namespace

int main(int argc, char** argv) {
    const size_t count = argc > 1 ? static_cast<size_t>(std::atoll(argv[1])) : 100'000;
    const std::vector<std::string> rows = make_metadata(count);
    uint64_t bytes = 0;
    for (const std::string& row : rows) bytes += row.size();
    const MetadataOf metadata = [&](uint64_t row) -> Result<std::string_view> {
        return std::string_view(rows[row]);
    };
    ByteBuffer data;
    const double build = measure(5, [&] { data = expect(build_columns(count, metadata, {})); });
    std::printf("%zu rows, %llu bytes of metadata: built in %.0f ms, %zu bytes (%.0f %%)\n", count,
                static_cast<unsigned long long>(bytes), build / 1000, data.size(),
                100.0 * static_cast<double>(data.size()) / static_cast<double>(bytes));
    const auto columns = expect(Columns::parse(data, count));
    for (size_t i = 0; i < columns->key_count(); ++i) {
        std::printf("  %.*s: %llu bytes\n", static_cast<int>(columns->key(i).size()), columns->key(i).data(),
                    static_cast<unsigned long long>(columns->column(i)->bytes()));
    }
    const FilterPart part{0, columns};
    const RowSet live{count, {}};
    for (const char* text :
         {"category = \"cat_007\"", "year >= 2008", "score < 0.25", "year >= 2008 and category = \"cat_007\"",
          "category in (\"cat_001\", \"cat_050\")", "title like \"%abc%\"", "title = \"x\""}) {
        measure_filter(text, {&part, 1}, live, metadata);
    }
    measure_kernels();
    std::printf("statistics of the keys: columns %.1f ms, JSON %.1f ms\n",
                measure(3,
                        [&] {
                            expect(key_statistics({&part, 1}, live, metadata, 5));
                        }) /
                    1000,
                measure(3, [&] { expect(key_statistics({}, live, metadata, 5)); }) / 1000);
    return 0;
}
