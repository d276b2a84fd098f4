#include "vector/partition.h"

#include <bit>
#include <cmath>

namespace reel {

const std::vector<ListDistance>& ListFinder::find(const CentroidSource& source, const CodeQuery& query,
                                                  float spread, size_t wanted) {
    found_.clear();
    damaged_ = 0;
    const size_t depth = wanted * kDepth + kMoreDepth;
    const std::byte* codes = depth < source.count() / 2 ? source.codes() : nullptr;
    if (codes == nullptr) {
        rank_all(source, query);
    } else {
        candidates_.reset(depth);
        scan_codes(source, codes, query, spread);
        rank(source, query, candidates_.sort(), wanted);
    }
    std::sort(found_.begin(), found_.end(),
              [](const ListDistance& a, const ListDistance& b) { return is_before(a, b); });
    if (found_.size() > wanted) found_.resize(wanted);
    return found_;
}

void ListFinder::scan_codes(const CentroidSource& source, const std::byte* codes, const CodeQuery& query,
                            float spread) {
    CodeTerms terms = query.terms();
    if (metric_ != Metric::kInnerProduct) terms.add = query.squared_norm();
    terms.slack = query.slack(kEpsilon, spread, query.squared_norm());
    const size_t block_bytes = code_block_bytes(query.code_bytes());
    float keys[kCodeBlockRows];
    for (uint32_t first = 0; first < source.count(); first += kCodeBlockRows) {
        terms.threshold = candidates_.threshold();
        const std::byte* block = codes + first / kCodeBlockRows * block_bytes;
        uint32_t found = code_kernel_.scan(block, query.code_bytes(), query.tables(), terms, keys);
        for (; found != 0; found &= found - 1) {
            const auto slot = static_cast<uint32_t>(std::countr_zero(found));
            if (first + slot < source.count()) candidates_.offer(keys[slot], first + slot);
        }
    }
}

void ListFinder::rank(const CentroidSource& source, const CodeQuery& query,
                      const std::vector<Candidate>& candidates, size_t wanted) {
    best_.clear();
    for (size_t i = 0; i < candidates.size(); ++i) {
        // What follows is at least as far as its key says, but for kEpsilon's doubt.
        if (best_.size() == wanted && candidates[i].key > best_.front()) return;
        const auto list = static_cast<uint32_t>(candidates[i].row);
        const std::byte* centroid = source.centroid(list);
        if (centroid == nullptr) {
            ++damaged_;
            continue;
        }
        add(query, list, centroid);
        if (best_.size() < wanted) {
            best_.push_back(found_.back().distance);
            std::push_heap(best_.begin(), best_.end());
        } else if (found_.back().distance < best_.front()) {
            std::pop_heap(best_.begin(), best_.end());
            best_.back() = found_.back().distance;
            std::push_heap(best_.begin(), best_.end());
        }
    }
}

void ListFinder::rank_all(const CentroidSource& source, const CodeQuery& query) {
    found_.reserve(source.count());
    for (uint32_t list = 0; list < source.count(); ++list) {
        const std::byte* centroid = source.centroid(list);
        if (centroid != nullptr)
            add(query, list, centroid);
        else
            ++damaged_;
    }
}

void ListFinder::add(const CodeQuery& query, uint32_t list, const std::byte* centroid) {
    ListDistance found{.list = list};
    if (metric_ != Metric::kInnerProduct) {
        kernel_.host.squared_difference(query.values(), query.size(), &centroid, 1, &found.distance, nullptr);
        found.squared_residual = found.distance;
    } else {
        float dot = 0;
        float norm = 0;
        kernel_.host.dot_and_norm(query.values(), query.size(), &centroid, 1, &dot, &norm);
        found.distance = 0.0F - dot;
        found.beta = norm > 0.0F ? dot / norm : 0.0F;
        found.squared_residual = std::max(0.0F, query.squared_norm() - found.beta * dot);
    }
    // Forged floats: the list is the farthest, and no comparison meets a NaN.
    if (!std::isfinite(found.distance)) found.distance = std::numeric_limits<float>::max();
    found_.push_back(found);
}

}  // namespace reel
