// Reel's own flat files and scan against FAISS itself.
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>

#include "vector/faiss_file.h"
#include "vector/faiss_index.h"
#include "vector/flat_scan.h"
#include "vector_support.h"

extern "C" {
reel::LoadTrustedFaiss reel_faiss_load;
reel::BuildFaissFlat reel_faiss_build_flat;
}

namespace reel {
namespace {

constexpr uint32_t kDimension = 20;

struct FaissPlugin : testing::Test {
    Floats floats = random_floats(500 * kDimension, 21);
    Floats query = random_floats(kDimension, 22);
    RowsForTest source{kDimension, floats};
    std::string path = testing::TempDir() + "reel_faiss_plugin_test.faiss";

    ~FaissPlugin() override { std::remove(path.c_str()); }

    Result<std::unique_ptr<TrustedIndex>> load(ByteView bytes) const {
        std::ofstream(path, std::ios::binary) << as_text(bytes);
        Result<std::unique_ptr<TrustedIndex>> index = fail(ErrorCode::kIo, "not called");
        reel_faiss_load(path.c_str(), &index);
        return index;
    }

    [[nodiscard]] ByteBuffer written(Metric metric) const {
        ByteBuffer out;
        EXPECT_TRUE(write_faiss_flat(source, {500, {}}, metric, [&out](ByteView piece) -> Status {
            append(out, piece);
            return {};
        }));
        return out;
    }
};

TEST_F(FaissPlugin, FaissWritesTheSameBytes) {
    Result<ByteBuffer> built = fail(ErrorCode::kIo, "not called");
    reel_faiss_build_flat(floats, kDimension, &built);
    EXPECT_EQ(built.value(), written(Metric::kL2));
}

TEST_F(FaissPlugin, FaissFindsTheSameInOurFiles) {
    for (const Metric metric : {Metric::kL2, Metric::kInnerProduct}) {
        const auto index = load(written(metric));
        ASSERT_TRUE(index) << index.error().message;
        EXPECT_EQ((*index)->row_count(), 500U);
        EXPECT_EQ((*index)->dimension(), kDimension);
        EXPECT_EQ((*index)->metric(), metric);
        const auto theirs = (*index)->search(query, 10).value();
        const auto ours = flat_scan(source, query, metric, 10, {500, {}}).value();
        ASSERT_EQ(theirs.size(), ours.size());
        for (size_t i = 0; i < ours.size(); ++i) {
            EXPECT_EQ(theirs[i].row, ours[i].row);
            EXPECT_NEAR(theirs[i].distance, ours[i].distance, 1e-4);
        }
    }
}

TEST_F(FaissPlugin, GivesAllRowsWhereThereAreFewerThanK) {
    EXPECT_EQ(load(written(Metric::kL2)).value()->search(query, 1 << 30).value().size(), 500U);
}

TEST_F(FaissPlugin, RefusesAQueryOfAnotherDimensionAndKZero) {
    const auto index = load(written(Metric::kL2)).value();
    EXPECT_FALSE(index->search(Floats(kDimension + 1, 1.0F), 3));
    EXPECT_FALSE(index->search(query, 0));
}

TEST_F(FaissPlugin, WhatFaissThrowsIsAnError) {
    const auto index = load(as_bytes("IxXX is no type of index"));
    ASSERT_FALSE(index);
    EXPECT_EQ(index.error().code, ErrorCode::kCorrupt);
}

}  // namespace
}  // namespace reel
