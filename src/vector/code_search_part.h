// One section as one query sees it.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "vector/code_query.h"
#include "vector/code_search_candidates.h"
#include "vector/code_section.h"
#include "vector/partition.h"

namespace reel {

class SectionCentroids final : public CentroidSource {
public:
    explicit SectionCentroids(const CodeSection& section) : section_(section) {}
    [[nodiscard]] uint32_t count() const override { return section_.head().lists; }
    [[nodiscard]] const std::byte* codes() const override { return section_.centroid_codes(); }
    [[nodiscard]] const std::byte* centroid(uint32_t list) const override { return section_.centroid(list); }

private:
    const CodeSection& section_;
};

/// One thread; scan() alone may be called from several.
class SectionQuery {
public:
    SectionQuery(const CodeSection& section, const Kernel& kernel);

    /// `rotated` is the query (for cosine of length 1) under the section's rotation.
    void prepare(const float* rotated);

    /// The nearest lists; see ListFinder::find.
    const std::vector<ListDistance>& find_lists(size_t wanted);
    [[nodiscard]] size_t damaged_centroids() const { return finder_.damaged(); }

    /// The distance of a list that can be compared with other sections'.
    [[nodiscard]] float comparable_distance(const ListDistance& list) const {
        return list.distance + offset_;
    }
    /// Keys are then `epsilon` standard deviations below the estimated distances.
    [[nodiscard]] CodeTerms terms_of(const ListDistance& list, float epsilon) const;

    /// Offers the rows of a chunk that `is_wanted`, with `first_row` added to their numbers.
    template <class IsWanted>
    void scan(const CodeSection::Chunk& chunk, CodeTerms terms, uint64_t first_row, const IsWanted& is_wanted,
              Candidates& candidates) const {
        const CodeLayout& layout = section_.layout();
        float keys[kCodeBlockRows];
        for (uint32_t first = 0; first < chunk.rows; first += kCodeBlockRows) {
            terms.threshold = candidates.threshold();
            const std::byte* block = chunk.blocks + first / kCodeBlockRows * layout.block_bytes();
            uint32_t found = code_kernel_.scan(block, layout.code_bytes(), query_.tables(), terms, keys);
            for (; found != 0; found &= found - 1) {
                const auto slot = static_cast<uint32_t>(std::countr_zero(found));
                if (first + slot >= chunk.rows) break;
                const uint32_t row = layout.is_partitioned() ? section_.row_in_block(block, slot)
                                                             : chunk.first_row + first + slot;
                if (row < section_.head().rows && is_wanted(first_row + row))
                    candidates.offer(keys[slot], first_row + row);
            }
        }
    }

    /// How many rows of a chunk are wanted.
    template <class IsWanted>
    uint32_t count(const CodeSection::Chunk& chunk, uint64_t first_row, const IsWanted& is_wanted) const {
        const CodeLayout& layout = section_.layout();
        uint32_t wanted = 0;
        for (uint32_t i = 0; i < chunk.rows; ++i) {
            const std::byte* block = chunk.blocks + i / kCodeBlockRows * layout.block_bytes();
            const uint32_t row = layout.is_partitioned() ? section_.row_in_block(block, i % kCodeBlockRows)
                                                         : chunk.first_row + i;
            wanted += row < section_.head().rows && is_wanted(first_row + row) ? 1 : 0;
        }
        return wanted;
    }

private:
    const CodeSection& section_;
    const CodeKernel& code_kernel_;
    SectionCentroids centroids_;
    CodeQuery query_;
    ListFinder finder_;
    std::vector<ListDistance> only_list_;
    float offset_ = 0;  ///< kInnerProduct: -<q, mean>
};

}  // namespace reel
