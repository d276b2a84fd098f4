// The k nearest of many rows, in an order that no thread or kernel changes.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

namespace reel {

struct Neighbor {
    uint64_t row = 0;
    float distance = 0;

    bool operator==(const Neighbor&) const = default;
};

/// The order of every answer: by distance, then by row.
inline bool is_nearer(const Neighbor& a, const Neighbor& b) {
    return a.distance < b.distance || (a.distance == b.distance && a.row < b.row);
}

/// Keeps the k first of all that it is offered, whatever the order it is
/// offered them in. Memory grows with what is kept, not with k.
class TopK {
public:
    /// Rows farther than `max_distance` are not kept.
    explicit TopK(size_t k, float max_distance = std::numeric_limits<float>::max())
        : k_(k), max_distance_(std::min(max_distance, std::numeric_limits<float>::max())) {}

    /// A row farther than this is not kept; one at this distance may be.
    [[nodiscard]] float limit() const { return limit_; }

    /// Passes over a distance that is NaN or infinite: the row's bytes are
    /// damaged, or are no vector that check_vector() allows.
    void offer(uint64_t row, float distance) {
        if (!(distance <= limit_) || !std::isfinite(distance)) return;
        insert({row, distance});
    }

    void merge(const TopK& other) {
        for (const Neighbor& neighbor : other.heap_) offer(neighbor.row, neighbor.distance);
    }

    /// What was kept, nearest first; leaves nothing behind.
    std::vector<Neighbor> take() {
        std::sort_heap(heap_.begin(), heap_.end(), is_nearer);
        limit_ = max_distance_;
        return std::exchange(heap_, {});
    }

private:
    void insert(const Neighbor& neighbor) {
        if (heap_.size() == k_) {
            if (k_ == 0 || !is_nearer(neighbor, heap_.front())) return;
            std::pop_heap(heap_.begin(), heap_.end(), is_nearer);
            heap_.back() = neighbor;
        } else {
            heap_.push_back(neighbor);
        }
        std::push_heap(heap_.begin(), heap_.end(), is_nearer);
        if (heap_.size() == k_) limit_ = heap_.front().distance;
    }

    size_t k_;
    float max_distance_;
    float limit_ = max_distance_;
    std::vector<Neighbor> heap_;  ///< the farthest kept is first
};

}  // namespace reel
