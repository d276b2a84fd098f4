// Offsets beyond 4 GiB, without writing as much.
#include <gtest/gtest.h>

#include "base/checksum.h"
#include "boxes/box_header.h"
#include "boxes/record_boxes.h"
#include "container/fragment.h"
#include "store/chain.h"
#include "support/sparse_file.h"
#include "support/store_builder.h"

namespace reel {
namespace {

constexpr uint64_t kGiB = uint64_t{1} << 30U;

void append_header(ByteBuffer& out, uint64_t size, FourCC type) {
    out.resize(out.size() + 8);
    store_be(out.data() + out.size() - 8, static_cast<uint32_t>(size));
    store_be(out.data() + out.size() - 4, type.value);
}

/// A store on a sparse file whose commits may have an mdat of nothing but a hole before their records.
class LargeStore {
public:
    LargeStore() { must(must(Writer::create_on(open(), test_config()))->commit()); }

    [[nodiscard]] std::unique_ptr<File> open() const { return std::make_unique<SharedFile>(file_); }
    [[nodiscard]] std::unique_ptr<Writer> writer() const { return must(Writer::open_on(open())); }
    [[nodiscard]] const File& file() const { return *file_; }
    [[nodiscard]] uint64_t record_count() const { return records_; }
    [[nodiscard]] uint64_t size() const { return must(file_->size()); }

    /// Writes by hand what a writer would have: a hole of `gap` bytes, records, their fragment, and
    /// one more commit, so that nobody writes the hole again for being unsure of it.
    void commit_behind_hole(uint64_t gap, uint64_t count) {
        forge(gap, count);
        forge(0, 1);
    }

    void commit_and_seal(uint64_t count) {
        const auto own = writer();
        for (uint64_t i = 0; i < count; ++i) must(append_test_record(*own, records_++));
        must(own->seal(SealTrailer::kWhenSmall));
        must(own->close());
    }

    [[nodiscard]] std::vector<TopBox> boxes() const {
        std::vector<TopBox> found;
        for (uint64_t at = 0; at < size();) {
            const BoxHeader header = must(read_box_header(*file_, at, size()));
            found.push_back({header.type.text(), at, header.size});
            at = header.end();
        }
        return found;
    }

private:
    void forge(uint64_t gap, uint64_t count) {
        const ReaderState reader = must(open_reader(*file_));
        const ChainState state = reader.snapshot->state();
        const uint64_t end = reader.snapshot->bytes().size();
        must(file_->truncate(end));
        ByteBuffer out;
        if (gap > 0) append_header(out, gap, kMediaDataBox);
        must(file_->write_at(end, out));
        const uint64_t start = end + gap;
        ByteBuffer media(8);
        CommitRecordBox commit;
        std::vector<RecordRow> rows;
        for (uint64_t i = 0; i < count; ++i) {
            const TestRecord record = test_record(records_++);
            const size_t at = media.size();
            rows.push_back(append_record(media, start + at,
                                         {to_big_endian(record.vector), record.metadata, record.text}));
            commit.record_checksums.push_back(crc32c(ByteView(media).subspan(at)));
        }
        store_be(media.data(), static_cast<uint32_t>(media.size()));
        store_be(media.data() + 4, kMediaDataBox.value);
        commit.file_id = reader.identity.file_id;
        commit.own_offset = start + media.size();
        commit.previous_commit_offset = state.commit_offset;
        commit.commit_number = state.commit_number + 1;
        commit.first_record_number = state.next_record_number;
        commit.record_count = count;
        commit.durable_through = state.commit_number;
        commit.previous_hash = state.hash;
        commit.boxes_hash = sha256(ByteView(media).subspan(8));
        commit.chain_hash = chain_hash(commit);
        append_fragment(media, commit, rows, kTestDimension);
        must(file_->write_at(start, media));
    }

    std::shared_ptr<SparseFile> file_ = std::make_shared<SparseFile>(20 * kGiB);
    uint64_t records_ = 0;
};

std::string types_of(const std::vector<TopBox>& boxes) {
    std::string types;
    for (const TopBox& box : boxes) types += (types.empty() ? "" : " ") + box.type;
    return types;
}

void expect_whole(const LargeStore& store) {
    EXPECT_EQ(read_records(store.file()), test_records(store.record_count()));
    EXPECT_EQ(findings(store.file()), std::vector<std::string>());
    for (const TopBox& box : store.boxes()) EXPECT_LE(box.size, kMaxSmallBox);
}

TEST(LargeStore, CommitsBehind4GiB) {
    LargeStore store;
    store.commit_behind_hole(3 * kGiB, 2);
    store.commit_and_seal(2);
    store.commit_behind_hole(3 * kGiB, 2);
    ASSERT_GT(store.size(), 6 * kGiB);
    expect_whole(store);
    EXPECT_GT(must(open_reader(store.file())).snapshot->row(6).text_offset, uint64_t{1} << 32U);
}

TEST(LargeStore, SealsBehind4GiBAndIsFoundAndReadThroughItsTables) {
    LargeStore store;
    for (int i = 0; i < 3; ++i) {
        store.commit_behind_hole(3 * kGiB, 3);
        store.commit_and_seal(4);
    }
    expect_whole(store);
    const auto snapshot = must(open_reader(store.file())).snapshot;
    EXPECT_EQ(snapshot->sealed_count(), store.record_count());
    for (uint64_t n = 0; n < store.record_count(); ++n)
        EXPECT_EQ(must(snapshot->find("r" + std::to_string(n))), n);
}

TEST(LargeStore, ItsTrailerGivesOffsetsBehind4GiB) {
    LargeStore store;
    store.commit_behind_hole(3 * kGiB, 1);
    store.commit_and_seal(1);
    store.commit_behind_hole(3 * kGiB, 1);
    store.commit_and_seal(1);
    EXPECT_EQ(store.boxes().back().type, "oidx");
    expect_whole(store);
}

/// Leaves `room` bytes of the 4 GiB that a cover may have behind the last commit.
void fill_segment(LargeStore& store, uint64_t room) {
    const auto boxes = store.boxes();
    const uint64_t free_offset = boxes[boxes.size() - 2].offset;
    LargeStore sized;  // how large the two commits are apart from the hole
    const uint64_t before = sized.size();
    sized.commit_behind_hole(8, 3);
    const uint64_t commits = sized.size() - before - 8;
    store.commit_behind_hole(kMaxSmallBox - room - commits - (store.size() - free_offset), 3);
}

TEST(Cover, HoldsTheSectionsWhereItStaysBelow4GiB) {
    LargeStore store;
    fill_segment(store, 1000);
    store.commit_and_seal(0);
    EXPECT_EQ(types_of(store.boxes()), "ftyp uuid mdat free moov oidx");
    expect_whole(store);
}

TEST(Cover, EndsWithTheLastCommitWhereTheSectionsWouldReach4GiB) {
    LargeStore store;
    fill_segment(store, 40);
    store.commit_and_seal(0);
    EXPECT_EQ(types_of(store.boxes()), "ftyp uuid mdat mdat free moov oidx");
    expect_whole(store);
    store.commit_and_seal(5);
    expect_whole(store);
}

TEST(Cover, EndsWithTheLastCommitWhereALargeBatchFollows) {
    LargeStore store;
    fill_segment(store, 40);
    store.commit_and_seal(3);
    EXPECT_EQ(types_of(store.boxes()), "ftyp uuid mdat mdat mdat free moov oidx");
    expect_whole(store);
}

}  // namespace
}  // namespace reel
