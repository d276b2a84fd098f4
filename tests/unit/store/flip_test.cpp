// A flipped byte anywhere: an error, or the same answers, or one commit less; never a crash and never another
// record.
#include <gtest/gtest.h>

#include <algorithm>

#include "support/store_builder.h"

namespace reel {
namespace {

enum class Outcome : uint8_t { kSame, kError, kPrefix, kWrong };

/// Whether each record of `snapshot` is as it was or an error, and each id found or an error.
Outcome judge(const Snapshot& snapshot, const std::vector<TestRecord>& expected) {
    Outcome outcome = snapshot.count() == expected.size() ? Outcome::kSame : Outcome::kPrefix;
    if (snapshot.count() > expected.size()) return Outcome::kWrong;
    for (uint64_t n = 0; n < snapshot.count(); ++n) {
        const auto view = snapshot.view(n);
        if (!view) {
            outcome = Outcome::kError;
            continue;
        }
        ByteBuffer vector(4 * expected[n].vector.size());
        for (size_t i = 0; i < expected[n].vector.size(); ++i)
            store_be_float(vector.data() + 4 * i, expected[n].vector[i]);
        if (view->text != expected[n].text || view->metadata != expected[n].metadata ||
            !std::equal(vector.begin(), vector.end(), view->vector.begin(), view->vector.end())) {
            return Outcome::kWrong;
        }
        const auto found = snapshot.find(expected[n].id);
        if (!found) {
            outcome = Outcome::kError;
        } else if (*found != n) {
            return Outcome::kWrong;
        }
    }
    return outcome;
}

Outcome outcome_of(const ByteBuffer& content, const std::vector<TestRecord>& expected) {
    const auto reader = open_reader(MemoryFile(content));
    if (!reader) return Outcome::kError;
    const Outcome outcome = judge(*reader->snapshot, expected);
    return outcome == Outcome::kPrefix && !reader->warnings.empty() ? Outcome::kError : outcome;
}

struct Case {
    const char* name;
    std::function<void(TestStore&)> build;
};

class FlippedByte : public testing::TestWithParam<Case> {};

TEST_P(FlippedByte, NeverGivesAnotherRecord) {
    TestStore store;
    GetParam().build(store);
    store.drop();
    const auto expected = test_records(store.record_count());
    ByteBuffer content = store.content();
    ASSERT_EQ(outcome_of(content, expected), Outcome::kSame) << "without damage";
    for (size_t at = 0; at < content.size(); ++at) {
        for (const auto mask : {std::byte{0x01}, std::byte{0xC8}}) {
            content[at] ^= mask;
            const Outcome outcome = outcome_of(content, expected);
            ASSERT_NE(outcome, Outcome::kWrong) << "byte " << at << " of " << content.size();
            content[at] ^= mask;
        }
    }
}

TEST_P(FlippedByte, IsReportedByVerifyWhereARecordIsDamaged) {
    TestStore store;
    GetParam().build(store);
    store.drop();
    ByteBuffer content = store.content();
    const auto snapshot = must(open_reader(store.file())).snapshot;
    for (uint64_t n = 0; n < snapshot->count(); ++n) {
        const RecordRow row = snapshot->row(n);
        for (const uint64_t at : {row.vector_offset, row.metadata_offset + 3, row.text_offset}) {
            content[at] ^= std::byte{0x01};
            EXPECT_NE(findings(MemoryFile(content)), std::vector<std::string>()) << "record " << n;
            content[at] ^= std::byte{0x01};
        }
    }
    EXPECT_EQ(findings(MemoryFile(content)), std::vector<std::string>());
}

TEST_P(FlippedByte, DoesNotMakeAWriterCrash) {
    TestStore store;
    GetParam().build(store);
    store.drop();
    const TemporaryFolder folder;
    for (size_t at = 0; at < store.size(); at += 3) {
        ByteBuffer content = store.content();
        content[at] ^= std::byte{0x20};
        auto writer =
            Writer::open_on(std::make_unique<MemoryFile>(std::move(content), folder.path("store.mp4")));
        if (!writer) continue;
        if (append_test_record(**writer, 99)) (void)(*writer)->seal(SealTrailer::kWhenSmall);
        (void)(*writer)->close();
    }
}

/// Five records, then a deletion, a replacement, a seal and another deletion; `states[c]` is what commit c
/// shows.
struct Changed {
    ByteBuffer content;
    std::vector<std::vector<TestRecord>> states;
};

Changed changed_store() {
    TestStore store;
    Changed changed;
    changed.states.emplace_back();
    const auto commit = [&] {
        must(store.writer().commit());
        changed.states.push_back(read_records(*must(store.writer().snapshot())));
    };
    for (uint64_t n = 0; n < 5; ++n) must(append_test_record(store.writer(), n));
    commit();
    must(store.writer().remove(1));
    commit();
    must(store.writer().remove(2));
    must(store.writer().append("r2", test_record(7).vector, "{\"doc_id\": \"r2\"}", "another text"));
    commit();
    store.seal();
    must(store.writer().remove(0));
    commit();
    store.close();
    changed.content = store.content();
    return changed;
}

/// Whether each readable live record is one of its commit's, and none is missing or back again.
bool is_a_state(const ByteBuffer& content, const std::vector<std::vector<TestRecord>>& states) {
    const auto reader = open_reader(MemoryFile(content));
    if (!reader) return true;
    const Snapshot& snapshot = *reader->snapshot;
    if (snapshot.state().commit_number >= states.size()) return false;
    const auto& expected = states[snapshot.state().commit_number];
    if (snapshot.live_count() != expected.size()) return false;
    size_t i = 0;
    for (uint64_t n = 0; n < snapshot.count(); ++n) {
        if (!snapshot.live().contains(n)) continue;
        const TestRecord& record = expected[i++];
        const auto view = snapshot.view(n);
        if (view && (view->text != record.text || view->metadata != record.metadata)) return false;
    }
    return true;
}

TEST(FlippedByteOfAChangedStore, NeverBringsADeletedRecordBack) {
    Changed changed = changed_store();
    ASSERT_EQ(read_records(MemoryFile(changed.content)), changed.states.back()) << "without damage";
    for (size_t at = 0; at < changed.content.size(); ++at) {
        for (const auto mask : {std::byte{0x01}, std::byte{0xC8}}) {
            changed.content[at] ^= mask;
            ASSERT_TRUE(is_a_state(changed.content, changed.states)) << "byte " << at;
            changed.content[at] ^= mask;
        }
    }
}

INSTANTIATE_TEST_SUITE_P(
    Of, FlippedByte,
    testing::Values(Case{"Commits", [](TestStore& s) { s.commits(2).commit(2).close(); }},
                    Case{"ASeal", [](TestStore& s) { s.commit(3).seal(); }},
                    Case{"SealsAndCommits",
                         [](TestStore& s) { s.commit(2).seal().commits(2).seal().commit(2); }}),
    [](const auto& named) { return std::string(named.param.name); });

}  // namespace
}  // namespace reel
