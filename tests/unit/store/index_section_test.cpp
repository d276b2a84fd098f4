// Index sections: planning, writing, rebuilding, and that a store can do without them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/store_builder.h"
#include "support/stub_maker.h"

namespace reel {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

SectionEntry old_section(uint64_t first, uint64_t count, uint64_t size = 4) {
    return {StubMaker::kKind, 1, first, count, 0, size, 0};
}

uint64_t four_each(uint64_t, uint64_t count) { return 4 * count; }

/// "first+count" of what is made, and of what is kept.
std::vector<std::string> made(const IndexPlan& plan) {
    std::vector<std::string> ranges;
    for (const auto& section : plan.made)
        ranges.push_back(std::to_string(section.first_record) + "+" + std::to_string(section.record_count));
    return ranges;
}

/// A store whose writer has a stub maker.
struct StubbedStore {
    explicit StubbedStore(std::shared_ptr<StubMaker> with = std::make_shared<StubMaker>())
        : maker(std::move(with)) {
        use_maker();
    }
    void use_maker() { store.writer().use_section_makers({maker}); }
    std::vector<SectionEntry> entries() {
        std::vector<SectionEntry> found;
        const auto snapshot = must(store.writer().snapshot());
        for (const SectionEntry& entry : snapshot->sealed()->seal.sections) {
            if (entry.kind == StubMaker::kKind) found.push_back(entry);
        }
        return found;
    }
    std::vector<std::string> ranges() {
        std::vector<std::string> found;
        for (const SectionEntry& entry : entries())
            found.push_back(std::to_string(entry.first_record) + "+" + std::to_string(entry.record_count));
        return found;
    }
    /// The numbers of all sections, one after the other.
    std::vector<uint32_t> numbers() {
        std::vector<uint32_t> found;
        for (const SectionEntry& entry : entries()) {
            const ByteView data = must(section_data(store.content(), entry, true));
            for (size_t i = 0; i < data.size(); i += 4) found.push_back(load_le<uint32_t>(data.data() + i));
        }
        return found;
    }
    /// Changes a byte of the first section behind the writer's back.
    StubbedStore& damage_first() {
        const uint64_t offset = entries().front().file_offset;
        store.close();
        ByteBuffer content = store.content();
        content[offset] ^= std::byte{1};
        store = TestStore(std::move(content));
        use_maker();
        return *this;
    }

