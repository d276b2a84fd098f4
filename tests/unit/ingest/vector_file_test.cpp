#include "ingest/vector_file.h"

#include <cstring>

#include "ingest/npy.h"
#include "support.h"

namespace reel {
namespace {

using Floats = std::vector<float>;

std::string raw(const Floats& values) {
    return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)};
}

TEST(VectorFile, TellsTheKindsApartByTheirContent) {
    const Floats want{1, 2.5F, -3};
    for (const std::string& bytes :
         {npy_header(1, 3) + raw(want), std::string("[1, 2.5, -3]\n"), std::string(" [1,2.5,-3]"),
          std::string(R"({"id":"a","vector":[1,2.5,-3]})"), std::string("1 2.5\n-3\n"), raw(want)}) {
        const auto vector = parse_vector(bytes, 3, "F");
        ASSERT_TRUE(vector) << message_of(vector);
        EXPECT_EQ(*vector, want);
    }
}

TEST(VectorFile, ReadsRawFloatsThatLookLikeAnObject) {
    Floats want(2);
    std::memcpy(want.data(), "{\"ab[1,2", 8);
    EXPECT_EQ(parse_vector("{\"ab[1,2", 2, "F").value(), want);
}

TEST(VectorFile, NamesAWrongDimension) {
    EXPECT_MESSAGE(parse_vector("[1,2]", 3, "F"), "F: has 2 numbers, the store's vectors 3");
    EXPECT_MESSAGE(parse_vector(npy_header(2, 1) + raw({1, 2}), 1, "F"), "F: has 2 rows");
}

TEST(VectorFile, RefusesWhatIsNoVector) {
    for (const std::string bytes : {"", "\n", "{}", "{\"vector\":1}", "[1,", "[\"a\"]", "hello", "inf"}) {
        const auto vector = parse_vector(bytes, 7, "F");
        ASSERT_FALSE(vector) << bytes;
        EXPECT_EQ(vector.error().code, ErrorCode::kInvalidArgument);
    }
}

TEST(VectorFile, ReadsAFile) {
    const TemporaryFolder folder;
    EXPECT_EQ(read_vector_file(folder.write("q.json", "[4]"), 1).value(), Floats{4});
    EXPECT_EQ(read_vector_file(folder / "none", 1).error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace reel
