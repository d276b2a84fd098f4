#include "vector/partition_training.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/try.h"
#include "vector/code_four.h"
#include "vector/scan_threads.h"

namespace reel {
namespace {

constexpr uint32_t kIterations = 8;
constexpr uint64_t kCellSampleRows = 128;  ///< vectors of the sample for each cell, for the first level
constexpr size_t kAssignRows = 256;        ///< vectors a thread takes at a time

class Training {
public:
    Training(std::span<const float> sample, uint32_t dimension, uint64_t seed, ClusterVectors* cluster,
             const Kernel& kernel, const BuildControl& control)
        : sample_(sample),
          dimension_(dimension),
          count_(sample.size() / dimension),
          seed_(static_cast<uint32_t>(seed)),
          cluster_(cluster),
          kernel_(kernel),
          control_(control),
          threads_(
              std::max(1U, control.threads != 0 ? control.threads : std::thread::hardware_concurrency())) {}

    Result<std::vector<float>> run(uint32_t lists) {
        lists = static_cast<uint32_t>(std::min<uint64_t>(lists, count_));
        const auto cells = static_cast<uint32_t>(std::lround(std::sqrt(static_cast<double>(lists))));
        REEL_ASSIGN(const std::vector<float> coarse, find_cells(cells));
        assign(coarse, cells);
        if (control_.is_cancelled()) return interrupted();
        return split_cells(lists, cells);
    }

private:
    static tl::unexpected<Error> interrupted() {
        return fail(ErrorCode::kInterrupted, "building the partitions was stopped");
    }

    [[nodiscard]] std::span<const float> row(uint64_t number) const {
        return sample_.subspan(number * dimension_, dimension_);
    }

    [[nodiscard]] Result<std::vector<float>> run_cluster(std::span<const float> vectors,
                                                         uint32_t clusters) const {
        if (control_.is_cancelled()) return interrupted();
        Result<std::vector<float>> centroids =
            fail(ErrorCode::kUnsupported, "no answer from the FAISS module");
        cluster_({vectors, dimension_, clusters, kIterations, seed_}, &centroids);
        if (centroids && centroids->size() != size_t{clusters} * dimension_)
            return fail(ErrorCode::kUnsupported, "the FAISS module gave another number of centroids");
        return centroids;
    }

    [[nodiscard]] Result<std::vector<float>> find_cells(uint32_t cells) const {
        const uint64_t wanted = std::min<uint64_t>(count_, cells * kCellSampleRows);
        std::vector<float> some;
        some.reserve(wanted * dimension_);
        for (uint64_t i = 0; i < wanted; ++i) {
            const auto vector = row(i * count_ / wanted);
            some.insert(some.end(), vector.begin(), vector.end());
        }
        return run_cluster(some, cells);
    }

    void assign(const std::vector<float>& coarse, uint32_t cells) {
        std::vector<const std::byte*> rows(cells);
        for (uint32_t cell = 0; cell < cells; ++cell)
            rows[cell] = reinterpret_cast<const std::byte*>(&coarse[size_t{cell} * dimension_]);
        cell_of_.resize(count_);
        std::atomic<uint64_t> next{0};
        run_on_threads(count_scan_threads(0, count_ / kAssignRows + 1, threads_), [&](unsigned) {
            AlignedFloats query((dimension_ + kKernelLanes - 1) / kKernelLanes * kKernelLanes);
            std::vector<float> distances(cells);
            for (uint64_t first = next.fetch_add(kAssignRows); first < count_ && !control_.is_cancelled();
                 first = next.fetch_add(kAssignRows)) {
                for (uint64_t i = first; i < std::min(count_, first + kAssignRows); ++i) {
                    std::copy_n(row(i).data(), dimension_, query.data());
                    kernel_.host.squared_difference(query.data(), dimension_, rows.data(), cells,
                                                    distances.data(), nullptr);
                    const auto nearest = std::min_element(distances.begin(), distances.end());
                    cell_of_[i] = static_cast<uint32_t>(nearest - distances.begin());
                }
            }
        });
    }

    /// Lists for each cell, by its share of the sample; together `lists`.
    [[nodiscard]] std::vector<uint32_t> share_lists(uint32_t lists,
                                                    const std::vector<uint64_t>& sizes) const {
        std::vector<uint32_t> shares(sizes.size());
        uint64_t seen = 0;
        uint64_t given = 0;
        for (size_t cell = 0; cell < sizes.size(); ++cell) {
            seen += sizes[cell];
            const uint64_t until = seen * lists / count_;
            shares[cell] = static_cast<uint32_t>(until - given);
            given = until;
        }
        return shares;
    }

    [[nodiscard]] Result<std::vector<float>> split_cells(uint32_t lists, uint32_t cells) const {
        std::vector<std::vector<uint32_t>> members(cells);
        for (uint64_t i = 0; i < count_; ++i) members[cell_of_[i]].push_back(static_cast<uint32_t>(i));
        std::vector<uint64_t> sizes(cells);
        for (uint32_t cell = 0; cell < cells; ++cell) sizes[cell] = members[cell].size();
        const std::vector<uint32_t> shares = share_lists(lists, sizes);

        std::vector<Result<std::vector<float>>> inner(cells, std::vector<float>{});
        std::atomic<uint32_t> next{0};
        run_on_threads(count_scan_threads(0, cells, threads_), [&](unsigned) {
            for (uint32_t cell = next.fetch_add(1); cell < cells; cell = next.fetch_add(1)) {
                if (shares[cell] != 0) inner[cell] = split_cell(members[cell], shares[cell]);
            }
        });
        std::vector<float> centroids;
        centroids.reserve(size_t{lists} * dimension_);
        for (const Result<std::vector<float>>& some : inner) {
            if (!some) return fail(some.error());
            centroids.insert(centroids.end(), some->begin(), some->end());
        }
        return centroids;
    }

    [[nodiscard]] Result<std::vector<float>> split_cell(const std::vector<uint32_t>& members,
                                                        uint32_t lists) const {
        std::vector<float> vectors;
        vectors.reserve(members.size() * dimension_);
        for (const uint32_t member : members) {
            const auto vector = row(member);
            vectors.insert(vectors.end(), vector.begin(), vector.end());
        }
        return run_cluster(vectors, lists);
    }

    std::span<const float> sample_;
    uint32_t dimension_;
    uint64_t count_;
    uint32_t seed_;
    ClusterVectors* cluster_;
    const Kernel& kernel_;
    const BuildControl& control_;
    unsigned threads_;
    std::vector<uint32_t> cell_of_;
};

}  // namespace

Result<std::vector<float>> train_centroids(std::span<const float> sample, uint32_t dimension, uint32_t lists,
                                           uint64_t seed, ClusterVectors* cluster, const Kernel& kernel,
                                           const BuildControl& control) {
    return Training(sample, dimension, seed, cluster, kernel, control).run(lists);
}

}  // namespace reel
