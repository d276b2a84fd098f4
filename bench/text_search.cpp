// Keyword search over one text a line (docs/design/0009-text-index.md):
//
//   reel_bench_text_search texts.txt queries.txt [repetitions]
//
// Builds the index on one thread and on all, then asks each line of queries.txt, top 10, on one thread;
// a line is "name<TAB>query", figures are given for each name.
#include <algorithm>
#include <chrono>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "program.h"
#include "text/search_text.h"

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

std::vector<std::string> read_lines(const char* path) {
    std::ifstream file(path);
    if (!file) reel::bench::quit(std::string(path) + ": cannot be read");
    std::vector<std::string> lines;
    for (std::string line; std::getline(file, line);) lines.push_back(std::move(line));
    return lines;
}

reel::OwnedTextIndex build(const std::vector<std::string>& texts, unsigned threads) {
    const auto text_of = [&](uint64_t row) -> reel::Result<std::string_view> { return texts[row]; };
    const auto start = Clock::now();
    auto index = reel::bench::expect(reel::index_in_memory(texts.size(), text_of, {}, {.threads = threads}));
    std::printf("build, threads %u (0: all): %.3f s\n", threads, seconds_since(start));
    return index;
}

void analyze(const std::vector<std::string>& texts, size_t bytes) {
    auto analyzer = reel::bench::expect(reel::Analyzer::create({}));
    size_t words = 0;
    const auto start = Clock::now();
    for (const std::string& text : texts) {
        reel::bench::expect(analyzer.analyze(text, [&](std::string_view, size_t, size_t) { ++words; }));
    }
    const double seconds = seconds_since(start);
    std::printf("analysis: %zu words, %.0f MB/s\n", words, static_cast<double>(bytes) / seconds / 1e6);
}

struct Figures {
    std::vector<double> ms;
    reel::TextSearchStats stats;
    size_t hits = 0;
};

void print(const std::string& name, Figures& figures) {
    std::sort(figures.ms.begin(), figures.ms.end());
    const size_t n = figures.ms.size();
    const auto each = [&](uint64_t total) { return static_cast<double>(total) / static_cast<double>(n); };
    std::printf(
        "%-14s median %.3f ms, p99 %.3f ms, %zu queries, %.1f hits, %.0f of %.0f blocks, %.0f texts read\n",
        name.c_str(), figures.ms[n / 2], figures.ms[n * 99 / 100], n, each(figures.hits),
        each(figures.stats.blocks_read), each(figures.stats.blocks), each(figures.stats.texts_verified));
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 3) reel::bench::quit("usage: reel_bench_text_search texts.txt queries.txt [repetitions]");
    const auto texts = read_lines(argv[1]);
    const int repetitions = argc > 3 ? std::atoi(argv[3]) : 1;
    size_t bytes = 0;
    for (const std::string& text : texts) bytes += text.size();
    std::printf("%zu texts, %zu bytes\n", texts.size(), bytes);
    analyze(texts, bytes);
    build(texts, 0);
    const reel::OwnedTextIndex index = build(texts, 1);
    std::printf("index %zu bytes, %.3f of the texts, %u terms\n", index.bytes.size(),
                static_cast<double>(index.bytes.size()) / static_cast<double>(bytes),
                index.index.term_count());

    const auto collection =
        reel::bench::expect(reel::TextCollection::create({{0, &index.index}}, {texts.size(), {}}));
    reel::TextSearchOptions options;
    options.text_of = [&](uint64_t row) -> reel::Result<std::string_view> { return texts[row]; };
    std::map<std::string, Figures> all;
    for (const std::string& line : read_lines(argv[2])) {
        const size_t tab = line.find('\t');
        Figures& figures = all[line.substr(0, tab)];
        for (int i = 0; i < repetitions; ++i) {
            const auto start = Clock::now();
            auto analyzer = reel::bench::expect(reel::Analyzer::create({}));
            const auto query =
                reel::bench::expect(reel::TextQuery::parse(std::string_view(line).substr(tab + 1), analyzer));
            const auto answer =
                reel::bench::expect(reel::search_text(collection, query, options, figures.stats));
            figures.ms.push_back(seconds_since(start) * 1e3);
            figures.hits += answer.hits.size();
        }
    }
    for (auto& [name, figures] : all) print(name, figures);
    return 0;
}
