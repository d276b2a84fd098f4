// One search after another over the same parts, with buffers that are kept.
#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "vector/code_search.h"
#include "vector/code_search_part.h"
#include "vector/query_vector.h"

namespace reel {

/// kInvalidArgument: parts overlap or do not ascend, or one's section has another number of rows.
Status check_parts(std::span<const CodePart> parts);

/// One thread uses it; it starts options.threads itself. What it was made with must outlive it.
class CodeSearcher {
public:
    CodeSearcher(const VectorSource& truth, std::span<const CodePart> parts, Metric metric,
                 const Kernel& kernel, const CodeSearchOptions& options);

    /// code_search() for arguments that were checked.
    Result<std::vector<Neighbor>> search(std::span<const float> query, size_t k, const RowSet& rows);

    [[nodiscard]] const ScanStats& stats() const { return stats_; }

private:
    struct Part {
        const CodePart* part = nullptr;
        std::unique_ptr<SectionQuery> query;
        std::atomic<bool> is_damaged{false};
        size_t probes = 1;
        size_t found = 0;  ///< lists of find_lists() that have become units
        bool are_all_found = false;
    };
    /// A chunk to be scanned.
    struct Unit {
        float distance = 0;
        uint32_t part = 0;
        uint32_t list = 0;
        uint32_t chunk = 0;
        CodeTerms terms;
    };
    struct Search {
        const QueryVector& query;
        const RowSet& rows;
        size_t k;
        TopK nearest;
    };

    void prepare_parts(std::span<const float> query);
    void rotate(std::span<const float> query, const Rotation& rotation);
    size_t plan(const Search& search);
    void find_units(size_t part, size_t wanted);
    void add_list(uint32_t part, const ListDistance& list);
    Status scan_units(const Search& search, Candidates& candidates);
    void scan_unit(const Unit& unit, const RowSet& rows, Candidates& candidates, ScanStats& stats);
    Status probe_on(const Search& search, Candidates& candidates);
    Status compare_uncovered(Search& search, std::span<const float> query);
    Status compare_range(Search& search, std::span<const float> query, uint64_t first, uint64_t end);
    void compare_extra_rows(Search& search);
    void rerank(Search& search, const std::vector<Candidate>& candidates);
    Result<std::vector<Neighbor>> finish(Search& search, std::span<const float> query);
    [[nodiscard]] float code_distance(float distance) const;
    [[nodiscard]] bool is_cancelled() const {
        return options_.cancel != nullptr && options_.cancel->load(std::memory_order_relaxed);
    }

    const VectorSource& truth_;
    Metric metric_;
    const Kernel& kernel_;
    const CodeSearchOptions& options_;
    float epsilon_;
    ScanStats stats_;

    std::vector<Part> parts_;  ///< those that can be used for this metric
    std::vector<Unit> units_;
    size_t scanned_units_ = 0;
    std::atomic<uint64_t> wanted_rows_{0};  ///< rows that count, in the units that were scanned
    double enough_rows_ = 0;                ///< of them: no more lists are needed
    AlignedFloats rotated_;
    std::vector<float> unit_query_;
    std::vector<const std::byte*> located_;
    Candidates candidates_{1};
};

}  // namespace reel
