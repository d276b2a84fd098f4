// Which boxes stand where after each step: docs/format.md, "Top level".
#include <gtest/gtest.h>

#include "boxes/box_header.h"
#include "boxes/record_boxes.h"
#include "store/recovery.h"
#include "support/store_builder.h"

namespace reel {
namespace {

std::vector<TopBox> boxes_of(const TestStore& store, const std::string& type) {
    std::vector<TopBox> found;
    for (const TopBox& box : top_boxes(store.content())) {
        if (box.type == type) found.push_back(box);
    }
    return found;
}

/// Each movie and each free box before one stands at a multiple of 16.
void expect_aligned_movies(const TestStore& store) {
    const auto boxes = top_boxes(store.content());
    for (size_t i = 1; i < boxes.size(); ++i) {
        if (boxes[i].type != "moov") continue;
        EXPECT_EQ(boxes[i].offset % 16, 0U);
        EXPECT_EQ(boxes[i - 1].type, "free");
        EXPECT_EQ(boxes[i - 1].size, 16U);
        EXPECT_EQ(boxes[i - 1].offset % 16, 0U);
    }
}

void expect_types(const TestStore& store, const std::string& types) {
    EXPECT_EQ(top_types(store.content()), types);
    expect_aligned_movies(store);
}

TEST(Layout, OfANewStore) { expect_types(TestStore(), "ftyp uuid free moov"); }

TEST(Layout, OfCommits) {
    TestStore store;
    expect_types(store.commit(3), "ftyp uuid free moov mdat moof");
    expect_types(store.commit(1), "ftyp uuid free moov mdat moof mdat moof");
}

TEST(Layout, ASealCoversWhatWasBefore) {
    TestStore store;
    expect_types(store.commits(2).seal(), "ftyp uuid mdat free moov");
    expect_types(store.commit(1), "ftyp uuid mdat free moov mdat moof");
    expect_types(store.seal(), "ftyp uuid mdat mdat free moov");
    expect_types(store.commits(2).seal().close(), "ftyp uuid mdat mdat mdat free moov oidx");
}

TEST(Layout, ACoverReachesToTheFreeBoxOfTheNewMovie) {
    TestStore store;
    const uint64_t old_free = boxes_of(store, "free")[0].offset;
    store.commit(2).seal();
    const TopBox cover = boxes_of(store, "mdat")[0];
    EXPECT_EQ(cover.offset, old_free);
    EXPECT_EQ(cover.offset + cover.size, boxes_of(store, "free")[0].offset);
}

TEST(Layout, ALargeBatchHasNoFragment) {
    TestStore store;
    expect_types(store.commit(20, 65'536), "ftyp uuid mdat free moov");
}

TEST(Layout, TheTrailerIsCutByTheNextAppend) {
    TestStore store;
    expect_types(store.commit(1).close(), "ftyp uuid free moov mdat moof oidx");
    expect_types(store.commit(1), "ftyp uuid free moov mdat moof mdat moof");
    expect_types(store.close(), "ftyp uuid free moov mdat moof mdat moof oidx");
}

TEST(Layout, AnAppendThatIsDroppedLeavesNothing) {
    TestStore store;
    store.commit(1).seal();
    const ByteBuffer before = store.content();
    must(append_test_record(store.writer(), 1));
    store.drop();
    EXPECT_EQ(store.content(), before);
}

TEST(Layout, OpeningForReadingOrWritingChangesNothing) {
    TestStore store;
    store.commits(2).seal().commit(1).close();
    const ByteBuffer before = store.content();
    store.writer();
    EXPECT_EQ(store.content(), before);
    (void)must(open_reader(store.file()));
    EXPECT_EQ(store.content(), before);
}

TEST(Layout, RecordsStandInThePrototypesBoxes) {
    TestStore store;
    store.commit(4);
    const TopBox media = boxes_of(store, "mdat")[0];
    BoxCursor cursor(ByteView(store.content()).subspan(media.offset + 8, media.size - 8));
    std::string types;
    while (const auto header = must(cursor.next())) types += header->type.text() + " ";
    EXPECT_EQ(types, "vct1 json txt1 vct1 json txt1 vct1 json txt1 vct1 json txt1 free ");
}

TEST(Layout, TheSampleOfAnEmptyTextIsOneLineFeed) {
    TestStore store;
    store.commit(4).seal();
    const RecordRow row = must(store.writer().snapshot())->row(3);
    EXPECT_EQ(row.text_size, 1U);
    EXPECT_EQ(store.content()[row.text_offset], std::byte{'\n'});
    EXPECT_EQ(read_records(store.file())[3].text, "");
}

TEST(Mark, IsWrittenAtCloseWhereMuchIsNotStatedToBeDurable) {
    TestStore store;
    // One commit of nearly the bytes that make a seal, then one more.
    store.commit(10, 65'536).commit(5, 65'536);
    const uint64_t before = store.size();
    ASSERT_EQ(boxes_of(store, "free").size(), 1U);
    store.close();
    EXPECT_EQ(boxes_of(store, "free").size(), 1U) << "the last commit is below 1 MiB";
    EXPECT_GE(store.size(), before);
}

/// A store whose sealed part is so large that the next MiB is no seal yet.
TestStore store_before_mark() {
    TestStore store;
    for (int i = 0; i < 20; ++i) store.commit(2000);
    store.seal();
    store.commit(25, 65'536);
    return store;
}

TEST(Mark, SaysThatTheLastCommitIsDurable) {
    TestStore store = store_before_mark();
    ASSERT_EQ(boxes_of(store, "moof").size(), 1U);
    EXPECT_EQ(must(open_reader(store.file())).durable_through, 20U);
    store.close();
    EXPECT_EQ(boxes_of(store, "free").size(), 2U);
    EXPECT_EQ(must(open_reader(store.file())).durable_through, 21U);
    EXPECT_EQ(findings(store.file()), std::vector<std::string>());
}

TEST(Mark, StaysWhenTheStoreIsWrittenToAgain) {
    TestStore store = store_before_mark();
    store.close();
    const TopBox mark = boxes_of(store, "free").back();
    const ByteBuffer bytes(store.content().begin() + static_cast<ptrdiff_t>(mark.offset),
                           store.content().begin() + static_cast<ptrdiff_t>(mark.offset + mark.size));
    store.commit(1).seal().commit(1).close();
    EXPECT_TRUE(std::equal(bytes.begin(), bytes.end(),
                           store.content().begin() + static_cast<ptrdiff_t>(mark.offset)));
    EXPECT_EQ(findings(store.file()), std::vector<std::string>());
}

}  // namespace
}  // namespace reel
