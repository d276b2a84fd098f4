#include "ingest/npy.h"

#include <cmath>
#include <cstring>
#include <limits>

#include "support.h"

namespace reel {
namespace {

/// A .npy file of version `version` with this dictionary.
std::string npy(const std::string& dictionary, const std::string& data, int version = 1) {
    std::string out = "\x93NUMPY";
    out += static_cast<char>(version);
    out += '\0';
    for (int i = 0; i < (version == 1 ? 2 : 4); ++i)
        out += static_cast<char>(dictionary.size() >> (8 * i) & 0xFF);
    return out + dictionary + data;
}

std::string dictionary(const std::string& descr, const std::string& shape,
                       const std::string& fortran = "False") {
    return "{'descr': '" + descr + "', 'fortran_order': " + fortran + ", 'shape': " + shape + ", }\n";
}

template <class T>
std::string bytes_of(std::initializer_list<T> values) {
    std::string out;
    for (const T value : values) out.append(reinterpret_cast<const char*>(&value), sizeof value);
    return out;
}

template <class T>
std::string swapped(std::initializer_list<T> values) {
    std::string out;
    for (const T value : values) {
        std::string one(reinterpret_cast<const char*>(&value), sizeof value);
        out.append(one.rbegin(), one.rend());
    }
    return out;
}

Result<NpyFile> parse(const std::string& bytes) {
    auto owner = std::make_shared<std::string>(bytes);
    const ByteView view = as_bytes(*owner);
    return NpyFile::parse(Mapping(view, std::move(owner)), "F.npy");
}

std::vector<float> row_of(const std::string& bytes, uint64_t row) {
    const auto file = parse(bytes);
    EXPECT_TRUE(file) << message_of(file);
    if (!file) return {};
    std::vector<float> scratch;
    const auto values = file->row(row, scratch);
    EXPECT_TRUE(values) << message_of(values);
    return values ? std::vector<float>(values->begin(), values->end()) : std::vector<float>{};
}

using Floats = std::vector<float>;

TEST(Npy, ReadsEveryElementTypeInBothByteOrders) {
    const auto with = [](const std::string& descr, const std::string& data) {
        return row_of(npy(dictionary(descr, "(2, 2)"), data), 1);
    };
    EXPECT_EQ(with("<f4", bytes_of({1.0F, 2.0F, 3.5F, -4.0F})), (Floats{3.5F, -4}));
    EXPECT_EQ(with(">f4", swapped({1.0F, 2.0F, 3.5F, -4.0F})), (Floats{3.5F, -4}));
    EXPECT_EQ(with("<f8", bytes_of({1.0, 2.0, 0.1, -4.0})), (Floats{0.1F, -4}));
    EXPECT_EQ(with(">f8", swapped({1.0, 2.0, 0.1, -4.0})), (Floats{0.1F, -4}));
    EXPECT_EQ(with("<f2", bytes_of<uint16_t>({0, 0, 0x3C00, 0xC400})), (Floats{1, -4}));
    EXPECT_EQ(with(">f2", swapped<uint16_t>({0, 0, 0x3C00, 0xC400})), (Floats{1, -4}));
}

TEST(Npy, WidensEveryKindOfHalf) {
    const std::string data = bytes_of<uint16_t>({0x0001, 0x03FF, 0x0400, 0x7BFF, 0x8000, 0x7C00, 0x7E00});
    const Floats row = row_of(npy(dictionary("<f2", "(7,)"), data), 0);
    ASSERT_EQ(row.size(), 7U);
    EXPECT_EQ(row[0], std::ldexp(1.0F, -24));
    EXPECT_EQ(row[1], std::ldexp(1023.0F, -24));
    EXPECT_EQ(row[2], std::ldexp(1.0F, -14));
    EXPECT_EQ(row[3], 65504.0F);
    EXPECT_TRUE(row[4] == 0 && std::signbit(row[4]));
    EXPECT_EQ(row[5], std::numeric_limits<float>::infinity());
    EXPECT_TRUE(std::isnan(row[6]));
}

TEST(Npy, ReadsVersionsOneToThree) {
    for (const int version : {1, 2, 3}) {
        EXPECT_EQ(row_of(npy(dictionary("<f4", "(1, 2)"), bytes_of({1.0F, 2.0F}), version), 0),
                  (Floats{1, 2}));
    }
    EXPECT_MESSAGE(parse(npy(dictionary("<f4", "(1,)"), "abcd", 4)), "version 4; versions 1 to 3 are read");
}

TEST(Npy, ReadsOneDimensionAsOneRow) {
    const auto file = parse(npy(dictionary("<f4", "(3,)"), bytes_of({1.0F, 2.0F, 3.0F}))).value();
    EXPECT_EQ(file.rows(), 1U);
    EXPECT_EQ(file.columns(), 3U);
}

TEST(Npy, ReadsTheDictionaryHoweverPythonWroteIt) {
    const std::string data = bytes_of({1.0F, 2.0F});
    for (const std::string text :
         {"{\"shape\":(1L,2L),\"descr\":\"<f4\",\"fortran_order\":False}",
          "{ 'fortran_order' : True , 'shape' : ( 1 , 2 , ) , 'descr' : '<f4' , } \n"}) {
        EXPECT_EQ(row_of(npy(text, data), 0), (Floats{1, 2})) << text;
    }
}

TEST(Npy, ReadsWhatItsOwnHeaderSays) {
    const std::string header = npy_header(2, 2);
    EXPECT_EQ(header.size() % 64, 0U);
    EXPECT_EQ(row_of(header + bytes_of({1.0F, 2.0F, 3.0F, 4.0F}), 1), (Floats{3, 4}));
    EXPECT_EQ(npy_header(1'000'000'000'000, 4096).size() % 64, 0U);
}

TEST(Npy, GivesAlignedRowsWithoutCopying) {
    const auto file = parse(npy_header(1, 2) + bytes_of({1.0F, 2.0F})).value();
    std::vector<float> scratch;
    ASSERT_TRUE(file.row(0, scratch));
    EXPECT_TRUE(scratch.empty());
}

TEST(Npy, RefusesADictionaryThatItDoesNotUnderstand) {
    for (const std::string text :
         {"", "{}", "[]", "{'descr': '<f4'}", "{'descr': '<f4', 'descr': '<f4', 'shape': (1,)}",
          "{'descr': '<f4', 'fortran_order': 0, 'shape': (1,)}",
          "{'descr': '<f4', 'fortran_order': False, 'shape': 1}",
          "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}",
          "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}",
          "{'descr': '<f4', 'fortran_order': False, 'shape': (1,)} x",
          "{'descr': '<f4' 'fortran_order': False, 'shape': (1,)}", "{'x': 1}", "{'descr"}) {
        const auto file = parse(npy(text, "abcd"));
        ASSERT_FALSE(file) << text;
        EXPECT_EQ(file.error().code, ErrorCode::kInvalidArgument) << text << message_of(file);
    }
}

TEST(Npy, NamesAnElementTypeThatItDoesNotRead) {
    for (const std::string descr : {"<i8", "|u1", "<f16", "<c8", "|O", ""}) {
        const auto file = parse(npy(dictionary(descr, "(1,)"), "abcd"));
        ASSERT_FALSE(file) << descr;
        EXPECT_EQ(file.error().code, ErrorCode::kUnsupported);
        EXPECT_MESSAGE(file, "'" + descr + "'");
    }
    EXPECT_MESSAGE(parse(npy("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}", "abcd")),
                   "holds structures");
}

TEST(Npy, ChecksTheShapeAgainstTheBytes) {
    for (const std::string shape : {"(3, 1)", "(1,)", "(4294967296, 4294967296)", "(9223372036854775807, 2)",
                                    "(18446744073709551615, 18446744073709551615)"}) {
        EXPECT_MESSAGE(parse(npy(dictionary("<f4", shape), std::string(8, 'x'))), "its header promises");
    }
    EXPECT_MESSAGE(parse(npy(dictionary("<f4", "()"), "abcd")), "0 dimensions");
    EXPECT_MESSAGE(parse(npy(dictionary("<f4", "(1, 1, 1)"), "abcd")), "3 dimensions");
    EXPECT_MESSAGE(parse(npy(dictionary("<f4", "(1, 0)"), "")), "none of size");
    EXPECT_EQ(parse(npy(dictionary("<f4", "(0, 4)"), "")).value().rows(), 0U);
}

TEST(Npy, RefusesFortranOrderWhereItMatters) {
    EXPECT_MESSAGE(parse(npy(dictionary("<f4", "(2, 2)", "True"), std::string(16, '\0'))),
                   "ascontiguousarray");
}

TEST(Npy, RefusesADoubleThatNoFloatCanHold) {
    const auto file =
        parse(npy(dictionary("<f8", "(2, 2)"), bytes_of({3.4028235e38, 1e-300, 1.0, -1e39}))).value();
    std::vector<float> scratch;
    ASSERT_TRUE(file.row(0, scratch));
    EXPECT_EQ(scratch, (Floats{std::numeric_limits<float>::max(), 0}));
    EXPECT_MESSAGE(file.row(1, scratch), "F.npy row 1 column 1: is too large");
}

TEST(Npy, RefusesEveryTruncation) {
    const std::string whole = npy_header(2, 2) + bytes_of({1.0F, 2.0F, 3.0F, 4.0F});
    ASSERT_TRUE(parse(whole));
    for (size_t length = 0; length < whole.size(); ++length)
        EXPECT_FALSE(parse(whole.substr(0, length))) << length;
    EXPECT_FALSE(parse(whole + "x"));
}

TEST(Npy, LimitsItsHeader) {
    std::string bytes("\x93NUMPY\x02\x00\xFF\xFF\xFF\xFF", 12);
    const auto file = parse(bytes + std::string(100, ' '));
    ASSERT_FALSE(file);
    EXPECT_EQ(file.error().code, ErrorCode::kLimit);
}

TEST(Npy, MapsAFile) {
    const TemporaryFolder folder;
    const std::string path = folder.write("v.npy", npy_header(1, 1) + bytes_of({7.0F}));
    std::vector<float> scratch;
    EXPECT_EQ(NpyFile::open(path).value().row(0, scratch).value()[0], 7.0F);
    EXPECT_MESSAGE(NpyFile::open(folder.write("empty", "")), "is not a .npy file");
}

}  // namespace
}  // namespace reel
