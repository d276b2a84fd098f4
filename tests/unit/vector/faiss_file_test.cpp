#include "vector/faiss_file.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "vector/flat_scan.h"
#include "vector_support.h"

namespace reel {
namespace {

constexpr uint32_t kDimension = 3;
const Floats kFloats{1, 2, 3, -4, 5, 6.5F, 0, 0, 1};

ByteBuffer written(const VectorSource& source, const RowSet& rows, Metric metric = Metric::kL2) {
    ByteBuffer out;
    const Status status = write_faiss_flat(source, rows, metric, [&out](ByteView piece) -> Status {
        append(out, piece);
        return {};
    });
    EXPECT_TRUE(status);
    return out;
}

ByteBuffer small_index() { return written(RowsForTest(kDimension, kFloats), {3, {}}); }

template <class T>
ByteBuffer with(ByteBuffer bytes, size_t offset, T value) {
    std::memcpy(&bytes[offset], &value, sizeof value);
    return bytes;
}

template <class T>
ErrorCode code_of(const Result<T>& result) {
    return result ? ErrorCode::kIo : result.error().code;
}

ByteBuffer read_reference(const std::string& name) {
    std::ifstream file(std::string(REEL_REFERENCE_FOLDER) + "/" + name, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    return {as_bytes(text).begin(), as_bytes(text).end()};
}

TEST(FaissFile, WritesTheBytesThatFaissWrites) {
    const unsigned char expected[] = {
        'I', 'x', 'F',  '2',  2, 0, 0, 0,                              // type, dimension
        1,   0,   0,    0,    0, 0, 0, 0,                              // rows
        0,   0,   16,   0,    0, 0, 0, 0,    0, 0, 16, 0, 0, 0, 0, 0,  // unused, twice
        1,   1,   0,    0,    0,                                       // trained, metric
        2,   0,   0,    0,    0, 0, 0, 0,                              // floats
        0,   0,   0x80, 0x3F, 0, 0, 0, 0xC0,                           // 1, -2
    };
    const ByteBuffer bytes = written(RowsForTest(2, Floats{1, -2}), {1, {}});
    EXPECT_TRUE(std::ranges::equal(bytes, std::as_bytes(std::span(expected))));
}

TEST(FaissFile, ReadsWhatItWrites) {
    const ByteBuffer bytes = small_index();
    const auto view = parse_faiss_flat(bytes).value();
    EXPECT_EQ(view.metric, Metric::kL2);
    EXPECT_EQ(view.rows.dimension, kDimension);
    ASSERT_EQ(view.rows.row_count, 3U);
    EXPECT_EQ(std::memcmp(view.rows.row(0), kFloats.data(), kFloats.size() * sizeof(float)), 0);
}

TEST(FaissFile, InnerProductIsATypeOfItsOwn) {
    const ByteBuffer bytes = written(RowsForTest(kDimension, kFloats), {3, {}}, Metric::kInnerProduct);
    EXPECT_EQ(as_text(bytes).substr(0, 4), "IxFI");
    EXPECT_EQ(parse_faiss_flat(bytes).value().metric, Metric::kInnerProduct);
}

TEST(FaissFile, CosineIsWrittenAsL2) {
    EXPECT_EQ(written(RowsForTest(kDimension, kFloats), {3, {}}, Metric::kCosine), small_index());
}

TEST(FaissFile, WritesTheRowsThatCountAndNoOthers) {
    const std::vector<uint64_t> excluded{0b010};
    const ByteBuffer bytes = written(RowsForTest(kDimension, kFloats), {3, excluded});
    const auto view = parse_faiss_flat(bytes).value();
    ASSERT_EQ(view.rows.row_count, 2U);
    EXPECT_EQ(std::memcmp(view.rows.row(1), &kFloats[6], kDimension * sizeof(float)), 0);
}

TEST(FaissFile, WritesLargeIndexesInBoundedPieces) {
    const RowsForTest source(100, random_floats(100 * 3000, 1));
    size_t largest = 0;
    size_t total = 0;
    ASSERT_TRUE(write_faiss_flat(source, {3000, {}}, Metric::kL2, [&](ByteView piece) -> Status {
        largest = std::max(largest, piece.size());
        total += piece.size();
        return {};
    }));
    EXPECT_EQ(total, kFaissFlatHeaderBytes + 100 * 3000 * sizeof(float));
    EXPECT_LT(largest, size_t{300} << 10);
}

TEST(FaissFile, NamesTheDamagedRowItCannotWrite) {
    RowsForTest source(kDimension, kFloats);
    source.damage(1);
    const auto sink = [](ByteView) -> Status { return {}; };
    const Status status = write_faiss_flat(source, {3, {}}, Metric::kL2, sink);
    ASSERT_EQ(code_of(status), ErrorCode::kCorrupt);
    EXPECT_NE(status.error().message.find("record 1"), std::string::npos);
}

TEST(FaissFile, PassesOnTheErrorOfTheSink) {
    const auto full = [](ByteView) -> Status { return fail(ErrorCode::kNoSpace, "full"); };
    EXPECT_EQ(code_of(write_faiss_flat(RowsForTest(kDimension, kFloats), {3, {}}, Metric::kL2, full)),
              ErrorCode::kNoSpace);
}

TEST(FaissFile, EveryTruncationIsCorrupt) {
    const ByteBuffer bytes = small_index();
    for (size_t size = 0; size < bytes.size(); ++size) {
        const ByteBuffer cut(bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(size));
        EXPECT_EQ(code_of(parse_faiss_flat(cut)), ErrorCode::kCorrupt) << size;
    }
    EXPECT_TRUE(parse_faiss_flat(bytes));
}

TEST(FaissFile, CountsThatLieAreCorrupt) {
    const ByteBuffer good = small_index();
    for (const int64_t rows : {int64_t{2}, int64_t{4}, int64_t{-1}, INT64_MAX, INT64_MIN, int64_t{1} << 62}) {
        EXPECT_EQ(code_of(parse_faiss_flat(with(good, 8, rows))), ErrorCode::kCorrupt) << rows;
    }
    for (const int32_t dimension : {0, 1, 4, -3, INT32_MAX, INT32_MIN}) {
        EXPECT_EQ(code_of(parse_faiss_flat(with(good, 4, dimension))), ErrorCode::kCorrupt) << dimension;
    }
    for (const uint64_t floats : std::initializer_list<uint64_t>{uint64_t{0}, uint64_t{8}, uint64_t{10},
                                                                 UINT64_MAX, uint64_t{1} << 62 | 9}) {
        EXPECT_EQ(code_of(parse_faiss_flat(with(good, 37, floats))), ErrorCode::kCorrupt) << floats;
    }
}

TEST(FaissFile, CountsWhoseProductOverflowsAreCorrupt) {
    // 2^62 rows of 4 floats are 0 floats modulo 2^64, which is what is there.
    ByteBuffer bytes = with(with(with(small_index(), 8, int64_t{1} << 62), 4, 4), 37, uint64_t{0});
    bytes.resize(kFaissFlatHeaderBytes);
    EXPECT_EQ(code_of(parse_faiss_flat(bytes)), ErrorCode::kCorrupt);
}

TEST(FaissFile, ByteAfterTheLastRowIsCorrupt) {
    ByteBuffer bytes = small_index();
    bytes.push_back(std::byte{0});
    EXPECT_EQ(code_of(parse_faiss_flat(bytes)), ErrorCode::kCorrupt);
}

TEST(FaissFile, AMetricThatContradictsTheTypeIsCorrupt) {
    EXPECT_EQ(code_of(parse_faiss_flat(with(small_index(), 33, int32_t{0}))), ErrorCode::kCorrupt);
    EXPECT_EQ(code_of(parse_faiss_flat(with(small_index(), 32, uint8_t{0}))), ErrorCode::kCorrupt);
}

TEST(FaissFile, AnotherTypeOfIndexIsUnsupportedAndNamesTrust) {
    const auto view = parse_faiss_flat(with(small_index(), 0, std::array<char, 4>{'I', 'w', 'F', 'l'}));
    ASSERT_EQ(code_of(view), ErrorCode::kUnsupported);
    EXPECT_NE(view.error().message.find("IwFl"), std::string::npos);
    EXPECT_NE(view.error().message.find("--trust"), std::string::npos);
}

TEST(FaissFile, AFileThatIsNoIndexIsCorrupt) {
    EXPECT_EQ(code_of(parse_faiss_flat(ByteBuffer(100, std::byte{'x'}))), ErrorCode::kCorrupt);
}

TEST(FaissFile, AnEmptyIndexIsAnIndex) {
    const ByteBuffer bytes = written(RowsForTest(kDimension, {}), {0, {}});
    EXPECT_EQ(bytes.size(), kFaissFlatHeaderBytes);
    EXPECT_EQ(parse_faiss_flat(bytes).value().rows.row_count, 0U);
}

TEST(FaissFile, MatchesTheStoreItWasWrittenFrom) {
    const ByteBuffer bytes = small_index();
    const auto view = parse_faiss_flat(bytes).value();
    EXPECT_TRUE(check_faiss_matches(view, RowsForTest(kDimension, kFloats), {3, {}}));
}

TEST(FaissFile, SaysWhereItDiffersFromAStore) {
    const ByteBuffer bytes = small_index();
    const auto view = parse_faiss_flat(bytes).value();
    const Status fewer = check_faiss_matches(view, RowsForTest(kDimension, kFloats), {2, {}});
    EXPECT_EQ(code_of(fewer), ErrorCode::kConflict);
    EXPECT_EQ(code_of(check_faiss_matches(view, RowsForTest(9, kFloats), {1, {}})), ErrorCode::kConflict);
    Floats changed = kFloats;
    changed[5] = 7;
    const Status other = check_faiss_matches(view, RowsForTest(kDimension, changed), {3, {}});
    ASSERT_EQ(code_of(other), ErrorCode::kConflict);
    EXPECT_NE(other.error().message.find("row 1"), std::string::npos);
}

TEST(FaissFile, ReadsTheReferenceIndex) {
    const ByteBuffer bytes = read_reference("index.faiss");
    const auto view = parse_faiss_flat(bytes).value();
    EXPECT_EQ(view.rows.dimension, 768U);
    EXPECT_EQ(view.rows.row_count, 5U);

    Floats fourth(768);
    std::memcpy(fourth.data(), view.rows.row(4), 768 * sizeof(float));
    const auto found = flat_scan(view.rows, fourth, Metric::kL2, 5, {5, {}}).value();
    ASSERT_EQ(found.size(), 5U);
    EXPECT_EQ(found[0], (Neighbor{4, 0.0F}));
}

}  // namespace
}  // namespace reel
