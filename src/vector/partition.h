// The nearest of many centroids: by their 1-bit codes first, then exactly.
#pragma once

#include <cstdint>
#include <vector>

#include "vector/code_query.h"
#include "vector/code_search_candidates.h"
#include "vector/kernels.h"

namespace reel {

/// A list as a query sees it. q is the query and c the centroid, both less the section's mean; for
/// kInnerProduct q is the query itself.
struct ListDistance {
    float distance = 0;          ///< |q - c|^2; kInnerProduct: -<q, c>
    float beta = 1;              ///< how much of `base` counts: 1; kInnerProduct: <q, c> / |c|^2
    float squared_residual = 0;  ///< |q - beta c|^2
    uint32_t list = 0;

    bool operator==(const ListDistance&) const = default;
};

inline bool is_before(const ListDistance& a, const ListDistance& b) {
    return a.distance < b.distance || (a.distance == b.distance && a.list < b.list);
}

/// Where centroids come from. Any number of threads.
class CentroidSource {
public:
    CentroidSource() = default;
    CentroidSource(const CentroidSource&) = delete;
    CentroidSource& operator=(const CentroidSource&) = delete;
    virtual ~CentroidSource() = default;

    [[nodiscard]] virtual uint32_t count() const = 0;
    /// Blocks of codes without row numbers; nullptr where they are damaged.
    [[nodiscard]] virtual const std::byte* codes() const = 0;
    /// The query's size() floats, unaligned; nullptr where they are damaged.
    [[nodiscard]] virtual const std::byte* centroid(uint32_t list) const = 0;
};

/// Finds near lists; the buffers are kept from call to call. One thread.
class ListFinder {
public:
    ListFinder(const Kernel& kernel, Metric metric)
        : kernel_(kernel), code_kernel_(code_kernel_of(kernel)), metric_(metric) {}

    /// The `wanted` nearest lists (or nearly: see kDepth), nearest first, by exact distances; all of them,
    /// exactly, if wanted is as large. Lists whose centroid is damaged are left out. `spread` as in
    /// CodeHead. Valid until the next call.
    const std::vector<ListDistance>& find(const CentroidSource& source, const CodeQuery& query, float spread,
                                          size_t wanted);

    /// Lists that the last call would have looked at, had their centroids been whole.
    [[nodiscard]] size_t damaged() const { return damaged_; }

private:
    /// Exact distances are computed for so many times the wanted lists, and some more.
    static constexpr size_t kDepth = 2;
    static constexpr size_t kMoreDepth = 24;
    /// How many standard deviations of error a bound allows for.
    static constexpr float kEpsilon = 1.5F;

    void scan_codes(const CentroidSource& source, const std::byte* codes, const CodeQuery& query,
                    float spread);
    void rank(const CentroidSource& source, const CodeQuery& query, const std::vector<Candidate>& candidates,
              size_t wanted);
    void rank_all(const CentroidSource& source, const CodeQuery& query);
    void add(const CodeQuery& query, uint32_t list, const std::byte* centroid);

    const Kernel& kernel_;
    const CodeKernel& code_kernel_;
    Metric metric_;
    size_t damaged_ = 0;
    Candidates candidates_{1};
    std::vector<ListDistance> found_;
    std::vector<float> best_;  ///< a heap of the wanted smallest distances
};

}  // namespace reel