    std::shared_ptr<StubMaker> maker;
    TestStore store;
};

TEST(IndexPlan, FillsAnEmptyStoreWithOneSection) {
    EXPECT_THAT(made(plan_index({}, 100, SealEffort::kQuick, four_each)), ElementsAre("0+100"));
    EXPECT_THAT(made(plan_index({}, 0, SealEffort::kQuick, four_each)), IsEmpty());
}

TEST(IndexPlan, LeavesWhatIsCovered) {
    const std::vector<SectionEntry> old{old_section(0, 100)};
    const IndexPlan plan = plan_index(old, 100, SealEffort::kThorough, four_each);
    EXPECT_THAT(made(plan), IsEmpty());
    EXPECT_EQ(plan.kept.size(), 1U);
}

TEST(IndexPlan, FillsGapsInTheMiddle) {
    const std::vector<SectionEntry> old{old_section(0, 1000), old_section(1100, 900)};
    EXPECT_THAT(made(plan_index(old, 2000, SealEffort::kQuick, four_each)), ElementsAre("1000+100"));
}

TEST(IndexPlan, MergesEightOfASizeQuickly) {
    std::vector<SectionEntry> old;
    old.reserve(7);
    for (uint64_t i = 0; i < 6; ++i) old.push_back(old_section(10 * i, 10));
    EXPECT_THAT(made(plan_index(old, 70, SealEffort::kQuick, four_each)), ElementsAre("60+10"));
    old.push_back(old_section(60, 10));
    const IndexPlan plan = plan_index(old, 80, SealEffort::kQuick, four_each);
    EXPECT_THAT(made(plan), ElementsAre("0+80"));
    EXPECT_EQ(plan.made[0].replaced.size(), 7U);
    EXPECT_THAT(plan.kept, IsEmpty());
}

TEST(IndexPlan, MergesThoroughlyWhatIsLessThanTwiceAsLarge) {
    const std::vector<SectionEntry> old{old_section(0, 100), old_section(100, 15)};
    EXPECT_THAT(made(plan_index(old, 125, SealEffort::kThorough, four_each)), ElementsAre("100+25"));
    EXPECT_THAT(made(plan_index(old, 160, SealEffort::kThorough, four_each)), ElementsAre("0+160"));
}

TEST(IndexPlan, CutsWhatWouldBecomeTooLarge) {
    const auto heavy = [](uint64_t, uint64_t count) { return count * (kMaxIndexSectionBytes / 40); };
    EXPECT_THAT(made(plan_index({}, 100, SealEffort::kQuick, heavy)), ElementsAre("0+40", "40+40", "80+20"));
}

TEST(IndexPlan, CutsByWeightAndNotByCount) {
    const auto heavy_end = [](uint64_t first, uint64_t count) {
        uint64_t weight = 0;
        for (uint64_t n = first; n < first + count; ++n) weight += n < 90 ? 1 : kMaxIndexSectionBytes / 4;
        return weight;
    };
    EXPECT_THAT(made(plan_index({}, 100, SealEffort::kQuick, heavy_end)),
                ElementsAre("0+93", "93+4", "97+3"));
}

TEST(IndexPlan, DoesNotRewriteMuchWhileACommitWaits) {
    std::vector<SectionEntry> old;
    old.reserve(20);
    for (uint64_t i = 0; i < 20; ++i) old.push_back(old_section(60'000 * i, 60'000));
    const IndexPlan plan = plan_index(old, 1'260'000, SealEffort::kQuick, four_each);
    EXPECT_THAT(made(plan), ElementsAre("1200000+60000"));
}

TEST(IndexPlan, DoesNotMergeBeyondTheLimit) {
    const std::vector<SectionEntry> old{old_section(0, 10, kMaxIndexSectionBytes - 10)};
    EXPECT_THAT(made(plan_index(old, 20, SealEffort::kThorough, four_each)), ElementsAre("10+10"));
}

TEST(IndexPlan, KeepsSectionsFewHoweverManySealsThereAre) {
    std::vector<SectionEntry> sections;
    uint64_t count = 0;
    uint64_t rewritten = 0;
    for (int seal = 0; seal < 5000; ++seal) {
        IndexPlan plan = plan_index(sections, count += 10, SealEffort::kQuick, four_each);
        sections = plan.kept;
        for (const auto& section : plan.made) {
            rewritten += section.record_count;
            sections.push_back(old_section(section.first_record, section.record_count));
        }
        ASSERT_LT(sections.size(), 50U);
    }
    EXPECT_LT(rewritten, 8 * count);
}

TEST(IndexSections, CoverEveryRecordOfASeal) {
    StubbedStore stubbed;
    stubbed.store.commit(30).seal();
    EXPECT_THAT(stubbed.ranges(), ElementsAre("0+30"));
    EXPECT_EQ(stubbed.numbers().at(7), test_record(7).text.size());
    EXPECT_THAT(findings(stubbed.store.file()), IsEmpty());
}

TEST(IndexSections, OfABulkCommitCoverItsPendingRecords) {
    StubbedStore stubbed;
    for (uint64_t n = 0; n < 20; ++n) must(append_test_record(stubbed.store.writer(), n));
    stubbed.store.seal();
    EXPECT_THAT(stubbed.ranges(), ElementsAre("0+20"));
    EXPECT_EQ(stubbed.numbers().at(19), test_record(19).text.size());
}

TEST(IndexSections, LeaveAValidFileWhoseTopLevelIsMediaAndMovie) {
    StubbedStore stubbed;
    stubbed.store.commit(30).seal();
    EXPECT_EQ(top_types(stubbed.store.content()), "ftyp uuid mdat free moov");
}

TEST(IndexSections, AreLeftAloneByASealWithNothingNew) {
    StubbedStore stubbed;
    stubbed.store.commit(30).seal();
    const uint64_t size = stubbed.store.size();
    stubbed.store.seal();
    EXPECT_EQ(stubbed.store.size(), size);
    EXPECT_EQ(stubbed.maker->records_made, 30U);
}

TEST(IndexSections, ThatAreDamagedAreFoundByVerifyAndMadeAnewByASeal) {
    StubbedStore stubbed;
    stubbed.store.commit(30).seal();
    stubbed.damage_first();
    EXPECT_THAT(findings(stubbed.store.file()), ElementsAre(HasSubstr("`reel seal` makes it anew")));
    stubbed.store.seal();
    EXPECT_THAT(stubbed.ranges(), ElementsAre("0+30"));
    EXPECT_THAT(findings(stubbed.store.file()), IsEmpty());
}

TEST(IndexSections, ThatAreOutOfDateAreMadeAnewByASeal) {
    StubbedStore stubbed;
    stubbed.store.commit(30).seal();
    stubbed.maker = std::make_shared<StubMaker>(1000);
    stubbed.use_maker();
    stubbed.store.seal();
    EXPECT_EQ(stubbed.numbers().at(7), test_record(7).text.size() + 1000);
}

TEST(IndexSections, AreMadeByASealForAStoreThatHadNone) {
    StubbedStore stubbed;
    stubbed.store.writer().use_section_makers({});
    stubbed.store.commit(30).seal();
    EXPECT_THAT(stubbed.ranges(), IsEmpty());
    stubbed.use_maker();
    stubbed.store.seal();
    EXPECT_THAT(stubbed.ranges(), ElementsAre("0+30"));
}

TEST(IndexSections, StayWhereAWriterDoesNotKnowTheirKind) {
    StubbedStore stubbed;
    stubbed.store.commit(30).seal();
    stubbed.store.writer().use_section_makers({});
    stubbed.store.commit(5).seal();
    EXPECT_THAT(stubbed.ranges(), ElementsAre("0+30"));
    EXPECT_THAT(findings(stubbed.store.file()), IsEmpty());
}

TEST(IndexSections, ThatCannotBeMadeDoNotStopASeal) {
    StubbedStore stubbed;
    stubbed.store.commit(30);
    stubbed.maker->fails_with = ErrorCode::kUnsupported;
    stubbed.store.seal();
    EXPECT_THAT(stubbed.ranges(), IsEmpty());
    EXPECT_THAT(stubbed.store.writer().warnings(), ElementsAre(HasSubstr("told to fail")));
    EXPECT_EQ(read_records(stubbed.store.file()).size(), 30U);
}

TEST(IndexSections, ThatAreOutOfDateStayWhereNoneCanBeMade) {
    StubbedStore stubbed;
    stubbed.store.commit(30).seal();
    stubbed.maker = std::make_shared<StubMaker>(1000);
    stubbed.maker->fails_with = ErrorCode::kUnsupported;
    stubbed.use_maker();
    stubbed.store.commit(2).seal();
    EXPECT_THAT(stubbed.ranges(), ElementsAre("0+30"));
    EXPECT_EQ(stubbed.numbers().at(7), test_record(7).text.size());
}

TEST(IndexSections, ThatCannotBeMadeAreTriedOnceInASeal) {
    StubbedStore stubbed;
    stubbed.maker->fails_with = ErrorCode::kUnsupported;
    for (uint64_t n = 0; n < 20; ++n) must(append_test_record(stubbed.store.writer(), n));
    stubbed.store.seal();
    EXPECT_EQ(top_types(stubbed.store.content()), "ftyp uuid mdat free moov");
}

TEST(IndexSections, WhoseBuildingIsStoppedLeaveASealedStoreAndAnError) {
    StubbedStore stubbed;
    stubbed.store.commit(30);
    const std::atomic<bool> stop = true;
    SealWork work{SealEffort::kThorough, {}, {}};
    work.control.cancel = &stop;
    const Status status = stubbed.store.writer().seal(SealTrailer::kWhenSmall, work);
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, ErrorCode::kInterrupted);
    EXPECT_EQ(must(stubbed.store.writer().snapshot())->sealed_count(), 30U);
    stubbed.store.seal();
    EXPECT_THAT(stubbed.ranges(), ElementsAre("0+30"));
}

TEST(IndexSections, AreCutWhereTheyWouldBecomeTooLarge) {
    StubbedStore stubbed(std::make_shared<StubMaker>(0, kMaxIndexSectionBytes / 9));
    stubbed.store.commit(20).seal();
    EXPECT_THAT(stubbed.ranges(), ElementsAre("0+9", "9+9", "18+2"));
    EXPECT_EQ(stubbed.numbers().at(19), test_record(19).text.size());
    EXPECT_THAT(findings(stubbed.store.file()), IsEmpty());
}

}  // namespace
}  // namespace reel
