#include "embed/builtin/parallel.h"

#include <atomic>
#include <numeric>
#include <vector>

#include "gtest/gtest.h"

namespace reel::builtin {
namespace {

TEST(RunParallel, DoesEveryPieceOnce) {
    std::vector<std::atomic<int>> done(1000);
    const auto status = run_parallel(done.size(), 4, [&](size_t i) -> Status {
        ++done[i];
        return {};
    });
    EXPECT_TRUE(status);
    for (const auto& count : done) EXPECT_EQ(count, 1);
}

TEST(RunParallel, ReturnsTheFirstErrorInOrder) {
    const auto status = run_parallel(100, 4, [&](size_t i) -> Status {
        if (i >= 10) return fail(ErrorCode::kInvalidArgument, std::to_string(i));
        return {};
    });
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().message, "10");
}

TEST(RunParallel, HasNothingToDoForNoPieces) {
    EXPECT_TRUE(run_parallel(0, 4, [](size_t) -> Status { return fail(ErrorCode::kIo, "called"); }));
}

}  // namespace
}  // namespace reel::builtin
