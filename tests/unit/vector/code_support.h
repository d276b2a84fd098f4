// Vectors, sections and clusterings made up for the tests of codes.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "base/checksum.h"
#include "vector/code_builder.h"
#include "vector/code_search.h"
#include "vector_support.h"

namespace reel {

/// Rows near one of `clusters` random points.
inline Floats clustered_floats(size_t rows, uint32_t dimension, size_t clusters, uint32_t seed) {
    const Floats centres = random_floats(clusters * dimension, 77);
    Floats floats = random_floats(rows * dimension, seed);
    for (size_t row = 0; row < rows; ++row) {
        const size_t cluster = (row * 7919 + seed) % clusters;
        for (uint32_t i = 0; i < dimension; ++i) {
            float& value = floats[row * dimension + i];
            value = centres[cluster * dimension + i] + 0.5F * value;
        }
    }
    return floats;
}

/// A clustering without FAISS: some vectors, moved once to the mean of those that are nearest to them.
inline void cluster_simply(const ClusteringTask& task, Result<std::vector<float>>* out) {
    const uint32_t d = task.dimension;
    const size_t count = task.vectors.size() / d;
    std::vector<float> centroids;
    for (uint32_t c = 0; c < task.clusters; ++c) {
        const auto vector = task.vectors.subspan(c * count / task.clusters * d, d);
        centroids.insert(centroids.end(), vector.begin(), vector.end());
    }
    std::vector<float> sums(centroids);
    std::vector<float> counts(task.clusters, 1.0F);
    for (size_t row = 0; row < count; ++row) {
        uint32_t nearest = 0;
        float least = INFINITY;
        for (uint32_t c = 0; c < task.clusters; ++c) {
            float distance = 0;
            for (uint32_t i = 0; i < d; ++i) {
                const float difference = task.vectors[row * d + i] - centroids[size_t{c} * d + i];
                distance += difference * difference;
            }
            if (distance < least) {
                least = distance;
                nearest = c;
            }
        }
        counts[nearest] += 1.0F;
        for (uint32_t i = 0; i < d; ++i) sums[size_t{nearest} * d + i] += task.vectors[row * d + i];
    }
    for (size_t i = 0; i < sums.size(); ++i) sums[i] /= counts[i / d];
    *out = std::move(sums);
}

inline CodeBuildOptions flat_codes() { return {.cluster = cluster_simply}; }

inline CodeBuildOptions partitioned_codes(uint64_t lists) {
    return {.kind = CodeBuildOptions::Kind::kPartitioned, .lists = lists, .cluster = cluster_simply};
}

/// A section and the bytes it lies in.
struct BuiltCodes {
    ByteBuffer data;
    CodePart part;

    void parse(uint32_t dimension) {
        auto section = CodeSection::parse(data, dimension, part.row_count);
        ASSERT_TRUE(section) << section.error().message;
        part.codes = *section;
    }
};

inline BuiltCodes build(const VectorSource& source, uint64_t first, uint64_t count, Metric metric,
                        const CodeBuildOptions& options, std::span<const CodePart> reuse = {},
                        const BuildControl& control = {}) {
    BuiltCodes built;
    built.part = {first, count, nullptr};
    auto data = build_codes(source, first, count, metric, options, reuse, control);
    EXPECT_TRUE(data) << (data ? "" : data.error().message);
    if (data) {
        built.data = *std::move(data);
        built.parse(source.dimension());
    }
    return built;
}

/// The share of the true k nearest that code_search finds, over some queries.
inline double recall_of(const VectorSource& source, std::span<const CodePart> parts, const Floats& queries,
                        Metric metric, size_t k, const RowSet& rows, const CodeSearchOptions& options) {
    const uint32_t d = source.dimension();
    size_t wanted = 0;
    size_t hits = 0;
    for (size_t at = 0; at + d <= queries.size(); at += d) {
        const std::span<const float> query = std::span(queries).subspan(at, d);
        const auto truth = flat_scan(source, query, metric, k, rows).value();
        const auto found = code_search(source, parts, query, metric, k, rows, options).value();
        EXPECT_EQ(found.size(), truth.size());
        wanted += truth.size();
        for (const Neighbor& neighbor : truth)
            hits += static_cast<size_t>(std::count(found.begin(), found.end(), neighbor));
    }
    return static_cast<double>(hits) / static_cast<double>(std::max<size_t>(1, wanted));
}

}  // namespace reel
