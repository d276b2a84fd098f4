#include "ingest/import_source.h"

#include "ingest/npy.h"
#include "support.h"

namespace reel {
namespace {

std::string vectors(std::initializer_list<float> values) {
    std::string bytes = npy_header(values.size(), 1);
    for (const float value : values) bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
    return bytes;
}

TEST(OpenRecords, GoesByTheName) {
    const TemporaryFolder folder;
    EXPECT_EQ(read_records(*open_records(folder.write("a.CSV", "text\nx\n"), {}).value()).value()[0].text,
              "x");
    EXPECT_EQ(
        read_records(*open_records(folder.write("a.jsonl", "{\"text\":\"y\"}"), {}).value()).value()[0].text,
        "y");
    EXPECT_EQ(open_records(folder / "missing.csv", {}).error().code, ErrorCode::kNotFound);
}

TEST(OpenRecordsWithVectors, PairsLinesAndRows) {
    const TemporaryFolder folder;
    const auto npy = folder.write("v.npy", vectors({1, 2}));
    for (const auto& path : {folder.write("r.jsonl", "{\"id\":\"a\"}\n\n{\"id\":\"b\"}\n"),
                             folder.write("r.csv", "id\na\nb\n")}) {
        auto source = open_records_with_vectors(path, npy, {.dimension = 1}).value();
        const auto records = read_records(*source).value();
        ASSERT_EQ(records.size(), 2U);
        EXPECT_EQ(records[1].id, "b");
        EXPECT_EQ(records[1].vector, std::vector<float>{2});
        EXPECT_EQ(source->records_read(), 2U);
        EXPECT_EQ(source->bytes_read(), source->bytes_total());
    }
}

TEST(OpenRecordsWithVectors, NamesBothCountsBeforehand) {
    const TemporaryFolder folder;
    const auto npy = folder.write("v.npy", vectors({1, 2}));
    for (const std::string lines : {"{}\n", "{}\n{}\n{}\n"}) {
        const auto source = open_records_with_vectors(folder.write("r.jsonl", lines), npy, {});
        EXPECT_MESSAGE(source,
                       "v.npy has 2 rows, " + (folder / "r.jsonl") + " " + (lines.size() == 3 ? "1" : "3"));
    }
}

TEST(OpenRecordsWithVectors, FindsAWrongCountAtTheEndOfAPipe) {
    const TemporaryFolder folder;
    const auto npy = folder.write("v.npy", vectors({1, 2}));
    for (const std::string lines : {"{}\n", "{}\n{}\n{}\n"}) {
        int ends[2];
        ASSERT_EQ(::pipe(ends), 0);
        ASSERT_EQ(::write(ends[1], lines.data(), lines.size()), static_cast<ssize_t>(lines.size()));
        ::close(ends[1]);
        auto source = open_records_with_vectors("/dev/fd/" + std::to_string(ends[0]), npy, {}).value();
        EXPECT_MESSAGE(read_records(*source), "they must pair one to one");
        ::close(ends[0]);
    }
}

TEST(OpenRecordsWithVectors, TakesRowsAlone) {
    const TemporaryFolder folder;
    auto source = open_records_with_vectors("", folder.write("v.npy", vectors({1, 2})), {}).value();
    NewRecord record;
    ASSERT_TRUE(source->next(record).value());
    ASSERT_TRUE(source->next(record).value());
    EXPECT_EQ(record.id, std::nullopt);
    EXPECT_EQ(record.vector, std::vector<float>{2});
    EXPECT_EQ(source->place(), folder / "v.npy" + " row 1");
    EXPECT_FALSE(source->next(record).value());
}

TEST(OpenRecordsWithVectors, RefusesAnotherDimensionAndASecondVector) {
    const TemporaryFolder folder;
    const auto npy = folder.write("v.npy", vectors({1}));
    EXPECT_MESSAGE(open_records_with_vectors("", npy, {.dimension = 3}),
                   "its vectors have 1 numbers, the store's 3");
    auto source = open_records_with_vectors(folder.write("r.jsonl", "{\"vector\":[1]}"), npy, {}).value();
    EXPECT_MESSAGE(read_records(*source), "r.jsonl line 1: has a \"vector\" although");
}

}  // namespace
}  // namespace reel
