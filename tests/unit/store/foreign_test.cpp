// Files that are not of this format: the prototype's, and movies without an identity.
#include <gtest/gtest.h>

#include <fstream>

#include "boxes/box_header.h"
#include "boxes/record_boxes.h"
#include "boxes/store_boxes.h"
#include "support/store_builder.h"

namespace reel {
namespace {

ByteBuffer read_whole(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    return {as_bytes(text).begin(), as_bytes(text).end()};
}

ByteBuffer reference() { return read_whole(std::string(REEL_REFERENCE_FOLDER) + "/store.mp4"); }

void expect_reference_records(const ByteBuffer& content, FileKind kind) {
    const auto snapshot = must(open_reader(MemoryFile(content))).snapshot;
    EXPECT_EQ(snapshot->kind(), kind);
    EXPECT_EQ(snapshot->dimension(), 768U);
    EXPECT_EQ(snapshot->config().embedder.model, "nomic-embed-text");
    const auto records = read_records(*snapshot);
    ASSERT_EQ(records.size(), 5U);
    for (size_t n = 0; n < 5; ++n) {
        EXPECT_EQ(records[n].id, std::to_string(n));
        EXPECT_EQ(records[n].metadata, "{\"doc_id\": \"" + std::to_string(n) + "\", \"source\": \"mock\"}");
        EXPECT_FALSE(records[n].text.empty());
        EXPECT_EQ(must(snapshot->find(std::to_string(n))), n);
    }
    EXPECT_EQ(must(snapshot->find("5")), std::nullopt);
    EXPECT_EQ(findings(MemoryFile(content)), std::vector<std::string>());
}

ByteBuffer without_trailer(ByteBuffer content) {
    content.resize(top_boxes(content).back().offset);
    return content;
}

TEST(Prototype, IsReadThroughItsTrailer) { expect_reference_records(reference(), FileKind::kPrototype); }

TEST(Prototype, WithoutATrailerIsReadByWalking) {
    expect_reference_records(without_trailer(reference()), FileKind::kRecords);
}

TEST(Prototype, InsideAnMdatIsReadByWalking) {
    const ByteBuffer records = without_trailer(reference());
    ByteBuffer content(8);
    store_be(content.data(), static_cast<uint32_t>(8 + records.size()));
    store_be(content.data() + 4, kMediaDataBox.value);
    append(content, records);
    expect_reference_records(content, FileKind::kRecords);
}

TEST(Prototype, TornInItsLastRecordKeepsTheOthers) {
    ByteBuffer content = without_trailer(reference());
    content.resize(content.size() - 1);
    EXPECT_EQ(read_records(MemoryFile(content)).size(), 4U);
}

TEST(Prototype, IsNotWrittenTo) {
    const auto writer = Writer::open_on(std::make_unique<MemoryFile>(reference()));
    ASSERT_FALSE(writer);
    EXPECT_EQ(writer.error().code, ErrorCode::kUnsupported);
    EXPECT_NE(writer.error().message.find("convert"), std::string::npos);
}

/// The reference with `from` in its trailer replaced by `to` of the same length.
ByteBuffer with_trailer_text(const std::string& from, const std::string& to) {
    ByteBuffer content = reference();
    const uint64_t trailer = top_boxes(content).back().offset;
    const size_t at = as_text(content).find(from, trailer);
    EXPECT_NE(at, std::string_view::npos);
    EXPECT_EQ(from.size(), to.size());
    std::copy(as_bytes(to).begin(), as_bytes(to).end(), content.begin() + static_cast<ptrdiff_t>(at));
    return content;
}

TEST(Prototype, WithALyingTrailerIsReadByWalking) {
    expect_reference_records(with_trailer_text("\"json\": 3080", "\"json\": 3081"), FileKind::kRecords);
    expect_reference_records(with_trailer_text("\"vec\": 3163", "\"vec\": 9999"), FileKind::kRecords);
    expect_reference_records(with_trailer_text("\"txt\": 3121", "\"txt\": 3080"), FileKind::kRecords);
}

TEST(Prototype, WithATrailerThatIsNoJsonIsReadByWalking) {
    expect_reference_records(with_trailer_text("{\"0\"", "[\"0\""), FileKind::kRecords);
}

TEST(Prototype, EveryFlippedByteIsReadOrRefused) {
    ByteBuffer content = reference();
    for (size_t at = 0; at < content.size(); at += at < 200 || at > 15'700 ? 1 : 97) {
        content[at] ^= std::byte{0x21};
        const auto reader = open_reader(MemoryFile(content));
        if (reader) {
            for (uint64_t n = 0; n < reader->snapshot->count(); ++n) (void)reader->snapshot->view(n);
        }
        content[at] ^= std::byte{0x21};
    }
}

// --- A movie whose identity and seal record are gone ---

void overwrite_type(ByteBuffer& content, uint64_t header_offset) {
    store_be(content.data() + header_offset + 4, kFreeBox.value);
}

/// A sealed store with our `uuid` boxes turned into `free`.
ByteBuffer plain_movie(uint64_t records) {
    TestStore store;
    store.commit(records).seal().drop();
    ByteBuffer content = store.content();
    for (const TopBox& box : top_boxes(content)) {
        if (box.type == "uuid") overwrite_type(content, box.offset);
        if (box.type != "moov") continue;
        BoxCursor cursor(ByteView(content).subspan(box.offset + 8, box.size - 8), box.offset + 8);
        std::vector<uint64_t> own;
        while (const auto child = must(cursor.next())) {
            if (child->type == kExtendedBox) own.push_back(child->offset);
        }
        for (const uint64_t offset : own) overwrite_type(content, offset);
    }
    return content;
}

TEST(PlainMovie, IsReadThroughItsTables) {
    const auto snapshot = must(open_reader(MemoryFile(plain_movie(6)))).snapshot;
    EXPECT_EQ(snapshot->kind(), FileKind::kTables);
    EXPECT_EQ(read_records(*snapshot), test_records(6));
    EXPECT_EQ(must(snapshot->find("r4")), 4U);
}

TEST(PlainMovie, WithoutAnIdentityButWithASealRecordIsADamagedStore) {
    TestStore store;
    store.commit(2).seal().drop();
    ByteBuffer content = store.content();
    overwrite_type(content, top_boxes(content)[1].offset);
    const auto reader = open_reader(MemoryFile(content));
    ASSERT_FALSE(reader);
    EXPECT_EQ(reader.error().code, ErrorCode::kCorrupt);
    EXPECT_NE(reader.error().message.find("repair"), std::string::npos);
}

TEST(PlainMovie, WithDamagedTablesIsReadOrRefused) {
    ByteBuffer content = plain_movie(3);
    for (size_t at = 0; at < content.size(); ++at) {
        content[at] ^= std::byte{0x81};
        if (const auto reader = open_reader(MemoryFile(content))) {
            for (uint64_t n = 0; n < reader->snapshot->count(); ++n) (void)reader->snapshot->view(n);
        }
        content[at] ^= std::byte{0x81};
    }
}

// --- Anything else ---

ErrorCode open_code(ByteBuffer content) {
    const auto reader = open_reader(MemoryFile(std::move(content)));
    EXPECT_FALSE(reader);
    return reader ? ErrorCode::kIo : reader.error().code;
}

TEST(AnyFile, ThatIsNoMp4IsRefused) {
    const std::string text = "This is not a store at all, but a text of some length.";
    EXPECT_EQ(open_code({as_bytes(text).begin(), as_bytes(text).end()}), ErrorCode::kInvalidArgument);
    EXPECT_EQ(open_code(ByteBuffer(1000)), ErrorCode::kInvalidArgument);
    EXPECT_EQ(open_code({}), ErrorCode::kInvalidArgument);
    EXPECT_EQ(open_code(ByteBuffer(3)), ErrorCode::kInvalidArgument);
}

TEST(AnyFile, ThatIsAnMp4WithoutRecordsIsRefused) {
    const std::string box(
        "\0\0\0\x10"
        "ftypisom\0\0\2\0\0\0\0\x08"
        "mdat",
        24);
    EXPECT_EQ(open_code({as_bytes(box).begin(), as_bytes(box).end()}), ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace reel
