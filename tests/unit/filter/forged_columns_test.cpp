// Sections with wrong bytes: damaged ones are gone around, forged ones do no harm.
#include <random>

#include "base/checksum.h"
#include "filter/key_statistics.h"
#include "filter_support.h"

namespace reel::filter_test {
namespace {

const std::vector<std::string> kFilters{"n > 3",
                                        "s = 'b'",
                                        "tags contains 'x'",
                                        "s like '%a%'",
                                        "d < 0.5",
                                        "not exists(n)",
                                        "mixed in (1, 'x', null, true, 2, 7)",
                                        "tags is null",
                                        "big > 5",
                                        "rare = 1 or k != 2",
                                        "s in ('a','b','c','d','e','f','g') and d != 1"};

Rows varied_rows() {
    Rows rows;
    for (int i = 0; i < 150; ++i) {
        const std::string n = std::to_string(i);
        std::string text =
            R"({"n": )" + n + R"(, "s": ")" + std::string(1, static_cast<char>('a' + i % 9)) + R"(")";
        text += R"(, "d": 0.)" + n + R"(1, "k": "same")";
        text += i % 3 == 0 ? R"(, "tags": ["x", ")" + n + R"("])" : R"(, "tags": [])";
        text += i % 2 == 0 ? R"(, "mixed": )" + n : R"(, "mixed": "x")";
        if (i % 40 == 0) text += R"(, "rare": 1)";
        if (i % 2 == 0) text += R"(, "big": )" + std::to_string(9007199254740993 + i * 77777777777);
        rows.texts.push_back(text + "}");
    }
    return rows;
}

/// The bytes of the directory: header, odd rows, keys' entries and names.
size_t directory_bytes(const ByteBuffer& data) {
    return kColumnsHeaderBytes + size_t{load_le<uint32_t>(data.data() + 20)} * 4 +
           size_t{load_le<uint32_t>(data.data() + 16)} * kColumnEntryBytes +
           static_cast<size_t>(load_le<uint64_t>(data.data() + 24));
}

template <class T>
void put(ByteBuffer& data, size_t at, T value) {
    if (at + sizeof value <= data.size()) std::memcpy(data.data() + at, &value, sizeof value);
}

/// Makes all checksums right again, as somebody would who means harm.
void sign(ByteBuffer& data) {
    if (data.size() < kColumnsHeaderBytes) return;
    const size_t keys = load_le<uint32_t>(data.data() + 16);
    const size_t first = kColumnsHeaderBytes + size_t{load_le<uint32_t>(data.data() + 20)} * 4;
    for (size_t i = 0; i < keys && first + (i + 1) * kColumnEntryBytes <= data.size(); ++i) {
        const size_t at = first + i * kColumnEntryBytes;
        const auto offset = load_le<uint64_t>(data.data() + at + 8);
        const auto size = load_le<uint64_t>(data.data() + at + 16);
        if (offset > data.size() || size > data.size() - offset) continue;
        put(data, at + 24, crc32c(ByteView(data).subspan(offset, size)));
    }
    const auto names = load_le<uint64_t>(data.data() + 24);
    const uint64_t tables = first + keys * kColumnEntryBytes;
    if (tables <= data.size() && names <= data.size() - tables)
        put(data, 0, crc32c(ByteView(data).subspan(4, tables + names - 4)));
}

/// Uses everything of a section; whether it could be opened.
bool use(const ByteBuffer& data, const Rows& rows, bool compare) {
    // A copy of exactly its size, so that a sanitizer sees one byte too many.
    const std::unique_ptr<std::byte[]> copy(new std::byte[data.size()]);
    std::copy(data.begin(), data.end(), copy.get());
    const auto columns = Columns::parse({copy.get(), data.size()}, rows.texts.size());
    if (!columns) return false;
    const FilterPart part{0, *columns};
    for (const std::string& text : kFilters) {
        const Filter filter = filter_of(text);
        const auto matching = evaluate_filter(filter, {&part, 1}, rows.live(), rows.all());
        if (!compare) continue;
        EXPECT_EQ(rows_of(*matching), evaluate(filter, rows, {})) << text;
    }
    EXPECT_TRUE(key_statistics({&part, 1}, rows.live(), rows.all(), 5));
    return true;
}

TEST(DamagedColumns, AreGoneAroundAndCounted) {
    const Rows rows = varied_rows();
    Built built;
    build(rows, 0, rows.texts.size(), built);
    const Filter filter = filter_of("n < 10 and s = 'b'");
    const std::vector<uint64_t> expected = evaluate(filter, rows, {});
    FilterStats stats;
    EXPECT_EQ(evaluate(filter, rows, {&built.part, 1}, &stats), expected);
    EXPECT_EQ(stats.damaged_columns, 0U);
    for (size_t i = directory_bytes(built.data); i < built.data.size(); ++i) built.data[i] ^= std::byte{1};
    const auto columns = Columns::parse(built.data, rows.texts.size());
    ASSERT_TRUE(columns);
    const FilterPart damaged{0, *columns};
    EXPECT_EQ(evaluate(filter, rows, {&damaged, 1}, &stats), expected);
    EXPECT_EQ(stats.damaged_columns, 2U);
    EXPECT_GT(stats.rows_from_json, 0U);
}

TEST(DamagedColumns, GiveRightAnswersOrAreRefusedWhateverByteIsFlipped) {
    const Rows rows = varied_rows();
    Built built;
    build(rows, 0, rows.texts.size(), built);
    ASSERT_TRUE(use(built.data, rows, true));
    const size_t directory = directory_bytes(built.data);
    for (size_t at = 0; at < built.data.size(); at += at < directory ? 1 : 37) {
        ByteBuffer data = built.data;
        data[at] ^= std::byte{0x10};
        EXPECT_EQ(use(data, rows, at % 8 == 0), at >= directory) << at;
    }
}

TEST(DamagedColumns, AreRefusedWhereTheyAreCut) {
    const Rows rows = varied_rows();
    Built built;
    build(rows, 0, rows.texts.size(), built);
    for (size_t size = 0; size < built.data.size(); size += 61)
        EXPECT_FALSE(
            use({built.data.begin(), built.data.begin() + static_cast<ptrdiff_t>(size)}, rows, false))
            << size;
    EXPECT_FALSE(Columns::parse(built.data, rows.texts.size() + 1));
}

TEST(ForgedColumns, DoNoHarmWithRightChecksums) {
    const Rows rows = varied_rows();
    Built built;
    build(rows, 0, rows.texts.size(), built);
    std::mt19937_64 random(7);
    const std::vector<uint32_t> values{0,           1,           2,           0x7F, 0xFF, 0xFFFF,
                                       0x7FFF'FFFF, 0x8000'0000, 0xFFFF'FFFF, 150,  149};
    size_t opened = 0;
    for (int round = 0; round < 4000; ++round) {
        ByteBuffer data = built.data;
        const size_t changes = 1 + random() % 4;
        for (size_t i = 0; i < changes; ++i) {
            const size_t range = random() % 2 == 0 ? directory_bytes(built.data) : data.size();
            const size_t at = random() % range;
            switch (random() % 3) {
                case 0: data[at] = static_cast<std::byte>(random()); break;
                case 1: put(data, at & ~size_t{3}, values[random() % values.size()]); break;
                default: put(data, at & ~size_t{3}, static_cast<uint32_t>(random() % 400)); break;
            }
        }
        sign(data);
        if (use(data, rows, false)) ++opened;
    }
    std::printf("%zu of 4000 forged sections were opened\n", opened);
    EXPECT_GT(opened, 400U);
}

}  // namespace
}  // namespace reel::filter_test
