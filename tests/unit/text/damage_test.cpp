// Damaged and forged sections: no crash, and damage is seen.
#include "base/checksum.h"
#include "text/merge_indexes.h"
#include "text_support.h"

namespace reel {
namespace {

Texts corpus() {
    std::mt19937_64 random(31);
    Texts texts;
    for (int i = 0; i < 2000; ++i) texts.push_back(random_text(random, 3 + random() % 20, 300));
    return texts;
}

/// Makes all checksums right again, as an attacker would.
void seal(ByteBuffer& section, uint64_t body_bytes) {
    const ByteBuffer table = page_checksums(ByteView(section).subspan(kIndexHeaderBytes, body_bytes));
    std::copy(table.begin(), table.end(), section.end() - static_cast<ptrdiff_t>(table.size()));
    const uint32_t table_checksum = crc32c(table);
    std::memcpy(section.data() + IndexHeader::kTableChecksum, &table_checksum, 4);
    const uint32_t checksum = crc32c(ByteView(section).first(IndexHeader::kHeaderChecksum));
    std::memcpy(section.data() + IndexHeader::kHeaderChecksum, &checksum, 4);
}

uint64_t body_bytes(const ByteBuffer& section) {
    uint64_t body = section.size() - kIndexHeaderBytes;
    while (body + page_count(body) * 4 != section.size() - kIndexHeaderBytes) --body;
    return body;
}

/// Asks for everything that can be asked; true if the index noticed damage.
bool ask_everything(const TextIndex& index, const Texts& texts) {
    const auto collection = *TextCollection::create({{0, &index}}, {texts.size() - 5, {}});
    for (const char* text : {"wa we wi", "+wa +we wo*", "\"wa we\" -wi", "w* -wa", "wae"}) {
        TextSearchStats stats;
        const auto answer =
            search_text(collection, *parse_query(text), {20, std::nullopt, {}, texts_from(texts)}, stats);
        EXPECT_TRUE(answer);
        for (const TextHit& hit : answer->hits) EXPECT_LT(hit.row, texts.size());
    }
    const std::vector<const TextIndex*> parts = {&index, &index};
    (void)merge_indexes(parts);
    return index.is_damaged();
}

TEST(DamagedTextIndex, AnUndamagedOneIsSound) {
    const Texts texts = corpus();
    const OwnedTextIndex owned = index_of(texts);
    EXPECT_TRUE(owned.index.verify());
    EXPECT_FALSE(ask_everything(owned.index, texts));
    ByteBuffer resealed = owned.bytes;
    seal(resealed, body_bytes(resealed));
    EXPECT_EQ(resealed, owned.bytes);
}

TEST(DamagedTextIndex, EveryFlippedByteIsSeen) {
    const Texts texts = corpus();
    const OwnedTextIndex owned = index_of(texts);
    for (size_t at = 0; at < owned.bytes.size(); at += at < 200 ? 1 : 211) {
        ByteBuffer bytes = owned.bytes;
        bytes[at] ^= std::byte{0x10};
        const auto index = TextIndex::parse(bytes, texts.size());
        if (!index) continue;
        ASSERT_FALSE(index->verify()) << at;
        ASSERT_TRUE(index->is_damaged());
    }
}

TEST(DamagedTextIndex, IsNamedSoThatAnotherTakesItsPlace) {
    const Texts texts = corpus();
    const OwnedTextIndex owned = index_of(texts);
    ByteBuffer bytes = owned.bytes;
    bytes[kIndexHeaderBytes + 3000] ^= std::byte{1};  // in the lengths or the postings: the first page
    const auto damaged = *TextIndex::parse(bytes, texts.size());
    const auto ask = [&](const TextIndex& index) {
        const auto collection = *TextCollection::create({{0, &index}}, {texts.size(), {}});
        TextSearchStats stats;
        return *search_text(collection, *parse_query("wa we"), {}, stats);
    };
    const TextAnswer answer = ask(damaged);
    EXPECT_EQ(answer.damaged_parts, std::vector<size_t>{0});
    EXPECT_TRUE(answer.hits.empty());
    EXPECT_EQ(ask(owned.index).hits.size(), 10U);
    const std::vector<ReusableIndex> reuse = {{0, &damaged}};
    EXPECT_EQ(*build_text_index(texts.size(), texts_from(texts), {}, reuse, {}), owned.bytes);
}

TEST(DamagedTextIndex, DamageThatIsNotTouchedDoesNotMatter) {
    const Texts texts = corpus();
    const OwnedTextIndex owned = index_of(texts);
    const TermRows rows = owned.index.find("wu");
    ASSERT_GT(rows.offset, 2 * kPageBytes);
    ByteBuffer bytes = owned.bytes;
    bytes[kIndexHeaderBytes + kPageBytes + 10] ^= std::byte{1};  // rows of other terms
    const auto index = *TextIndex::parse(bytes, texts.size());
    const auto collection = *TextCollection::create({{0, &index}}, {texts.size(), {}});
    TextSearchStats stats;
    EXPECT_EQ(search_text(collection, *parse_query("wu"), {}, stats)->hits.size(), 10U);
    EXPECT_FALSE(index.is_damaged());
    EXPECT_FALSE(index.verify());
}

TEST(ForgedTextIndex, NeverCrashesOrHangs) {
    const Texts texts = corpus();
    const OwnedTextIndex owned = index_of(texts);
    const uint64_t body = body_bytes(owned.bytes);
    std::mt19937_64 random(32);
    size_t parsed = 0;
    size_t noticed = 0;
    for (int i = 0; i < 1500; ++i) {
        ByteBuffer bytes = owned.bytes;
        const size_t changes = 1 + random() % 20;
        const bool is_header = random() % 4 == 0;
        for (size_t change = 0; change < changes; ++change) {
            const size_t at = is_header ? 32 + random() % 32 : kIndexHeaderBytes + random() % body;
            bytes[at] = random() % 3 == 0 ? std::byte{0xFF} : static_cast<std::byte>(random());
        }
        seal(bytes, body);
        const auto index = TextIndex::parse(bytes, texts.size());
        if (!index) continue;
        ++parsed;
        noticed += ask_everything(*index, texts) ? 1 : 0;
    }
    EXPECT_GT(parsed, 500U);
    EXPECT_GT(noticed, 100U);
}

TEST(ForgedTextIndex, EveryTruncationIsRefused) {
    const OwnedTextIndex owned = index_of({"a few words", "and more"});
    for (size_t size = 0; size < owned.bytes.size(); ++size) {
        EXPECT_FALSE(TextIndex::parse(ByteView(owned.bytes).first(size), 2)) << size;
    }
    EXPECT_TRUE(TextIndex::parse(owned.bytes, 2));
    EXPECT_FALSE(TextIndex::parse(owned.bytes, 3));
}

}  // namespace
}  // namespace reel
