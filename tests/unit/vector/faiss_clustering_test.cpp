// Partitions with FAISS's own clustering.
#include "vector/faiss_clustering.h"

#include "code_support.h"

extern "C" reel::ClusterVectors reel_faiss_cluster;

namespace reel {
namespace {

TEST(FaissClustering, MakesListsThatHoldWhatIsNear) {
    const Floats floats = clustered_floats(6000, 24, 40, 1);
    const RowsForTest source(24, floats);
    CodeBuildOptions options = partitioned_codes(60);
    options.cluster = reel_faiss_cluster;
    const BuiltCodes built = build(source, 0, 6000, Metric::kCosine, options);
    EXPECT_EQ(built.part.codes->lists(), 60U);
    EXPECT_LT(built.part.codes->head().probes[2], 20U);
    CodeSearchOptions search;
    search.recall = 0.99;
    EXPECT_GE(recall_of(source, {&built.part, 1}, clustered_floats(20, 24, 40, 2), Metric::kCosine, 10,
                        {6000, {}}, search),
              0.95);
}

TEST(FaissClustering, IsAnErrorForMoreClustersThanVectors) {
    const Floats floats = random_floats(40, 1);
    Result<std::vector<float>> centroids = std::vector<float>{};
    reel_faiss_cluster({floats, 4, 11, 3, 1}, &centroids);
    EXPECT_FALSE(centroids);
    reel_faiss_cluster({floats, 4, 3, 3, 1}, &centroids);
    ASSERT_TRUE(centroids);
    EXPECT_EQ(centroids->size(), 12U);
}

}  // namespace
}  // namespace reel
