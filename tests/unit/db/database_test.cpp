// Opening, closing, refreshing, scanning and describing.
#include <filesystem>
#include <fstream>

#include "db_support.h"

namespace reel {
namespace {

using Db = WithDatabase;
using Ids = std::vector<std::string>;

Ids scanned(const Database& database, const std::optional<std::string>& after, size_t limit) {
    Ids ids;
    must(database.scan({after}, [&](const Record& record) {
        ids.push_back(record.id);
        return ids.size() < limit;
    }));
    return ids;
}

TEST_F(Db, ScansInOrderBehindAnIdUntilItIsStopped) {
    Database database = create();
    add_and_commit(database, {new_record("c", "1"), new_record("a", "2")});
    must(database.seal());
    add_and_commit(database, {new_record("b", "3"), new_record("d", "4")});
    EXPECT_EQ(scanned(database, std::nullopt, 9), (Ids{"c", "a", "b", "d"}));
    EXPECT_EQ(scanned(database, "a", 9), (Ids{"b", "d"}));
    EXPECT_EQ(scanned(database, "d", 9), Ids());
    EXPECT_EQ(scanned(database, std::nullopt, 2), (Ids{"c", "a"}));
    EXPECT_EQ(database.scan({"nobody"}, [](const Record&) { return true; }).error().code,
              ErrorCode::kNotFound);
}

TEST_F(Db, InfoSaysWhatIsThere) {
    Database database = create();
    add_and_commit(database, {new_record("a", "1"), new_record("b", "2")});
    must(database.seal());
    add_and_commit(database, {new_record("c", "3")});
    const StoreInfo writing = database.info();
    must(database.close());
    const StoreInfo info = open().info();
    EXPECT_EQ(info.kind, FileKind::kReel);
    EXPECT_EQ(info.format_version, 1U);
    EXPECT_EQ(info.file_id.size(), 32U);
    EXPECT_EQ(info.chain_hash.size(), 64U);
    EXPECT_EQ(info.chain_hash, writing.chain_hash);
    EXPECT_EQ(info.file_id, writing.file_id);
    EXPECT_EQ(info.commits, 2U);
    EXPECT_EQ(info.records, 3U);
    EXPECT_EQ(info.live_records, 3U);
    EXPECT_EQ(info.sealed_records, 2U);
    EXPECT_EQ(info.durable_through, 1U);
    EXPECT_EQ(writing.durable_through, 2U);
    EXPECT_GT(info.last_commit_time_ms, 1'700'000'000'000U);
    EXPECT_TRUE(info.has_oidx);
    EXPECT_FALSE(writing.has_oidx);
    EXPECT_FALSE(info.oidx_outgrown);
    EXPECT_GT(info.file_bytes, info.committed_bytes);
    EXPECT_EQ(info.committed_bytes, writing.committed_bytes);
    EXPECT_TRUE(info.warnings.empty());
}

TEST_F(Db, KeepsItsConfiguration) {
    StoreConfig config = test_config(3, Metric::kInnerProduct);
    config.embedder.kind = "ollama";
    config.embedder.model = "some:model";
    config.embedder.digest = "sha256:00";
    config.embedder.precision = "f32";
    config.embedder.document_prefix = "passage: ";
    config.embedder.query_prefix = "query: \"";
    config.embedder.max_tokens = 77;
    config.passages = {100, 20};
    { (void)must(Database::create(path(), config)); }
    const Database database = open();
    EXPECT_EQ(database.config().embedder, config.embedder);
    EXPECT_EQ(database.config().metric, config.metric);
    EXPECT_EQ(database.config().passages, config.passages);
}

TEST_F(Db, RefreshSeesNewCommitsAndSeals) {
    Database writer = create();
    add_and_commit(writer, {new_record("a", "1")});
    Database reader = open();
    EXPECT_FALSE(must(reader.refresh()));
    add_and_commit(writer, {new_record("b", "2")});
    EXPECT_EQ(reader.live_count(), 1U);
    EXPECT_TRUE(must(reader.refresh()));
    EXPECT_EQ(reader.live_count(), 2U);
    must(writer.seal());
    EXPECT_FALSE(must(reader.refresh())) << "a seal is no commit";
    EXPECT_EQ(reader.info().sealed_records, 2U);
    EXPECT_FALSE(must(writer.refresh()));
}

TEST_F(Db, RefreshFollowsTheNameToAnotherFile) {
    { add_and_commit(*std::make_unique<Database>(create()), {new_record("a", "1")}); }
    Database reader = open();
    std::filesystem::remove(path());
    Database other = create(Metric::kCosine, 5);
    EXPECT_TRUE(must(reader.refresh()));
    EXPECT_EQ(reader.live_count(), 0U);
    EXPECT_EQ(reader.config().embedder.dimension, 5U);
    EXPECT_EQ(reader.info().file_id, other.info().file_id);
}

TEST_F(Db, AReaderDoesNotWrite) {
    { (void)create(); }
    Database reader = open();
    EXPECT_EQ(add(reader, {new_record("a", "1", {1, 2})}).error().code, ErrorCode::kReadOnly);
    EXPECT_EQ(reader.commit().error().code, ErrorCode::kReadOnly);
    EXPECT_EQ(reader.seal().error().code, ErrorCode::kReadOnly);
    EXPECT_TRUE(reader.close());
}

TEST_F(Db, AClosedDatabaseReadsAtItsLastCommitAndDoesNotWrite) {
    Database database = create();
    add_and_commit(database, {new_record("a", "1")});
    must(add(database, {new_record("b", "2")}));
    must(database.close());
    EXPECT_EQ(add(database, {new_record("c", "3")}).error().code, ErrorCode::kInvalidArgument);
    EXPECT_EQ(database.commit().error().code, ErrorCode::kInvalidArgument);
    EXPECT_EQ(database.seal().error().code, ErrorCode::kInvalidArgument);
    EXPECT_EQ(all_records(database).size(), 1U);
    EXPECT_EQ(database.info().commits, 1U);
    EXPECT_EQ(open(Access::kWrite).live_count(), 1U) << "the lock is free";
}

TEST_F(Db, DropsWhatIsNotCommitted) {
    {
        Database database = create();
        add_and_commit(database, {new_record("a", "1")});
        must(add(database, {new_record("b", "2")}));
    }
    EXPECT_EQ(open().live_count(), 1U);
}

TEST_F(Db, VerifyFindsADamagedRecord) {
    {
        Database database = create();
        add_and_commit(database, {new_record("a", "findable text"), new_record("b", "other")});
        EXPECT_TRUE(must(database.verify()).findings.empty());
        EXPECT_EQ(must(database.verify()).records_checked, 2U);
        must(database.seal());
    }
    std::fstream file(path(), std::ios::binary | std::ios::in | std::ios::out);
    const std::string bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    file.seekp(static_cast<std::streamoff>(bytes.find("findable")));
    file.put('F');
    file.close();
    const Database damaged = open();
    EXPECT_FALSE(must(damaged.verify()).findings.empty());
    EXPECT_EQ(damaged.find("a").error().code, ErrorCode::kCorrupt);
    EXPECT_EQ(must(damaged.find("b"))->text, "other");
}

TEST_F(Db, OpeningWhatIsNotThereCreatesNothing) {
    EXPECT_EQ(Database::open(path()).error().code, ErrorCode::kNotFound);
    EXPECT_EQ(Database::open(path(), {Access::kWrite, {}}).error().code, ErrorCode::kNotFound);
    EXPECT_FALSE(std::filesystem::exists(path()));
}

TEST_F(Db, ASecondWriterIsLockedOut) {
    const Database first = create();
    EXPECT_EQ(Database::open(path(), {Access::kWrite, {}}).error().code, ErrorCode::kLocked);
    EXPECT_EQ(Database::create(path(), test_config()).error().code, ErrorCode::kAlreadyExists);
}

TEST_F(Db, AWriterOfThePrototypesFileIsRefused) {
    std::filesystem::copy_file(std::string(REEL_REFERENCE_FOLDER) + "/store.mp4", path());
    EXPECT_EQ(Database::open(path(), {Access::kWrite, {}}).error().code, ErrorCode::kUnsupported);
    EXPECT_EQ(open().info().kind, FileKind::kPrototype);
    EXPECT_EQ(open().info().format_version, 0U);
}

}  // namespace
}  // namespace reel
