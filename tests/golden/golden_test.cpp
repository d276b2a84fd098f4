// Files of earlier releases: each is read as it was when it was written, and written to.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "golden/describe.h"
#include "store/compact.h"
#include "support/store_builder.h"

namespace reel {
namespace {

std::vector<std::string> golden_names() {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(REEL_GOLDEN_FOLDER)) {
        if (entry.path().extension() == ".mp4") names.push_back(entry.path().stem().string());
    }
    std::sort(names.begin(), names.end());
    return names;
}

std::string read_golden(const std::string& name) {
    std::ifstream in(std::string(REEL_GOLDEN_FOLDER) + "/" + name, std::ios::binary);
    if (!in) throw std::runtime_error("there is no golden file " + name);
    return {std::istreambuf_iterator<char>(in), {}};
}

class Golden : public testing::TestWithParam<std::string> {
protected:
    Golden() : expected_(OrderedJson::parse(read_golden(GetParam() + ".json"))) { expected_.erase("what"); }

    [[nodiscard]] static ByteBuffer content() {
        const std::string bytes = read_golden(GetParam() + ".mp4");
        const auto* data = reinterpret_cast<const std::byte*>(bytes.data());
        return {data, data + bytes.size()};
    }

    /// What is left of the expected records after the first of them was deleted.
    [[nodiscard]] OrderedJson records_but_the_first() const {
        OrderedJson records = expected_["records"];
        if (!records.empty()) records.erase(0);
        return records;
    }

    OrderedJson expected_;
};

void append_new(Writer& writer) {
    const std::vector<float> vector(writer.config().embedder.dimension, 1.5F);
    must(writer.append("golden-new", vector, "{\"doc_id\": \"golden-new\"}", "new"));
}

/// The same but for what is at another place or number in a compacted file.
OrderedJson without_places(OrderedJson list) {
    for (OrderedJson& item : list) {
        for (const char* member : {"offset", "number", "found"}) item.erase(member);
    }
    return list;
}

TEST_P(Golden, IsReadAsWhenItWasWritten) {
    EXPECT_EQ(describe(MemoryFile(content())).dump(1), expected_.dump(1));
}

TEST_P(Golden, IsWrittenTo) {
    TestStore store(content());
    if (!expected_["records"].empty()) must(store.writer().remove(expected_["records"][0]["number"]));
    append_new(store.writer());
    must(store.writer().commit());
    store.close();
    OrderedJson after = describe(store.file());
    EXPECT_EQ(after["records"].back()["id"], "golden-new");
    after["records"].erase(after["records"].size() - 1);
    EXPECT_EQ(after["records"], records_but_the_first());
    after["commits"].erase(after["commits"].size() - 1);
    EXPECT_EQ(after["commits"], expected_["commits"]);
    EXPECT_EQ(after["verify_finds_at"], OrderedJson::array());
}

TEST_P(Golden, IsSealed) {
    TestStore store(content());
    append_new(store.writer());
    store.seal(SealTrailer::kAlways).close();
    OrderedJson after = describe(store.file());
    EXPECT_EQ(after["sealed_records"], expected_["record_count"].get<uint64_t>() + 1);
    after["records"].erase(after["records"].size() - 1);
    EXPECT_EQ(after["records"], expected_["records"]);
    EXPECT_EQ(after["verify_finds_at"], OrderedJson::array());
}

TEST_P(Golden, IsCompactedWithItsHistory) {
    TestStore store(content());
    auto file = std::make_shared<MemoryFile>();
    must(copy_compacted(store.writer(), std::make_unique<SharedFile>(file), KeepHistory::kYes));
    OrderedJson after = describe(*file);
    for (const char* same : {"head", "record_count", "next_default_id", "records"})
        EXPECT_EQ(after[same], expected_[same]) << same;
    for (OrderedJson* commits : {&after["commits"], &expected_["commits"]}) {
        for (OrderedJson& commit : *commits) commit.erase("offset");
    }
    EXPECT_EQ(after["commits"], expected_["commits"]);
    EXPECT_EQ(after["verify_finds_at"], OrderedJson::array());
}

TEST_P(Golden, IsCompactedWithoutItsHistory) {
    TestStore store(content());
    auto file = std::make_shared<MemoryFile>();
    must(copy_compacted(store.writer(), std::make_unique<SharedFile>(file), KeepHistory::kNo));
    const OrderedJson after = describe(*file);
    EXPECT_EQ(without_places(after["records"]), without_places(expected_["records"]));
    EXPECT_EQ(after["predecessor_head"], expected_["head"]);
    EXPECT_EQ(after["verify_finds_at"], OrderedJson::array());
}

INSTANTIATE_TEST_SUITE_P(Files, Golden, testing::ValuesIn(golden_names()),
                         [](const auto& one) { return one.param; });

}  // namespace
}  // namespace reel
