// The module reel_faiss: the one place that includes FAISS, and where its
// exceptions stop.
#include <dlfcn.h>
#include <faiss/Clustering.h>
#include <faiss/IndexFlat.h>
#include <faiss/impl/io.h>
#include <faiss/index_io.h>
#include <omp.h>

#include <algorithm>
#include <exception>
#include <limits>
#include <mutex>

#include "base/try.h"
#include "vector/faiss_clustering.h"
#include "vector/faiss_index.h"
#include "vector/query_vector.h"

namespace reel {
namespace {

/// FAISS runs its own OpenMP threads; a second pool inside each of them, the
/// one of OpenBLAS, would only fight over the cores. Which BLAS is loaded is
/// the system's choice, so the function is looked up.
void keep_blas_to_one_thread() {
    using SetThreads = void(int);
    if (auto* set_threads = reinterpret_cast<SetThreads*>(dlsym(RTLD_DEFAULT, "openblas_set_num_threads"))) {
        set_threads(1);
    }
}

class FaissIndex final : public TrustedIndex {
public:
    FaissIndex(std::unique_ptr<faiss::Index> index, Metric metric)
        : index_(std::move(index)), metric_(metric) {}

    [[nodiscard]] uint32_t dimension() const override { return static_cast<uint32_t>(index_->d); }
    [[nodiscard]] uint64_t row_count() const override { return static_cast<uint64_t>(index_->ntotal); }
    [[nodiscard]] Metric metric() const override { return metric_; }

    [[nodiscard]] Result<std::vector<Neighbor>> search(std::span<const float> query, size_t k) override {
        if (k == 0) return fail(ErrorCode::kInvalidArgument, "k is 0; ask for at least one nearest record");
        if (query.size() != dimension()) {
            return fail(ErrorCode::kInvalidArgument, "the query vector has " + std::to_string(query.size()) +
                                                         " dimensions, the FAISS index " +
                                                         std::to_string(dimension()));
        }
        REEL_TRY(check_vector(query, metric_));
        try {
            return search_checked(query, std::min<uint64_t>(k, row_count()));
        } catch (const std::exception& e) {
            return fail(ErrorCode::kCorrupt, std::string("FAISS failed to search the index: ") + e.what());
        }
    }

private:
    std::vector<Neighbor> search_checked(std::span<const float> query, size_t k) const {
        if (k == 0) return {};
        std::vector<float> distances(k);
        std::vector<faiss::Index::idx_t> rows(k);
        index_->search(1, query.data(), static_cast<faiss::Index::idx_t>(k), distances.data(), rows.data());
        TopK nearest(k);
        for (size_t i = 0; i < k; ++i) {
            if (rows[i] < 0) continue;  // FAISS fills up with -1 where it found fewer
            const float distance = metric_ == Metric::kL2 ? distances[i] : 0.0F - distances[i];
            nearest.offer(static_cast<uint64_t>(rows[i]), distance);
        }
        return nearest.take();
    }

    std::unique_ptr<faiss::Index> index_;
    Metric metric_;
};

Result<std::unique_ptr<TrustedIndex>> adopt(std::unique_ptr<faiss::Index> index) {
    if (index->metric_type != faiss::METRIC_L2 && index->metric_type != faiss::METRIC_INNER_PRODUCT) {
        return fail(ErrorCode::kUnsupported, "the FAISS index has metric " +
                                                 std::to_string(index->metric_type) +
                                                 "; Reel reads 0 (inner product) and 1 (L2)");
    }
    if (index->d <= 0 || index->ntotal < 0) {
        return fail(ErrorCode::kCorrupt, "the FAISS index has dimension " + std::to_string(index->d) +
                                             " and " + std::to_string(index->ntotal) + " rows");
    }
    const Metric metric = index->metric_type == faiss::METRIC_L2 ? Metric::kL2 : Metric::kInnerProduct;
    return std::make_unique<FaissIndex>(std::move(index), metric);
}

Result<std::unique_ptr<TrustedIndex>> load(const char* path) {
    try {
        return adopt(std::unique_ptr<faiss::Index>(faiss::read_index(path)));
    } catch (const std::exception& e) {
        return fail(ErrorCode::kCorrupt, std::string(path) + ": FAISS cannot read it: " + e.what());
    }
}

Result<ByteBuffer> build_flat(std::span<const float> vectors, uint32_t dimension) {
    try {
        faiss::IndexFlatL2 index(dimension);
        index.add(static_cast<faiss::Index::idx_t>(vectors.size() / dimension), vectors.data());
        faiss::VectorIOWriter writer;
        faiss::write_index(&index, &writer);
        const auto* first = reinterpret_cast<const std::byte*>(writer.data.data());
        return ByteBuffer(first, first + writer.data.size());
    } catch (const std::exception& e) {
        return fail(ErrorCode::kInvalidArgument, std::string("FAISS cannot build the index: ") + e.what());
    }
}

Result<std::vector<float>> cluster(const ClusteringTask& task) {
    omp_set_num_threads(1);  // of this thread's regions: the caller has threads of its own
    try {
        faiss::ClusteringParameters parameters;
        parameters.niter = static_cast<int>(task.iterations);
        parameters.seed = static_cast<int>(task.seed & 0x7FFFFFFFU);
        parameters.min_points_per_centroid = 1;  // the caller chose how many: no warning on stderr
        parameters.max_points_per_centroid = std::numeric_limits<int>::max();
        faiss::Clustering clustering(static_cast<int>(task.dimension), static_cast<int>(task.clusters),
                                     parameters);
        faiss::IndexFlatL2 index(task.dimension);
        clustering.train(static_cast<faiss::Clustering::idx_t>(task.vectors.size() / task.dimension),
                         task.vectors.data(), index);
        return std::move(clustering.centroids);
    } catch (const std::exception& e) {
        return fail(ErrorCode::kInvalidArgument,
                    std::string("FAISS cannot cluster the vectors: ") + e.what());
    }
}

}  // namespace
}  // namespace reel

extern "C" __attribute__((visibility("default"))) void reel_faiss_load(
    const char* path, reel::Result<std::unique_ptr<reel::TrustedIndex>>* out) {
    static std::once_flag once;
    std::call_once(once, reel::keep_blas_to_one_thread);
    *out = reel::load(path);
}

extern "C" __attribute__((visibility("default"))) void reel_faiss_build_flat(
    std::span<const float> vectors, uint32_t dimension, reel::Result<reel::ByteBuffer>* out) {
    *out = reel::build_flat(vectors, dimension);
}

extern "C" __attribute__((visibility("default"))) void reel_faiss_cluster(
    const reel::ClusteringTask& task, reel::Result<std::vector<float>>* centroids) {
    static std::once_flag once;
    std::call_once(once, reel::keep_blas_to_one_thread);
    *centroids = reel::cluster(task);
}
