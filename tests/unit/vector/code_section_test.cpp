// Damaged and forged sections: the right answer, or at least none that crashes.
#include "vector/code_section.h"

#include <random>

#include "code_support.h"

namespace reel {
namespace {

constexpr uint32_t kDimension = 40;
constexpr uint64_t kRows = 1500;

struct CodeSectionTest : testing::Test {
    Floats floats = clustered_floats(kRows, kDimension, 12, 1);
    RowsForTest source{kDimension, floats};
    Floats queries = clustered_floats(8, kDimension, 12, 2);
    RowSet rows{kRows, {}};
    BuiltCodes flat = build(source, 0, kRows, Metric::kL2, flat_codes());
    BuiltCodes lists = build(source, 0, kRows, Metric::kL2, partitioned_codes(20));

    [[nodiscard]] std::span<const float> query() const { return std::span(queries).first(kDimension); }

    [[nodiscard]] std::vector<Neighbor> search_all(const BuiltCodes& built,
                                                   ScanStats* stats = nullptr) const {
        CodeSearchOptions options;
        options.probes = 1000;
        options.rerank = kRows;
        options.recall = 0.999999;
        options.stats = stats;
        return code_search(source, {&built.part, 1}, query(), Metric::kL2, 10, rows, options).value();
    }

    /// Writes all checksums of `data` anew, as an attacker would.
    static void forge_checksums(ByteBuffer& data, const CodeLayout& layout,
                                std::span<const uint32_t> lengths) {
        const auto put = [&data](uint64_t offset, uint64_t size) {
            if (offset + size + 4 > data.size()) return;
            const uint32_t checksum = crc32c(ByteView(data).subspan(offset, size));
            std::memcpy(&data[offset + size], &checksum, sizeof checksum);
        };
        put(0, CodeLayout::kHeadBytes - 4);
        put(CodeLayout::kHeadBytes, layout.directory_bytes() - 4);
        if (layout.is_partitioned()) {
            put(layout.centroid_codes_offset(), layout.centroid_codes_bytes() - 4);
            for (uint64_t first = 0; first < lengths.size(); first += kCentroidGroup) {
                const uint64_t count = std::min<uint64_t>(kCentroidGroup, lengths.size() - first);
                put(layout.centroid_offset(first), count * layout.size() * sizeof(float));
            }
        }
        uint64_t offset = layout.lists_offset();
        for (const uint32_t length : lengths) {
            for (uint32_t first = 0; first < length; first += kCodeChunkRows) {
                const uint64_t size = layout.chunk_bytes(std::min(kCodeChunkRows, length - first));
                put(offset, size - 4);
                offset += size;
            }
        }
    }

