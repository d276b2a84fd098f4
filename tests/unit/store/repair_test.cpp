// One kind of damage a test: exactly which records come back, and what is said of the others.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "base/metadata.h"
#include "boxes/box_header.h"
#include "boxes/store_boxes.h"
#include "container/movie_writer.h"
#include "support/box_builder.h"
#include "support/repair_bytes.h"

namespace reel {
namespace {

using Ids = std::vector<std::string>;
using Numbers = std::vector<uint64_t>;

void zero(ByteBuffer& content, uint64_t offset, uint64_t size) {
    std::fill_n(content.begin() + static_cast<ptrdiff_t>(offset), size, std::byte{0});
}

void flip(ByteBuffer& content, uint64_t offset) { content[offset] ^= std::byte{0x01}; }

void insert(ByteBuffer& content, uint64_t offset, const ByteBuffer& bytes) {
    content.insert(content.begin() + static_cast<ptrdiff_t>(offset), bytes.begin(), bytes.end());
}

void cut(ByteBuffer& content, uint64_t offset, uint64_t size) {
    const auto at = content.begin() + static_cast<ptrdiff_t>(offset);
    content.erase(at, at + static_cast<ptrdiff_t>(size));
}

uint64_t find(const ByteBuffer& content, std::string_view needle, uint64_t from = 0) {
    const size_t at = as_text(content).find(needle, from);
    if (at == std::string_view::npos) throw std::runtime_error("not there: " + std::string(needle));
    return at;
}

/// File offset of record n's vct1.
uint64_t record_offset(const ByteBuffer& content, uint64_t n) {
    return must(open_reader(MemoryFile(content))).snapshot->row(n).vector_offset - 8;
}

std::vector<TopBox> boxes_of(const ByteBuffer& content, const std::string& type) {
    std::vector<TopBox> boxes = top_boxes(content);
    std::erase_if(boxes, [&](const TopBox& box) { return box.type != type; });
    return boxes;
}

ByteBuffer part_of(const ByteBuffer& content, const TopBox& box) {
    const auto first = content.begin() + static_cast<ptrdiff_t>(box.offset);
    return {first, first + static_cast<ptrdiff_t>(box.size)};
}

/// The first box of `type` wherever it stands, inside a cover as well.
TopBox first_inside(const ByteBuffer& content, std::string_view type) {
    const uint64_t offset = find(content, type) - 4;
    return {std::string(type), offset, load_be<uint32_t>(content.data() + offset)};
}

/// Three commits of four records, the first one sealed.
ByteBuffer three_commits() {
    TestStore store;
    store.commit(4).seal().commit(4).commit(4).drop();
    return store.content();
}

std::vector<TestRecord> without(std::vector<TestRecord> records, const Ids& ids) {
    std::erase_if(records, [&](const TestRecord& record) {
        return std::find(ids.begin(), ids.end(), record.id) != ids.end();
    });
    return records;
}

void expect_all_saved(const ByteBuffer& broken, uint64_t count, uint64_t unverified = 0) {
    const Repaired repaired = repair_bytes(broken);
    EXPECT_EQ(repaired.records, test_records(count));
    EXPECT_EQ(repaired.report.saved, count);
    EXPECT_EQ(repaired.report.unverified, unverified);
    EXPECT_EQ(repaired.report.lost, 0U);
    EXPECT_EQ(repaired.report.missing_numbers, Numbers());
    EXPECT_EQ(findings(*repaired.file), std::vector<std::string>());
}

TEST(Repair, OfASoundStoreSavesEveryRecord) {
    const ByteBuffer content = three_commits();
    expect_all_saved(content, 12);
    const Repaired repaired = repair_bytes(content);
    EXPECT_EQ(repaired.report.warnings, std::vector<std::string>());
    EXPECT_EQ(repaired.report.newest_commit, 3U);
    EXPECT_EQ(repaired.report.config_source, ConfigSource::kMovie);
    EXPECT_EQ(repaired.report.damaged, 0U);
    EXPECT_EQ(must(open_reader(*repaired.file)).identity.predecessor_head,
              must(open_reader(MemoryFile(content))).snapshot->state().hash);
}

TEST(Repair, SavesEveryRecordWhereTheStartIsGone) {
    ByteBuffer content = three_commits();
    zero(content, 0, top_boxes(content)[1].offset + top_boxes(content)[1].size);
    expect_all_saved(content, 12);
    EXPECT_EQ(repair_bytes(content).report.warnings.size(), 1U) << "the identity";
}

TEST(Repair, SavesEveryRecordOfAFileWithoutMovies) {
    ByteBuffer content = three_commits();
    const TopBox moov = boxes_of(content, "moov").front();
    zero(content, moov.offset, moov.size);
    expect_all_saved(content, 12);
    EXPECT_EQ(repair_bytes(content).report.config_source, ConfigSource::kMovie) << "the covered one";
    flip(content, find(content, as_text(SealRecordBox::kExtendedType)) + 40);
    EXPECT_EQ(repair_bytes(content).report.config_source, ConfigSource::kDamagedMovie);
    EXPECT_EQ(repair_bytes(content).records, test_records(12));
}

TEST(Repair, ReportsAHoleOfZeroesByTheNumbersThatAreGone) {
    ByteBuffer content = three_commits();
    zero(content, record_offset(content, 5), record_offset(content, 7) - record_offset(content, 5));
    const Repaired repaired = repair_bytes(content);
    EXPECT_EQ(repaired.records, without(test_records(12), {"r5", "r6"}));
    EXPECT_EQ(repaired.report.missing_numbers, (Numbers{5, 6}));
    EXPECT_EQ(repaired.report.lost, 2U);
    EXPECT_EQ(repaired.report.damaged, 0U);
}

TEST(Repair, DoesNotSaveWhatABitHasTurnedIntoAnotherRecord) {
    for (const uint64_t n : {1U, 5U, 11U}) {
        ByteBuffer content = three_commits();
        const uint64_t offset = record_offset(content, n);
        flip(content, offset + 9);  // in the vector
        const Repaired repaired = repair_bytes(content);
        const std::string id = "r" + std::to_string(n);
        EXPECT_EQ(repaired.records, without(test_records(12), {id}));
        ASSERT_EQ(repaired.report.damaged_places.size(), 1U);
        EXPECT_EQ(repaired.report.damaged_places[0].file_offset, offset);
        EXPECT_EQ(repaired.report.damaged_places[0].id, id);
        EXPECT_EQ(repaired.report.damaged_places[0].record_number, n);
        EXPECT_EQ(repaired.report.lost, 1U);
    }
}

TEST(Repair, NamesARecordWhoseMetadataOrTextIsBroken) {
    for (const auto& [part, byte] : {std::pair{"\"n\":6 }", std::byte{'\\'}}, {"text 6", std::byte{0xFF}}}) {
        ByteBuffer content = three_commits();
        content[find(content, part)] = byte;
        const Repaired repaired = repair_bytes(content);
        EXPECT_EQ(repaired.records, without(test_records(12), {"r6"}));
        ASSERT_EQ(repaired.report.damaged_places.size(), 1U);
        EXPECT_EQ(repaired.report.damaged_places[0].record_number, 6U);
        EXPECT_EQ(repaired.report.lost, 1U);
    }
}

TEST(Repair, SavesRecordsOfACommitWhoseFragmentIsGoneAsUnverified) {
    ByteBuffer content = three_commits();
    const TopBox moof = boxes_of(content, "moof")[0];
    zero(content, moof.offset, moof.size);
    const Repaired repaired = repair_bytes(content);
    EXPECT_EQ(repaired.records, test_records(12));
    EXPECT_EQ(repaired.report.unverified, 4U);
    ASSERT_EQ(repaired.report.unverified_places.size(), 4U);
    EXPECT_EQ(repaired.report.unverified_places[0].record_number, 4U);
    EXPECT_EQ(repaired.report.unverified_places[0].id, "r4");
    EXPECT_EQ(repaired.report.lost, 0U);
}

TEST(Repair, CountsWhatIsMissingFromACommitWhoseFragmentIsGone) {
    ByteBuffer content = three_commits();
    const TopBox moof = boxes_of(content, "moof")[0];
    zero(content, moof.offset, moof.size);
    zero(content, record_offset(three_commits(), 5), 20);
    const Repaired repaired = repair_bytes(content);
    EXPECT_EQ(repaired.records, without(test_records(12), {"r5"}));
    EXPECT_EQ(repaired.report.unverified, 3U);
    EXPECT_EQ(repaired.report.lost, 1U);
}

TEST(Repair, SavesTheWholeRecordsOfATornTail) {
    TestStore store;
    store.commit(4);
    const uint64_t committed = store.size();
    store.commit(4).drop();
    ByteBuffer content = store.content();
    content.resize(record_offset(content, 7) + 40);
    ASSERT_GT(content.size(), committed);
    const Repaired repaired = repair_bytes(content);
    EXPECT_EQ(repaired.records, test_records(7));
    EXPECT_EQ(repaired.report.unverified, 3U);
    EXPECT_EQ(repaired.report.lost, 1U) << "the torn one";
}

TEST(Repair, SavesEveryRecordWhereBytesWereInsertedOrCutBetweenRecords) {
    ByteBuffer content = three_commits();
    insert(content, record_offset(three_commits(), 6), ByteBuffer(13, std::byte{0xAA}));
    expect_all_saved(content, 12);
    content = three_commits();
    cut(content, 3, 90);
    expect_all_saved(content, 12);
}

TEST(Repair, LosesOnlyTheRecordInWhichBytesWereCut) {
    ByteBuffer content = three_commits();
    cut(content, record_offset(content, 6) + 12, 3);
    const Repaired repaired = repair_bytes(content);
    EXPECT_EQ(repaired.records, without(test_records(12), {"r6"}));
    EXPECT_EQ(repaired.report.lost, 1U);
}

TEST(Repair, SavesEveryRecordOfAFileWhoseBoxesWereMoved) {
    ByteBuffer content = three_commits();
    insert(content, 32, make_box("free", ByteBuffer(1000)));
    expect_all_saved(content, 12);
}

/// A sealed store whose movie another tool has moved to the front.
ByteBuffer fast_started(uint64_t count) {
    TestStore store;
    store.commit(count).seal().drop();
    const TopBox moov = boxes_of(store.content(), "moov").front();
    ByteBuffer content = store.content();
    cut(content, moov.offset, moov.size);
    insert(content, 32, part_of(store.content(), moov));
    return content;
}

TEST(Repair, SavesEveryRecordOfAFileWhoseMovieWasMovedToTheFront) {
    expect_all_saved(fast_started(6), 6);
    ByteBuffer content = fast_started(6);
    flip(content, find(content, "text 5"));
    const Repaired repaired = repair_bytes(content);
    EXPECT_EQ(repaired.records, test_records(5)) << "its checksum is known";
    EXPECT_EQ(repaired.report.lost, 1U);
}

TEST(Repair, KnowsDamagedRecordsBehindAMovieThatWasMovedToTheFront) {
    ByteBuffer content = fast_started(2);
    flip(content, find(content, "text 0"));
    flip(content, find(content, "text 1"));
    const TopBox moof = first_inside(content, "moof");
    zero(content, moof.offset, moof.size);
    zero(content, find(content, "moov", find(content, "moov") + 4), 4);  // the covered one
    const auto repaired = try_repair(content);
    ASSERT_FALSE(repaired);
    EXPECT_EQ(repaired.error().code, ErrorCode::kCorrupt);
}

TEST(Repair, FindsRecordsWhoseHeadersAreDamagedThroughTheTables) {
    for (const uint64_t n : {2U, 9U}) {
        ByteBuffer content = three_commits();
        zero(content, record_offset(three_commits(), n), 8);
        expect_all_saved(content, 12);
    }
    ByteBuffer content = three_commits();
    flip(content, find(content, "free", record_offset(content, 8)) + 1);  // behind the empty text of record 8
    expect_all_saved(content, 12);
}

class Rows final : public RecordRows {
public:
    explicit Rows(std::vector<RecordRow> rows) : rows_(std::move(rows)) {}
    [[nodiscard]] uint64_t count() const override { return rows_.size(); }
    [[nodiscard]] RecordRow row(uint64_t n) const override { return rows_[n]; }

private:
    std::vector<RecordRow> rows_;
};

/// A movie of samples without any box around them, as other tools write it: without or with a seal record.
ByteBuffer only_samples(uint64_t count, const ByteBuffer& evidence) {
    auto file = std::make_shared<MemoryFile>(make_box("ftyp", bytes_of("isom")) + lying_header("mdat", 0));
    Appender out(*file, must(file->size()));
    std::vector<RecordRow> rows;
    for (const TestRecord& record : test_records(count)) {
        RecordRow row;
        row.vector_offset = out.offset();
        must(out.append(to_big_endian(record.vector)));
        row.metadata_offset = out.offset();
        row.metadata_size = static_cast<uint32_t>(record.metadata.size());
        must(out.append(as_bytes(record.metadata)));
        row.text_offset = out.offset();
        const std::string text = record.text.empty() ? "\n" : record.text;
        row.text_size = static_cast<uint32_t>(text.size());
        must(out.append(as_bytes(text)));
        rows.push_back(row);
    }
    const Rows all(rows);
    MovieContent movie;
    movie.rows = &all;
    movie.dimension = 4;
    movie.configuration = "{}";
    must(out.append(evidence));
    const uint64_t movie_offset = out.offset();
    must(write_movie(out, movie));
    must(out.flush());
    ByteBuffer content = file->content();
    store_be(content.data() + 12, static_cast<uint32_t>(movie_offset - 12));
    const uint64_t seal = find(content, as_text(SealRecordBox::kExtendedType), movie_offset);
    store_be(content.data() + seal - 4, FourCC{"free"}.value);
    return content;
}

TEST(Repair, SavesAMovieOfSamplesWithoutBoxes) {
    const Repaired repaired = repair_bytes(only_samples(6, {}));
    EXPECT_EQ(repaired.records, test_records(6));
    EXPECT_EQ(repaired.report.unverified, 6U);
    EXPECT_EQ(repaired.report.config_source, ConfigSource::kPrototype);
}

TEST(Repair, ProvesSamplesWithoutBoxesByChecksumsThatAreLeft) {
    TestStore store;
    store.commit(6).drop();
    const TopBox moof = boxes_of(store.content(), "moof").front();
    const ByteBuffer evidence = part_of(store.content(), moof);
    expect_all_saved(only_samples(6, evidence), 6);
    ByteBuffer damaged = only_samples(6, evidence);
    flip(damaged, find(damaged, "text 4"));
    EXPECT_EQ(repair_bytes(damaged).records, without(test_records(6), {"r4"}));
}

// --- The prototype ---

ByteBuffer reference() {
    std::ifstream in(std::string(REEL_REFERENCE_FOLDER) + "/store.mp4", std::ios::binary);
    const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    return bytes_of(text);
}

TEST(Repair, SavesAFileOfThePrototype) {
    const Repaired repaired = repair_bytes(reference());
    EXPECT_EQ(repaired.ids(), (Ids{"0", "1", "2", "3", "4"}));
    EXPECT_EQ(repaired.records, read_records(MemoryFile(reference())));
    EXPECT_EQ(repaired.report.config_source, ConfigSource::kPrototype);
    EXPECT_EQ(repaired.report.config.embedder.model, "nomic-embed-text");
    EXPECT_EQ(repaired.report.lost, 0U);
    EXPECT_EQ(must(open_reader(*repaired.file)).snapshot->state().next_default_id, 5U);
}

TEST(Repair, SavesADamagedFileOfThePrototype) {
    ByteBuffer content = reference();
    zero(content, record_offset(reference(), 2), 100);
    zero(content, content.size() - 40, 40);
    EXPECT_EQ(repair_bytes(content).ids(), (Ids{"0", "1", "3", "4"}));
}

TEST(Repair, TakesIdsFromTheIndexWhereTheMetadataHasNone) {
    const ByteBuffer record = make_box("vct1", big_endian(0x3F800000, 4)) +
                              make_box("json", bytes_of("{\"a\": 1}")) + make_box("txt1", bytes_of("hello"));
    const std::string index = "{\"the id\": {\"vec\": 12, \"json\": 24, \"txt\": 40}}";
    const Repaired repaired =
        repair_bytes(make_box("free", ByteBuffer(4)) + record + make_box("oidx", bytes_of(index)));
    ASSERT_EQ(repaired.records.size(), 1U);
    EXPECT_EQ(repaired.records[0],
              (TestRecord{"the id", "{\"doc_id\": \"the id\", \"a\": 1}", "hello", {1.0F}}));
    EXPECT_EQ(repaired.report.damaged, 0U);
    EXPECT_EQ(repaired.report.lost, 0U);
}

// --- Deletions and versions ---

/// Records 0 to 3, then record 1 deleted and 4 to 5 added, then 6 and 7.
ByteBuffer with_deletion() {
    TestStore store;
    store.commit(4);
    must(store.writer().remove(1));
    store.commit(2).commit(2).drop();
    return store.content();
}

TEST(Repair, LeavesDeletedRecordsDeleted) {
    const Repaired repaired = repair_bytes(with_deletion());
    EXPECT_EQ(repaired.records, without(test_records(8), {"r1"}));
    EXPECT_EQ(repaired.report.deleted, 1U);
    EXPECT_EQ(repaired.report.lost, 0U);
    ByteBuffer damaged = with_deletion();
    flip(damaged, record_offset(damaged, 1) + 9);
    EXPECT_EQ(repair_bytes(damaged).report.lost, 0U) << "a deleted record is no loss";
}

TEST(Repair, LeavesARecordDeletedWhoseOwnCommitIsGone) {
    ByteBuffer content = with_deletion();
    const TopBox moof = boxes_of(content, "moof")[0];
    zero(content, moof.offset, moof.size);
    const Repaired repaired = repair_bytes(content);
    EXPECT_EQ(repaired.records, without(test_records(8), {"r1"}));
    EXPECT_EQ(repaired.report.unverified, 3U);
    EXPECT_EQ(repaired.report.deleted, 1U);
}

TEST(Repair, IgnoresDeletionsOfACommitThatMayNeverHaveBeenFinished) {
    TestStore store;
    store.commit(4);
    must(store.writer().remove(1));
    store.commit(2).drop();
    ByteBuffer content = store.content();
    EXPECT_EQ(repair_bytes(content).records, without(test_records(6), {"r1"})) << "without damage";
    zero(content, record_offset(store.content(), 5), 60);
    const Repaired repaired = repair_bytes(content);
    EXPECT_EQ(repaired.records, test_records(5));
    ASSERT_EQ(repaired.report.warnings.size(), 1U);
    EXPECT_NE(repaired.report.warnings[0].find("commit 2"), std::string::npos);
}

TEST(Repair, KeepsTheLaterOfTwoRecordsWithOneId) {
    TestStore store;
    store.commit(3);
    const std::vector<float> vector = {9, 9, 9, 9};
    must(store.writer().remove(1));
    must(store.writer().append("r1", vector, "{\"doc_id\": \"r1\"}", "newer"));
    must(store.writer().commit());
    store.drop();
    ByteBuffer content = store.content();
    EXPECT_EQ(repair_bytes(content).report.deleted, 1U);
    const TopBox moof = boxes_of(content, "moof")[1];
    zero(content, moof.offset, moof.size);
    const Repaired repaired = repair_bytes(content);
    ASSERT_EQ(repaired.ids(), (Ids{"r0", "r2", "r1"}));
    EXPECT_EQ(repaired.records[2].text, "newer");
    EXPECT_EQ(repaired.report.superseded, 1U);
    EXPECT_EQ(repaired.report.lost, 0U);
}

TEST(Repair, SavesARecordThatWasDeletedAndWrittenAgainFromEitherPlace) {
    TestStore store;
    store.commit(3);
    must(store.writer().remove(1));
    must(store.writer().commit());
    must(append_test_record(store.writer(), 1));
    must(store.writer().commit());
    store.drop();
    for (const uint64_t n : {1U, 3U}) {
        ByteBuffer content = store.content();
        zero(content, record_offset(store.content(), n), 30);
        const Repaired repaired = repair_bytes(content);
        EXPECT_EQ(repaired.ids(), (Ids{"r0", "r2", "r1"}));
        EXPECT_EQ(repaired.report.lost, 0U);
    }
}

TEST(Repair, SavesOneOfSeveralCopies) {
    ByteBuffer content = three_commits();
    const ByteBuffer copy = content;
    const Repaired repaired = repair_bytes(content + copy);
    EXPECT_EQ(repaired.records, test_records(12));
    EXPECT_EQ(repaired.report.copies, 12U);
}

TEST(Repair, SavesEveryRecordOfSwappedParts) {
    ByteBuffer content = three_commits();
    const auto at = [&](uint64_t n) {
        return content.begin() + static_cast<ptrdiff_t>(record_offset(three_commits(), n));
    };
    std::rotate(at(4), at(5), at(6));
    std::rotate(content.begin() + 40, content.begin() + static_cast<ptrdiff_t>(content.size() / 2),
                content.end());
    EXPECT_GE(repair_bytes(content).records.size(), 11U);
}

// --- Records in records ---

TestRecord flat_record(const std::string& id, const std::string& text) {
    return {id, must(add_doc_id("", id)), text, {0.5F, 0.5F, 0.5F, 0.5F}};
}

ByteBuffer boxes_of_record(const TestRecord& record) {
    ByteBuffer boxes;
    append_record(boxes, 0, {to_big_endian(record.vector), record.metadata, record.text});
    return boxes;
}

ByteBuffer store_of(const std::vector<TestRecord>& records) {
    TestStore store;
    for (const TestRecord& record : records)
        must(store.writer().append(record.id, record.vector, record.metadata, record.text));
    must(store.writer().commit());
    store.drop();
    return store.content();
}

TEST(Repair, PassesOverRecordsInAPayload) {
    const TestRecord outer =
        flat_record("outer", std::string(as_text(boxes_of_record(flat_record("inner", "x")))));
    const ByteBuffer content = store_of({outer, flat_record("other", "y")});
    EXPECT_EQ(repair_bytes(content).records, (std::vector<TestRecord>{outer, flat_record("other", "y")}));
    ByteBuffer without_fragment = content;
    zero(without_fragment, boxes_of(content, "moof")[0].offset, 100);
    EXPECT_EQ(repair_bytes(without_fragment).ids(), (Ids{"outer", "other"}));
}

TEST(Repair, IsNotMisledByASizeThatReachesOverOtherRecords) {
    const ByteBuffer sound =
        store_of({flat_record("a", "first"), flat_record("b", "second"), flat_record("c", "third")});
    ByteBuffer content = sound;
    const uint64_t text = find(content, "txt1") - 4;
    store_be(content.data() + text, static_cast<uint32_t>(record_offset(sound, 2) - text));
    const Repaired repaired = repair_bytes(content);
    EXPECT_EQ(repaired.ids(), (Ids{"a", "b", "c"})) << "the first one through its fragment";
    EXPECT_EQ(repaired.report.lost, 0U);
}

TEST(Repair, FindsRecordsUnderASizeThatReachesOverThemWithoutTables) {
    const ByteBuffer sound =
        store_of({flat_record("a", "first"), flat_record("b", "second"), flat_record("c", "third")});
    ByteBuffer content = sound;
    const uint64_t text = find(content, "txt1") - 4;
    store_be(content.data() + text, static_cast<uint32_t>(record_offset(sound, 2) - text));
    insert(content, boxes_of(sound, "moof")[0].offset, ByteBuffer(5));  // its offsets lead beside the records
    const Repaired repaired = repair_bytes(content);
    EXPECT_EQ(repaired.ids(), (Ids{"b", "c"}));
    EXPECT_EQ(repaired.report.lost, 1U);
    EXPECT_EQ(repaired.report.missing_numbers, Numbers{0});
    EXPECT_EQ(repaired.report.damaged, 1U);
}

TEST(Repair, KnowsADamagedRecordByWhatStandsAroundIt) {
    const ByteBuffer sound = three_commits();
    ByteBuffer content = sound;
    zero(content, record_offset(sound, 9), 40);
    flip(content, record_offset(sound, 10) + 9);
    insert(content, boxes_of(sound, "moof")[1].offset, ByteBuffer(5));
    const Repaired repaired = repair_bytes(content);
    EXPECT_EQ(repaired.records, without(test_records(12), {"r9", "r10"}));
    EXPECT_EQ(repaired.report.damaged, 1U);
    EXPECT_EQ(repaired.report.lost, 2U);
    EXPECT_EQ(repaired.report.missing_numbers, (Numbers{9, 10}));
}

// --- Configuration ---

/// Records, and nothing else of the store but the commits.
ByteBuffer without_configuration(const ByteBuffer& sound) {
    ByteBuffer content = sound;
    for (uint64_t at = 0; (at = as_text(content).find("udta", at)) != std::string_view::npos; ++at)
        zero(content, at, 40);
    return content;
}

TEST(Repair, TakesTheConfigurationOfTheOptionsOnlyWhereItsOwnIsLost) {
    RepairOptions options;
    options.config_if_lost = test_config(0, Metric::kInnerProduct);
    EXPECT_EQ(repair_bytes(three_commits(), options).report.config.metric, Metric::kL2);
    const Repaired repaired = repair_bytes(without_configuration(three_commits()), options);
    EXPECT_EQ(repaired.records, test_records(12));
    EXPECT_EQ(repaired.report.config.metric, Metric::kInnerProduct);
    EXPECT_EQ(repaired.report.config.embedder.dimension, 4U);
    EXPECT_EQ(repaired.report.config_source, ConfigSource::kOptions);
}

TEST(Repair, GuessesAConfigurationThatTakesEveryVector) {
    const Repaired cosine = repair_bytes(without_configuration(three_commits()));
    EXPECT_EQ(cosine.report.config_source, ConfigSource::kGuess);
    EXPECT_EQ(cosine.report.config.metric, Metric::kCosine);
    EXPECT_EQ(cosine.report.warnings.size(), 1U);
    TestRecord null = flat_record("null", "");
    null.vector.assign(4, 0.0F);
    const Repaired squared = repair_bytes(without_configuration(store_of({flat_record("a", "b"), null})));
    EXPECT_EQ(squared.report.config.metric, Metric::kL2);
    EXPECT_EQ(squared.ids(), (Ids{"a", "null"}));
}

TEST(Repair, ReportsVectorsThatDoNotFit) {
    TestRecord other = flat_record("three", "dimensions");
    other.vector.resize(3);
    const Repaired repaired = repair_bytes(three_commits() + boxes_of_record(other));
    EXPECT_EQ(repaired.records, test_records(12));
    ASSERT_EQ(repaired.report.damaged_places.size(), 1U);
    EXPECT_NE(repaired.report.damaged_places[0].reason.find("3 dimensions"), std::string::npos);
    EXPECT_EQ(repaired.report.lost, 1U);
}

TEST(Repair, GoesOnWithDefaultIdsAboveThoseThatWereGiven) {
    TestStore store;
    for (int i = 0; i < 3; ++i) {
        const std::string id = must(store.writer().take_default_id());
        must(store.writer().append(id, std::vector<float>{1, 2, 3, 4}, "{\"doc_id\": \"" + id + "\"}", ""));
    }
    must(store.writer().commit());
    must(store.writer().remove(2));
    must(store.writer().commit());
    store.drop();
    const Repaired repaired = repair_bytes(store.content());
    EXPECT_EQ(repaired.ids(), (Ids{"0", "1"}));
    EXPECT_EQ(must(open_reader(*repaired.file)).snapshot->state().next_default_id, 3U);
}

// --- Nothing to save ---

TEST(Repair, SaysThatNothingCanBeSavedAndMakesNoStore) {
    ByteBuffer content = three_commits();
    zero(content, boxes_of(content, "moov").front().offset, 0);
    for (const ByteBuffer& hopeless : {ByteBuffer(), ByteBuffer(5000), bytes_of("a text, not a store")}) {
        bool asked = false;
        const auto report =
            repair_file(MemoryFile(hopeless), {}, check_test_vector, [&](const auto&, const auto&) {
                asked = true;
                return Result<std::unique_ptr<Writer>>(fail(ErrorCode::kIo, "not to be asked"));
            });
        ASSERT_FALSE(report);
        EXPECT_EQ(report.error().code, ErrorCode::kCorrupt);
        EXPECT_FALSE(asked);
    }
}

TEST(Repair, OfASoundEmptyStoreMakesAnEmptyOne) {
    TestStore store;
    store.drop();
    EXPECT_EQ(repair_bytes(store.content()).records, std::vector<TestRecord>());
}

TEST(Repair, EndsTheSearchOfAFileMadeToBeReadOverAndOver) {
    const ByteBuffer sound = three_commits();
    ByteBuffer content = sound;
    const ByteBuffer head =
        make_box("vct1", ByteBuffer(4)) + make_box("json", bytes_of("{\"doc_id\":\"x\"}"));
    const size_t count = 20'000;
    // Every text reaches to the end of the file.
    for (size_t i = 0; i < count; ++i) {
        const uint64_t left = (count - i - 1) * (head.size() + 8);
        append(content, head + lying_header("txt1", static_cast<uint32_t>(8 + left)));
    }
    const Repaired repaired = repair_bytes(content);
    ASSERT_EQ(repaired.report.warnings.size(), 1U);
    EXPECT_NE(repaired.report.warnings[0].find("ended early"), std::string::npos);
    EXPECT_GE(repaired.records.size(), 12U) << "what stands before it";
}

}  // namespace
}  // namespace reel
