// How fast the built-in embedder is.
//
// usage: reel_embed_throughput [--precision auto|f32|bf16] [--threads N] [--batch N] [--limit N]
//                              [--npy OUT.npy] < texts (one a line)
//
// Reads all texts, then embeds them `batch` at a time and prints one line of
// JSON. cpu_seconds is of all threads; load_ms is from the factory's call to the first vector, of the first
// text alone; the rest is counted without it.
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

#include "embed/builtin_embedder.h"

namespace {

using Clock = std::chrono::steady_clock;

struct Options {
    reel::BuiltinOptions embedder;
    size_t batch = 512;
    size_t limit = SIZE_MAX;
    std::string npy;
};

bool parse_options(int argc, char** argv, Options& options) {
    for (int i = 1; i + 1 < argc; i += 2) {
        const std::string name = argv[i];
        const char* value = argv[i + 1];
        if (name == "--precision")
            options.embedder.precision = value;
        else if (name == "--threads")
            options.embedder.threads = static_cast<unsigned>(std::atoi(value));
        else if (name == "--batch")
            options.batch = std::max<size_t>(1, std::strtoull(value, nullptr, 10));
        else if (name == "--limit")
            options.limit = std::strtoull(value, nullptr, 10);
        else if (name == "--npy")
            options.npy = value;
        else
            return false;
    }
    return argc % 2 == 1;
}

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Of all threads, user and system.
double cpu_seconds() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& t) {
        return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

/// NumPy's file format, version 1.0: a magic, a padded header, the rows.
void write_npy(const std::string& path, const std::vector<float>& vectors, size_t rows) {
    std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (" + std::to_string(rows) + ", " +
                         std::to_string(vectors.size() / rows) + "), }";
    while ((10 + header.size() + 1) % 64 != 0) header += ' ';
    header += '\n';
    const char magic[] = {'\x93',
                          'N',
                          'U',
                          'M',
                          'P',
                          'Y',
                          1,
                          0,
                          static_cast<char>(header.size() & 0xFFU),
                          static_cast<char>(header.size() >> 8U)};
    std::ofstream out(path, std::ios::binary);
    out.write(magic, sizeof magic);
    out << header;
    out.write(reinterpret_cast<const char*>(vectors.data()),
              static_cast<std::streamsize>(vectors.size() * sizeof(float)));
}

int complain(const std::string& message) {
    std::fprintf(stderr, "reel_embed_throughput: %s\n", message.c_str());
    return 1;
}

}  // namespace

int main(int argc, char** argv) {
    Options options;
    if (!parse_options(argc, argv, options))
        return complain("see the usage at the top of bench/embed_throughput.cpp");
    std::vector<std::string> lines;
    for (std::string line; lines.size() < options.limit && std::getline(std::cin, line);)
        lines.push_back(line);
    if (lines.empty()) return complain("no texts on standard input");
    const std::vector<std::string_view> texts(lines.begin(), lines.end());

    const auto load_start = Clock::now();
    auto embedder = reel::make_builtin_embedder(options.embedder);
    if (!embedder) return complain(embedder.error().message);
    if (auto first = (*embedder)->embed(std::span(texts).first(1), reel::TextRole::kQuery); !first) {
        return complain(first.error().message);
    }
    const double load_seconds = seconds_since(load_start);

    size_t tokens = 0;
    for (const std::string_view text : texts) {
        const auto ends = (*embedder)->token_ends(text);
        if (!ends) return complain(ends.error().message);
        tokens += ends->size() + 2;
    }
    std::vector<float> all;
    const double cpu_start = cpu_seconds();
    const auto start = Clock::now();
    for (size_t at = 0; at < texts.size(); at += options.batch) {
        const auto batch = std::span(texts).subspan(at, std::min(options.batch, texts.size() - at));
        const auto vectors = (*embedder)->embed(batch, reel::TextRole::kDocument);
        if (!vectors) return complain(vectors.error().message);
        all.insert(all.end(), vectors->begin(), vectors->end());
    }
    const double seconds = seconds_since(start);
    const double cpu = cpu_seconds() - cpu_start;
    if (!options.npy.empty()) write_npy(options.npy, all, texts.size());

    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto description = (*embedder)->describe();
    std::printf(
        "{\"engine\":\"reel\",\"precision\":\"%s\",\"texts\":%zu,\"tokens\":%zu,\"load_ms\":%.1f,"
        "\"seconds\":%.3f,\"cpu_seconds\":%.3f,\"texts_per_s\":%.1f,\"tokens_per_s\":%.0f,\"peak_rss_mib\":%."
        "1f}\n",
        description->precision.c_str(), texts.size(), tokens, load_seconds * 1e3, seconds, cpu,
        static_cast<double>(texts.size()) / seconds, static_cast<double>(tokens) / seconds,
        static_cast<double>(usage.ru_maxrss) / 1024);
    return 0;
}