    static std::vector<uint32_t> lengths_of(const CodeSection& codes) {
        std::vector<uint32_t> lengths;
        for (uint64_t list = 0; list < codes.lists(); ++list) lengths.push_back(codes.list_rows(list));
        return lengths;
    }
};

TEST_F(CodeSectionTest, AnUndamagedSectionFindsAll) {
    const auto truth = flat_scan(source, query(), Metric::kL2, 10, rows).value();
    ScanStats stats;
    EXPECT_EQ(search_all(flat, &stats), truth);
    EXPECT_EQ(search_all(lists, &stats), truth);
    EXPECT_EQ(stats.damaged_blocks, 0U);
}

TEST_F(CodeSectionTest, GoesAroundADamagedByteWhereverItIs) {
    const auto truth = flat_scan(source, query(), Metric::kL2, 10, rows).value();
    for (const BuiltCodes* good : {&flat, &lists}) {
        size_t refused = 0;
        size_t gone_around = 0;
        for (size_t at = 0; at < good->data.size(); at += 97) {
            BuiltCodes bad = *good;
            bad.data[at] ^= std::byte{0x10};
            auto section = CodeSection::parse(bad.data, kDimension, kRows);
            if (!section) {
                EXPECT_TRUE(section.error().code == ErrorCode::kCorrupt ||
                            section.error().code == ErrorCode::kUnsupported);
                ++refused;
                continue;
            }
            bad.part.codes = *section;
            ScanStats stats;
            ASSERT_EQ(search_all(bad, &stats), truth) << at;
            gone_around += stats.damaged_blocks != 0 ? 1 : 0;
        }
        EXPECT_GT(refused, 2U);
        EXPECT_GT(gone_around, 100U);
    }
}

TEST_F(CodeSectionTest, CountsADamagedListEachTimeAndFindsItsRows) {
    BuiltCodes bad = lists;
    const auto at = static_cast<size_t>(bad.part.codes->layout().lists_offset()) + 50;
    bad.data[at] ^= std::byte{1};
    bad.parse(kDimension);
    for (int i = 0; i < 2; ++i) {
        ScanStats stats;
        EXPECT_EQ(search_all(bad, &stats), search_all(lists));
        EXPECT_EQ(stats.damaged_blocks, 1U);
    }
    EXPECT_EQ(bad.part.codes->find_lost_rows().size(), lists.part.codes->list_rows(0));
}

TEST_F(CodeSectionTest, RefusesEveryShorterLongerAndOtherSection) {
    for (const BuiltCodes* good : {&flat, &lists}) {
        for (size_t size = 0; size < good->data.size(); size += 41)
            EXPECT_FALSE(CodeSection::parse(ByteView(good->data).first(size), kDimension, kRows)) << size;
        ByteBuffer longer = good->data;
        longer.push_back(std::byte{0});
        EXPECT_FALSE(CodeSection::parse(longer, kDimension, kRows));
        EXPECT_FALSE(CodeSection::parse(good->data, kDimension + 1, kRows));
        EXPECT_FALSE(CodeSection::parse(good->data, kDimension, kRows + 1));
        EXPECT_TRUE(CodeSection::parse(good->data, kDimension, kRows));
    }
}

TEST_F(CodeSectionTest, RefusesForgedCounts) {
    for (const size_t field : std::initializer_list<size_t>{4, 8, 12, 16, 20, 32, 36}) {
        for (const uint32_t value : std::initializer_list<uint32_t>{0U, 2U, 0x7FFFFFFFU, 0xFFFFFFFFU}) {
            ByteBuffer forged = lists.data;
            if (load_le<uint32_t>(&forged[field]) == value) continue;
            std::memcpy(&forged[field], &value, sizeof value);
            if (field == 32 && value == 2) continue;  // the metric cosine, which is one
            if ((field == 36 || field == 12 || field == 20) && (value == 0 || value == 2)) continue;
            forge_checksums(forged, lists.part.codes->layout(), lengths_of(*lists.part.codes));
            EXPECT_FALSE(CodeSection::parse(forged, kDimension, kRows)) << field << " " << value;
        }
    }
}

TEST_F(CodeSectionTest, RefusesListsOfOtherLengths) {
    const auto& layout = lists.part.codes->layout();
    const size_t lengths = CodeLayout::kHeadBytes + layout.size() * sizeof(float);
    for (const uint32_t value : std::initializer_list<uint32_t>{0U, 1U, 0x7FFFFFFFU, 0xFFFFFFFFU}) {
        ByteBuffer forged = lists.data;
        std::memcpy(&forged[lengths + 8], &value, sizeof value);
        forge_checksums(forged, layout, lengths_of(*lists.part.codes));
        EXPECT_FALSE(CodeSection::parse(forged, kDimension, kRows)) << value;
    }
}

/// Whatever stands behind right checksums, a search ends, and every hit is a row with its true distance.
TEST_F(CodeSectionTest, SurvivesForgedContentBehindRightChecksums) {
    std::mt19937 engine(7);
    const uint32_t values[] = {0U,          0xFFFFFFFFU, 0x7FC00000U, 0x7F800000U,
                               0xFF800000U, 0x7F7FFFFFU, 0x00000001U, 5000U};
    size_t parsed = 0;
    for (const BuiltCodes* good : {&flat, &lists}) {
        const std::vector<uint32_t> lengths = lengths_of(*good->part.codes);
        for (int round = 0; round < 400; ++round) {
            BuiltCodes forged = *good;
            const size_t changes = round % 4 == 0 ? 500 : 5;
            for (size_t i = 0; i < changes; ++i) {
                const size_t at = 36 + 4 * (engine() % ((forged.data.size() - 40) / 4));
                std::memcpy(&forged.data[at], &values[engine() % 8], 4);
            }
            forge_checksums(forged.data, good->part.codes->layout(), lengths);
            auto section = CodeSection::parse(forged.data, kDimension, kRows);
            if (!section) continue;
            ++parsed;
            forged.part.codes = *section;
            const auto found = code_search(source, {&forged.part, 1}, query(), Metric::kL2, 20, rows).value();
            ASSERT_EQ(found.size(), 20U);
            for (size_t i = 1; i < found.size(); ++i) ASSERT_TRUE(is_nearer(found[i - 1], found[i]));
            const BuiltCodes rebuilt =
                build(source, 0, kRows, Metric::kL2, round % 2 == 0 ? flat_codes() : partitioned_codes(20),
                      {&forged.part, 1});
            ASSERT_NE(rebuilt.part.codes, nullptr);
        }
    }
    EXPECT_GT(parsed, 100U);
}

TEST_F(CodeSectionTest, ThreadsMayCheckTheSameBlocks) {
    BuiltCodes bad = lists;
    bad.data.back() ^= std::byte{1};
    bad.parse(kDimension);
    CodeSearchOptions options;
    options.threads = 4;
    options.probes = 1000;
    const auto found = code_search_batch(source, {&bad.part, 1}, queries, Metric::kL2, 10, rows, options);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->size(), 8U);
}

}  // namespace
}  // namespace reel
