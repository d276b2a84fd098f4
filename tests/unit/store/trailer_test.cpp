// The oidx: when it is written, and what the prototype's reader makes of it.
#include <gtest/gtest.h>

#include "base/json.h"
#include "base/metadata.h"
#include "boxes/record_boxes.h"
#include "store/trailer.h"
#include "support/store_builder.h"

namespace reel {
namespace {

/// As the prototype does it: the last `oidx` in the last megabyte, and JSON to the end of its box.
std::optional<Json> prototype_index(const ByteBuffer& content) {
    const size_t window = std::min<size_t>(content.size(), 1'048'576);
    const std::string_view tail = as_text(ByteView(content).last(window));
    const size_t at = tail.rfind("oidx");
    if (at == std::string_view::npos || at < 4) return std::nullopt;
    const uint32_t size = load_be<uint32_t>(as_bytes(tail.substr(at - 4)).data());
    const std::string_view json = tail.substr(at + 4, size - 8);
    return must(parse_json(json));
}

std::string_view payload_at(const ByteBuffer& content, uint64_t header_offset) {
    const uint32_t size = load_be<uint32_t>(content.data() + header_offset);
    return as_text(ByteView(content).subspan(header_offset + 8, size - 8));
}

void expect_prototype_reads(const TestStore& store) {
    const auto index = prototype_index(store.content());
    ASSERT_TRUE(index);
    ASSERT_EQ(index->size(), store.record_count());
    for (uint64_t n = 0; n < store.record_count(); ++n) {
        const TestRecord record = test_record(n);
        const Json& entry = index->at(record.id);
        EXPECT_EQ(payload_at(store.content(), entry.at("txt").get<uint64_t>()), record.text);
        EXPECT_EQ(payload_at(store.content(), entry.at("json").get<uint64_t>()), record.metadata);
        EXPECT_EQ(
            load_be_float(as_bytes(payload_at(store.content(), entry.at("vec").get<uint64_t>())).data()),
            record.vector[0]);
    }
}

TEST(Trailer, GivesThePrototypeEveryRecord) {
    TestStore store;
    store.commits(4).close();
    expect_prototype_reads(store);
    store.commits(3).seal().commits(3).close();
    expect_prototype_reads(store);
}

TEST(Trailer, IsTheFilesLastBytes) {
    TestStore store;
    store.commit(1).close();
    const TopBox last = top_boxes(store.content()).back();
    EXPECT_EQ(last.type, "oidx");
    EXPECT_EQ(last.offset + last.size, store.size());
}

TEST(Trailer, HidesItsOwnTypeInIds) {
    TestStore store;
    for (const std::string id : {"oidx", "a oidxoidx b", "\\oidx"}) {
        must(store.writer().append(id, test_record(0).vector, must(add_doc_id("", id)), "t"));
    }
    must(store.writer().commit());
    store.close();
    const auto index = prototype_index(store.content());
    ASSERT_TRUE(index);
    EXPECT_TRUE(index->contains("oidx"));
    EXPECT_TRUE(index->contains("a oidxoidx b"));
    EXPECT_TRUE(index->contains("\\oidx"));
}

TEST(Trailer, IsNotWrittenAgainWhereItIs) {
    TestStore store;
    store.commit(1).close();
    const ByteBuffer before = store.content();
    store.writer();
    store.close();
    EXPECT_EQ(store.content(), before);
}

/// A record whose id makes its entry about `bytes` long.
void append_with_long_id(Writer& writer, uint64_t n, size_t bytes) {
    const std::string id = std::to_string(n) + std::string(bytes, 'x');
    must(writer.append(id, test_record(n).vector, must(add_doc_id("", id)), "t"));
}

TEST(Trailer, IsWrittenBeyond64KiBWhereAsMuchWasCommitted) {
    TestStore store;
    for (uint64_t n = 0; n < 10; ++n) append_with_long_id(store.writer(), n, 10'000);
    must(store.writer().commit());
    store.close();
    EXPECT_EQ(top_boxes(store.content()).back().type, "oidx");
}

TEST(Trailer, IsLeftOutWhereLittleWasCommittedSinceTheLast) {
    TestStore store;
    for (uint64_t n = 0; n < 10; ++n) append_with_long_id(store.writer(), n, 10'000);
    store.seal().close();
    ASSERT_EQ(top_boxes(store.content()).back().type, "oidx");
    append_with_long_id(store.writer(), 10, 1);
    must(store.writer().commit());
    store.close();
    EXPECT_EQ(top_boxes(store.content()).back().type, "moof");
    store.seal(SealTrailer::kAlways).close();
    EXPECT_EQ(top_boxes(store.content()).back().type, "oidx");
}

TEST(Trailer, IsAtMostAMebibyteUnlessItIsAskedFor) {
    TestStore store;
    for (uint64_t n = 0; n < 21; ++n) append_with_long_id(store.writer(), n, 50'000);
    must(store.writer().commit());
    store.close();
    EXPECT_NE(top_boxes(store.content()).back().type, "oidx");
    store.seal(SealTrailer::kAlways).close();
    EXPECT_EQ(top_boxes(store.content()).back().type, "oidx");
    EXPECT_GT(top_boxes(store.content()).back().size, kMaxTrailerBytes);
    EXPECT_EQ(findings(store.file()), std::vector<std::string>());
}

TEST(Trailer, OfExactlyAMebibyteIsWritten) {
    TestStore store;
    for (uint64_t n = 0; n < 20; ++n) append_with_long_id(store.writer(), n, 50'000);
    must(store.writer().commit());
    const uint64_t size = must(build_trailer(*must(store.writer().snapshot()))).size();
    // One more record fills it to the byte; its offsets have seven digits.
    append_with_long_id(store.writer(), 20, 1000);
    const std::string entry = ", \"20\": {\"vec\": 1000000, \"json\": 1000000, \"txt\": 1000000}";
    must(store.writer().commit());
    const uint64_t grown = must(build_trailer(*must(store.writer().snapshot()))).size();
    ASSERT_EQ(grown - size, entry.size() + 1000);
    append_with_long_id(store.writer(), 21, kMaxTrailerBytes - grown - entry.size());
    must(store.writer().commit());
    store.close();
    EXPECT_EQ(top_boxes(store.content()).back().type, "oidx");
    EXPECT_EQ(top_boxes(store.content()).back().size, kMaxTrailerBytes);
}

TEST(Trailer, AskedForStaysAtClose) {
    TestStore store;
    store.commit(2).seal(SealTrailer::kAlways);
    const ByteBuffer before = store.content();
    store.close();
    EXPECT_EQ(store.content(), before);
    expect_prototype_reads(store);
}

TEST(Trailer, IsParsedStrictly) {
    const std::string good = "{\"a\": {\"vec\": 1, \"json\": 2, \"txt\": 3}}";
    EXPECT_EQ(must(parse_trailer(good)).size(), 1U);
    for (const std::string bad : {"", "[]", "{\"a\": 1}", "{\"a\": {\"vec\": 1, \"json\": 2}}",
                                  "{\"a\": {\"vec\": -1, \"json\": 2, \"txt\": 3}}",
                                  "{\"a\": {\"vec\": 1.5, \"json\": 2, \"txt\": 3}}",
                                  "{\"a\": {\"vec\": 1, \"json\": 2, \"txt\": 3}"}) {
        EXPECT_FALSE(parse_trailer(bad)) << bad;
    }
}

}  // namespace
}  // namespace reel
