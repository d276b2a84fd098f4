#include "embed/builtin/safetensors.h"

#include "gtest/gtest.h"

namespace reel::builtin {
namespace {

/// A whole file: header length, header, `data_bytes` zeros. Aligned for floats.
class TensorFile {
public:
    TensorFile(std::string header, size_t data_bytes) {
        while (header.size() % 8 != 0) header += ' ';
        bytes_.resize(8);
        set_header_length(header.size());
        append(bytes_, as_bytes(header));
        bytes_.resize(bytes_.size() + data_bytes);
    }
    void set_header_length(uint64_t length) { std::memcpy(bytes_.data(), &length, 8); }
    [[nodiscard]] ByteView bytes() const { return bytes_; }

private:
    ByteBuffer bytes_;
};

std::string tensor(const std::string& fields) { return R"({"w":{)" + fields + "}}"; }

const std::string kGood = R"("dtype":"F32","shape":[2,3],"data_offsets":[0,24])";

ErrorCode code_of(ByteView file) {
    const auto parsed = Safetensors::parse(file);
    EXPECT_FALSE(parsed);
    return parsed ? ErrorCode::kIo : parsed.error().code;
}

TEST(Safetensors, FindsATensorByNameAndShape) {
    const TensorFile file(tensor(kGood), 24);
    const auto parsed = Safetensors::parse(file.bytes());
    ASSERT_TRUE(parsed) << parsed.error().message;
    EXPECT_EQ(parsed->find_floats("w", {2, 3})->size(), 6U);
    EXPECT_FALSE(parsed->find_floats("w", {3, 2}));
    EXPECT_FALSE(parsed->find_floats("w", {6}));
    EXPECT_FALSE(parsed->find_floats("v", {2, 3}));
}

TEST(Safetensors, RefusesAnotherElementType) {
    const TensorFile file(tensor(R"("dtype":"I32","shape":[2,3],"data_offsets":[0,24])"), 24);
    const auto parsed = Safetensors::parse(file.bytes());
    ASSERT_TRUE(parsed);
    EXPECT_FALSE(parsed->find_floats("w", {2, 3}));
}

TEST(Safetensors, RefusesEveryTruncation) {
    const TensorFile file(tensor(kGood), 24);
    for (size_t length = 0; length < file.bytes().size(); ++length) {
        // A copy of its own length lets the sanitizer see reads past the end.
        const ByteBuffer cut(file.bytes().begin(), file.bytes().begin() + static_cast<ptrdiff_t>(length));
        EXPECT_EQ(code_of(cut), ErrorCode::kCorrupt) << length;
    }
}

TEST(Safetensors, RefusesALyingHeaderLength) {
    TensorFile file(tensor(kGood), 24);
    const uint64_t real = load_le<uint64_t>(file.bytes().data());
    for (const uint64_t length :
         {uint64_t{0}, real - 9, real + 8, real + 25, uint64_t{1} << 40, UINT64_MAX}) {
        file.set_header_length(length);
        EXPECT_EQ(code_of(file.bytes()), ErrorCode::kCorrupt) << length;
    }
}

class LyingHeader : public testing::TestWithParam<const char*> {};

TEST_P(LyingHeader, IsRefused) {
    const TensorFile file(GetParam(), 24);
    EXPECT_EQ(code_of(file.bytes()), ErrorCode::kCorrupt);
}

INSTANTIATE_TEST_SUITE_P(
    Headers, LyingHeader,
    testing::Values("[]", "7", "{\"w\":7}", "{\"w\":{}}",
                    R"({"w":{"dtype":"F32","shape":[2,3],"data_offsets":[0,28]}})",
                    R"({"w":{"dtype":"F32","shape":[2,3],"data_offsets":[24,0]}})",
                    R"({"w":{"dtype":"F32","shape":[2,3],"data_offsets":[8,32]}})",
                    R"({"w":{"dtype":"F32","shape":[2,3],"data_offsets":[0,20]}})",
                    R"({"w":{"dtype":"F32","shape":[2,3],"data_offsets":[0]}})",
                    R"({"w":{"dtype":"F32","shape":[2,-3],"data_offsets":[0,24]}})",
                    R"({"w":{"dtype":"F32","shape":[2,3.0],"data_offsets":[0,24]}})",
                    R"({"w":{"dtype":"F32","shape":"2","data_offsets":[0,24]}})",
                    R"({"w":{"dtype":"F9","shape":[2,3],"data_offsets":[0,24]}})",
                    R"({"w":{"dtype":4,"shape":[2,3],"data_offsets":[0,24]}})",
                    R"({"w":{"dtype":"F32","shape":[4294967296,4294967296,6],"data_offsets":[0,24]}})",
                    R"({"w":{"dtype":"F32","shape":[1,1,1,1,1,1,1,2,3],"data_offsets":[0,24]}})"));

}  // namespace
}  // namespace reel::builtin
