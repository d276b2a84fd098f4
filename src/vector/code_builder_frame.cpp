#include "vector/code_builder_frame.h"

#include <limits>

#include "base/plugin.h"
#include "base/try.h"
#include "vector/code_builder_rows.h"
#include "vector/partition_training.h"

namespace reel {
namespace {

constexpr uint64_t kMeanSampleRows = 4096;

/// More of the sample than this is not held; lists then have fewer vectors each to be trained with.
constexpr uint64_t kMaxSampleBytes = uint64_t{512} << 20;

std::vector<float> read_sample(const VectorSource& source, uint64_t first_row, uint64_t row_count,
                               uint64_t wanted, Metric metric, uint64_t seed) {
    const uint32_t dimension = source.dimension();
    const std::vector<uint64_t> rows = sample_rows(row_count, wanted, seed);
    std::vector<float> sample(rows.size() * dimension);
    size_t used = 0;
    for (const uint64_t row : rows) {
        const std::byte* bytes = nullptr;
        source.locate(first_row + row, {&bytes, 1});
        if (read_vector(bytes, dimension, metric, &sample[used])) used += dimension;
    }
    sample.resize(used);
    return sample;
}

/// The mean of the sample under the rotation.
void set_mean(CodeFrame& frame, const std::vector<float>& sample) {
    const uint32_t dimension = frame.rotation().dimension();
    const size_t count = sample.size() / dimension;
    if (count == 0) return;
    std::vector<double> sums(dimension);
    for (size_t i = 0; i < count; ++i) {
        for (uint32_t j = 0; j < dimension; ++j) sums[j] += static_cast<double>(sample[i * dimension + j]);
    }
    std::vector<float> mean(dimension);
    for (uint32_t j = 0; j < dimension; ++j)
        mean[j] = static_cast<float>(sums[j] / static_cast<double>(count));
    frame.rotation().apply(mean.data(), frame.mean());
}

void set_centroids(CodeFrame& frame, const std::vector<float>& centroids) {
    const Rotation& rotation = frame.rotation();
    const size_t count = centroids.size() / rotation.dimension();
    frame.centroids().resize(count * rotation.size());
    for (size_t list = 0; list < count; ++list) {
        float* out = &frame.centroids()[list * rotation.size()];
        rotation.apply(&centroids[list * rotation.dimension()], out);
        for (size_t i = 0; i < rotation.size(); ++i) out[i] -= frame.mean()[i];
    }
    frame.encode_centroids();
}

ClusterVectors* find_cluster(const CodeBuildOptions& options) {
    if (options.cluster != nullptr) return options.cluster;
    const auto found = load_plugin_as<ClusterVectors>("faiss", "reel_faiss_cluster");
    return found ? *found : nullptr;
}

}  // namespace

bool can_partition() { return find_cluster({}) != nullptr; }

void CodeFrame::encode_centroids() {
    codes_ = encode_blocks(centroids_.data(), count(), rotation_.size(), Metric::kL2, &spread_);
}

Result<std::unique_ptr<CodeFrame>> make_frame(const VectorSource& source, uint64_t first_row,
                                              uint64_t row_count, Metric metric,
                                              const CodeBuildOptions& options, const Kernel& kernel,
                                              const BuildControl& control) {
    auto frame = std::make_unique<CodeFrame>(source.dimension(), options.seed);
    uint64_t lists = 1;
    if (options.kind == CodeBuildOptions::Kind::kPartitioned)
        lists = std::min(row_count, options.lists != 0 ? options.lists : choose_lists(row_count));
    ClusterVectors* const cluster = lists > 1 ? find_cluster(options) : nullptr;
    if (cluster == nullptr) lists = 1;
    const uint64_t most = kMaxSampleBytes / (source.dimension() * sizeof(float));
    const uint64_t wanted = lists > 1 ? lists * kSampleRowsPerList : kMeanSampleRows;
    const std::vector<float> sample =
        read_sample(source, first_row, row_count, std::min(wanted, most), metric, options.seed);
    set_mean(*frame, sample);
    if (lists > 1 && !sample.empty()) {
        REEL_ASSIGN(const std::vector<float> centroids,
                    train_centroids(sample, source.dimension(), static_cast<uint32_t>(lists), options.seed,
                                    cluster, kernel, control));
        if (centroids.size() > source.dimension()) set_centroids(*frame, centroids);
    }
    return frame;
}

std::unique_ptr<CodeFrame> copy_frame(const CodeSection& section) {
    auto frame = std::make_unique<CodeFrame>(section.head().dimension, section.head().seed);
    const size_t size = section.layout().size();
    std::copy_n(section.mean(), size, frame->mean());
    if (!section.layout().is_partitioned()) return frame;
    frame->centroids().resize(section.lists() * size);
    for (uint32_t list = 0; list < section.lists(); ++list) {
        const std::byte* centroid = section.centroid(list);
        if (centroid == nullptr) return nullptr;
        std::memcpy(&frame->centroids()[list * size], centroid, size * sizeof(float));
    }
    frame->encode_centroids();
    return frame;
}

CodeFactors unused_place() { return {.base = std::numeric_limits<float>::infinity()}; }

void put_code(std::byte* block, size_t code_bytes, uint32_t slot, const uint8_t* code,
              const CodeFactors& factors) {
    std::byte* at = block + code_byte_place(slot);
    for (size_t p = 0; p < code_bytes; ++p) at[p * kCodeBlockRows] = static_cast<std::byte>(code[p]);
    std::byte* base = block + kCodeBlockRows * code_bytes + slot * sizeof(float);
    std::memcpy(base, &factors.base, sizeof(float));
    std::memcpy(base + kCodeBlockRows * sizeof(float), &factors.scale, sizeof(float));
}

ByteBuffer encode_blocks(const float* vectors, uint32_t count, size_t size, Metric metric, float* spread) {
    const size_t code_bytes = size / 8;
    const size_t block_bytes = code_block_bytes(code_bytes);
    const uint32_t places = CodeLayout::blocks_of(count) * static_cast<uint32_t>(kCodeBlockRows);
    ByteBuffer blocks(places / kCodeBlockRows * block_bytes);
    std::vector<uint8_t> code(code_bytes);
    double sum = 0;
    for (uint32_t i = 0; i < places; ++i) {
        CodeFactors factors = unused_place();
        if (i < count) {
            factors = encode(vectors + i * size, nullptr, size, metric, code.data());
            sum += static_cast<double>(factors.spread);
        }
        put_code(&blocks[i / kCodeBlockRows * block_bytes], code_bytes, i % kCodeBlockRows, code.data(),
                 factors);
    }
    *spread = count == 0 ? 0.0F : static_cast<float>(sum / count);
    return blocks;
}

}  // namespace reel
