// Files that somebody made with right checksums and wrong contents.
#include <gtest/gtest.h>

#include "store/chain.h"
#include "store/compact.h"
#include "store/history.h"
#include "support/store_builder.h"

namespace reel {
namespace {

/// Overwrites the end of `content` at `end` with `box`, whose checksum is made right; returns where it
/// begins.
template <class Box>
uint64_t put_before(ByteBuffer& content, uint64_t end, const Box& box) {
    ByteBuffer bytes;
    write_checksummed(bytes, box, 0);
    std::copy(bytes.begin(), bytes.end(), content.begin() + static_cast<ptrdiff_t>(end - bytes.size()));
    return end - bytes.size();
}

/// A sealed store of one record, whose only commit says that it has `count`.
ByteBuffer store_with_count(uint64_t count) {
    const auto shared = std::make_shared<MemoryFile>();
    auto writer = must(Writer::create_on(std::make_unique<SharedFile>(shared), test_config()));
    must(append_test_record(*writer, 0));
    must(writer->seal(SealTrailer::kWhenSmall));
    ByteBuffer content = shared->content();
    const auto snapshot = must(writer->snapshot());
    const SealedPart& sealed = *snapshot->sealed();
    CommitRecordBox commit =
        must(read_commit_record(content, sealed.seal.own_offset, writer->identity().file_id));
    commit.record_count = count;
    commit.chain_hash = chain_hash(commit);
    SealRecordBox seal = sealed.seal;
    seal.chain_hash = commit.chain_hash;
    put_before(content, put_before(content, sealed.movie_end, seal), commit);
    return content;
}

Result<std::unique_ptr<Writer>> compacted(const ByteBuffer& content) {
    auto writer = must(Writer::open_on(std::make_unique<MemoryFile>(content)));
    return copy_compacted(*writer, std::make_unique<MemoryFile>(), KeepHistory::kYes);
}

TEST(AForgedCommit, OfMoreRecordsThanThereAreIsNotCopied) {
    EXPECT_TRUE(compacted(store_with_count(1))) << "the right number";
    for (const uint64_t count : {uint64_t{0}, uint64_t{2}, uint64_t{100'000}, UINT64_MAX}) {
        const auto copy = compacted(store_with_count(count));
        ASSERT_FALSE(copy) << count;
        EXPECT_EQ(copy.error().code, ErrorCode::kCorrupt);
    }
}

TEST(AForgedCommit, OfMoreRecordsThanThereAreIsFoundByVerify) {
    EXPECT_EQ(findings(MemoryFile(store_with_count(1))), std::vector<std::string>());
    EXPECT_NE(findings(MemoryFile(store_with_count(100'000))), std::vector<std::string>());
}

}  // namespace
}  // namespace reel
