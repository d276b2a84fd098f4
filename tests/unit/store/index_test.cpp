// Sections: ids found through them, merged by size, rebuilt where they are damaged.
#include <gtest/gtest.h>

#include <cmath>

#include "store/seal_plan.h"
#include "support/store_builder.h"

namespace reel {
namespace {

std::vector<SectionEntry> sections_of(const File& file, FourCC kind) {
    std::vector<SectionEntry> found;
    const auto snapshot = must(open_reader(file)).snapshot;
    for (const SectionEntry& entry : snapshot->sealed()->seal.sections) {
        if (entry.kind == kind) found.push_back(entry);
    }
    return found;
}

void expect_all_found(const Snapshot& snapshot, uint64_t count) {
    for (uint64_t n = 0; n < count; ++n) ASSERT_EQ(must(snapshot.find("r" + std::to_string(n))), n);
    EXPECT_EQ(must(snapshot.find("r" + std::to_string(count))), std::nullopt);
    EXPECT_EQ(must(snapshot.find("")), std::nullopt);
}

TEST(Sections, FindEveryIdOverManySealsAndBehindThem) {
    TestStore store;
    for (uint64_t i = 1; i <= 12; ++i) store.commit(i % 4 + 1).seal();
    store.commit(3);
    expect_all_found(*must(open_reader(store.file())).snapshot, store.record_count());
    EXPECT_EQ(findings(store.file()), std::vector<std::string>());
}

TEST(Sections, StayFewOverManySeals) {
    TestStore store;
    for (int i = 0; i < 70; ++i) {
        store.commit(3).seal();
        const auto bound = static_cast<size_t>(std::log2(static_cast<double>(store.record_count()))) + 2;
        ASSERT_LE(sections_of(store.file(), kIdSection).size(), bound);
        ASSERT_LE(sections_of(store.file(), kChecksumSection).size(), bound);
    }
    EXPECT_EQ(findings(store.file()), std::vector<std::string>());
    expect_all_found(*must(open_reader(store.file())).snapshot, 210);
}

TEST(Sections, CoverEveryRecordOnce) {
    TestStore store;
    for (uint64_t i = 0; i < 9; ++i) store.commit(2 * i + 1).seal();
    for (const FourCC kind : {kIdSection, kChecksumSection}) {
        uint64_t next = 0;
        for (const SectionEntry& entry : sections_of(store.file(), kind)) {
            EXPECT_EQ(entry.first_record, next);
            next += entry.record_count;
        }
        EXPECT_EQ(next, store.record_count());
    }
}

TEST(Sections, OfASmallSealLeaveALargeOneAlone) {
    TestStore store;
    store.commit(40).seal();
    const uint64_t first = sections_of(store.file(), kIdSection)[0].file_offset;
    store.commit(2).seal();
    const auto sections = sections_of(store.file(), kIdSection);
    ASSERT_EQ(sections.size(), 2U);
    EXPECT_EQ(sections[0].file_offset, first);
    EXPECT_EQ(sections[1].record_count, 2U);
}

/// The store with one byte of each section of `kind` changed.
ByteBuffer with_damaged(const TestStore& store, FourCC kind) {
    ByteBuffer content = store.content();
    for (const SectionEntry& entry : sections_of(store.file(), kind))
        content[entry.file_offset + 3] ^= std::byte{4};
    return content;
}

TEST(DamagedSection, OfIdsIsRebuiltInMemory) {
    TestStore store;
    store.commit(20).seal().commit(2).seal().commit(1).drop();
    TestStore damaged(with_damaged(store, kIdSection));
    expect_all_found(*must(open_reader(damaged.file())).snapshot, 23);
    EXPECT_NE(findings(damaged.file()), std::vector<std::string>());
    EXPECT_TRUE(must(damaged.writer().find("r5")));
    EXPECT_FALSE(must(damaged.writer().find("r50")));
}

TEST(DamagedSection, OfIdsIsReplacedByASealThatMergesIt) {
    TestStore store;
    store.commit(20).seal().drop();
    TestStore damaged(with_damaged(store, kIdSection));
    damaged.commit(30).seal();
    EXPECT_EQ(findings(damaged.file()), std::vector<std::string>());
    expect_all_found(*must(open_reader(damaged.file())).snapshot, 50);
}

TEST(DamagedSection, OfChecksumsStopsNeitherReadingNorWriting) {
    TestStore store;
    store.commit(20).seal().drop();
    TestStore damaged(with_damaged(store, kChecksumSection));
    EXPECT_EQ(read_records(damaged.file()), test_records(20));
    EXPECT_NE(findings(damaged.file()), std::vector<std::string>());
    damaged.commit(30).seal();
    EXPECT_EQ(read_records(damaged.file()), test_records(50));
    EXPECT_NE(findings(damaged.file()), std::vector<std::string>())
        << "a merge must not bless what was damaged";
}

TEST(Find, OfAnIdThatIsThereTwiceGivesTheLater) {
    TestStore store;
    for (int i = 0; i < 2; ++i) {
        must(store.writer().append("twin", test_record(0).vector, "{\"doc_id\": \"twin\"}", "t"));
        must(store.writer().commit());
    }
    EXPECT_EQ(must(must(open_reader(store.file())).snapshot->find("twin")), 1U);
    store.seal();
    EXPECT_EQ(must(must(open_reader(store.file())).snapshot->find("twin")), 1U);
    EXPECT_NE(findings(store.file()), std::vector<std::string>());
}

// --- The plan alone ---

SectionEntry section(uint64_t first, uint64_t count) { return {kIdSection, 1, first, count, 0, 0, 0}; }

TEST(SealPlan, MergesNeighboursThatAreLessThanTwiceAsLarge) {
    const std::vector<SectionEntry> old = {section(0, 100), section(100, 10), section(110, 4)};
    EXPECT_EQ(plan_section(old, kIdSection, 114, 116).replaced.size(), 0U);
    EXPECT_EQ(plan_section(old, kIdSection, 114, 117).replaced.size(), 2U);
    EXPECT_EQ(plan_section(old, kIdSection, 114, 117).first_record, 100U);
    EXPECT_EQ(plan_section(old, kIdSection, 114, 117).record_count, 17U);
    EXPECT_EQ(plan_section(old, kIdSection, 114, 200).record_count, 200U);
    EXPECT_EQ(plan_section(old, kIdSection, 114, 114).record_count, 0U);
    EXPECT_EQ(plan_section(old, kChecksumSection, 114, 116).replaced.size(), 0U);
}

}  // namespace
}  // namespace reel
