// Indexes of FAISS beside a store.
#include <algorithm>
#include <filesystem>
#include <fstream>

#include "base/json.h"
#include "db_support.h"
#include "vector/faiss_file.h"

namespace reel {
namespace {

class Faiss : public WithDatabase {
protected:
    [[nodiscard]] std::string index() const { return folder_.path("index.faiss"); }
    [[nodiscard]] std::string beside() const { return path() + ".faiss"; }
    [[nodiscard]] Database filled() const {
        Database database = create();
        add_and_commit(database, {new_record("a", "1", {1, 0}), new_record("b", "2", {2, 0})});
        must(database.seal());
        add_and_commit(database, {new_record("c", "3", {3, 0})});
        return database;
    }
    static std::string read(const std::string& path) {
        std::ifstream in(path, std::ios::binary);
        return {(std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>()};
    }
    static void flip(const std::string& path, size_t at) {
        std::string bytes = read(path);
        bytes[at] = static_cast<char>(bytes[at] ^ 0x10);
        std::ofstream(path, std::ios::binary) << bytes;
    }
    static std::vector<Hit> nearest(const Database& database) {
        const std::vector<float> query = {2.6F, 0.1F};
        return must(database.search(std::span<const float>(query)));
    }
};

void expect_same_hits(const std::vector<Hit>& a, const std::vector<Hit>& b) {
    ASSERT_EQ(ids_of(a), ids_of(b));
    for (size_t i = 0; i < a.size(); ++i) EXPECT_EQ(a[i].distance, b[i].distance);
}

TEST_F(Faiss, ExportWritesTheVectorsAndTheirIds) {
    const Database database = filled();
    must(database.export_faiss(index()));
    const std::string bytes = read(index());
    const FaissFlatView view = must(parse_faiss_flat(as_bytes(bytes)));
    EXPECT_EQ(view.metric, Metric::kL2);
    EXPECT_EQ(view.rows.row_count, 3U);
    EXPECT_EQ(view.rows.dimension, 2U);
    EXPECT_EQ(load_le<float>(view.rows.row(2)), 3.0F);
    const Json stamp = must(parse_json(read(index() + ".json")));
    EXPECT_EQ(stamp.at("ids"), Json({"a", "b", "c"}));
    EXPECT_EQ(stamp.at("store_head").get<std::string>(), database.info().chain_hash);
}

TEST_F(Faiss, ExportDoesNotReplaceTheStore) {
    const Database database = filled();
    const std::string before = read(path());
    EXPECT_EQ(database.export_faiss(path()).error().code, ErrorCode::kInvalidArgument);
    EXPECT_EQ(read(path()), before);
}

TEST_F(Faiss, AnsweringFromAnIndexChangesNoAnswer) {
    Database database = filled();
    const auto before = nearest(database);
    must(database.export_faiss(index()));
    must(database.use_faiss(index(), false));
    expect_same_hits(before, nearest(database));
}

TEST_F(Faiss, AnImportedIndexIsFoundByLaterReaders) {
    Database database = filled();
    const auto before = nearest(database);
    must(database.export_faiss(index()));
    must(database.import_faiss(index(), false));
    EXPECT_TRUE(std::filesystem::exists(beside()));
    const Database reader = open();
    EXPECT_TRUE(reader.info().warnings.empty());
    expect_same_hits(before, nearest(reader));
}

TEST_F(Faiss, AnIndexOfAnEarlierCommitIsNotUsedAndNamed) {
    Database database = filled();
    must(database.export_faiss(index()));
    must(database.import_faiss(index(), false));
    add_and_commit(database, {new_record("d", "4", {2.6F, 0.1F})});
    EXPECT_EQ(nearest(database)[0].id, "d");
    const Database reader = open();
    ASSERT_EQ(reader.info().warnings.size(), 1U);
    EXPECT_EQ(nearest(reader)[0].id, "d");
    EXPECT_EQ(database.use_faiss(index(), false).error().code, ErrorCode::kConflict);
}

TEST_F(Faiss, AnIndexWithOtherVectorsIsRefused) {
    Database database = filled();
    must(database.export_faiss(index()));
    flip(index(), kFaissFlatHeaderBytes + 2);
    std::filesystem::remove(index() + ".json");
    EXPECT_EQ(database.use_faiss(index(), false).error().code, ErrorCode::kConflict);
    EXPECT_EQ(database.import_faiss(index(), false).error().code, ErrorCode::kConflict);
    EXPECT_FALSE(std::filesystem::exists(beside()));
}

TEST_F(Faiss, AnIndexThatLiesBehindItsStampGivesNoWrongDistance) {
    Database database = filled();
    const auto before = nearest(database);
    must(database.export_faiss(beside()));
    flip(beside(), kFaissFlatHeaderBytes + 2);
    expect_same_hits(before, nearest(open()));
}

TEST_F(Faiss, WithoutAStampEveryVectorIsCompared) {
    Database database = filled();
    must(database.export_faiss(index()));
    std::filesystem::remove(index() + ".json");
    EXPECT_TRUE(database.use_faiss(index(), false));
}

TEST_F(Faiss, WhatIsNoIndexIsRefused) {
    Database database = filled();
    std::ofstream(index(), std::ios::binary) << "not an index";
    EXPECT_FALSE(database.use_faiss(index(), false));
    EXPECT_EQ(database.use_faiss(folder_.path("nowhere"), false).error().code, ErrorCode::kNotFound);
}

// --- The reference ---

std::string reference(const std::string& name) { return std::string(REEL_REFERENCE_FOLDER) + "/" + name; }

TEST_F(Faiss, TheReferenceIndexFitsTheReferenceStore) {
    Database database = must(Database::open(reference("store.mp4")));
    const auto before = must(database.search_like("4"));
    must(database.use_faiss(reference("index.faiss"), false));
    expect_same_hits(before, must(database.search_like("4")));
}

/// Squared L2 in double precision: what FAISS gives to within float32.
TEST_F(Faiss, DistancesLikeARecordAreThoseOfTheReferenceIndex) {
    const Database database = must(Database::open(reference("store.mp4")));
    const std::string bytes = read(reference("index.faiss"));
    const HostRows rows = must(parse_faiss_flat(as_bytes(bytes))).rows;
    std::vector<std::pair<double, std::string>> expected;
    for (uint64_t n = 0; n < rows.row_count; ++n) {
        double sum = 0;
        for (size_t i = 0; i < rows.dimension; ++i) {
            const double difference = static_cast<double>(load_le<float>(rows.row(4) + 4 * i)) -
                                      static_cast<double>(load_le<float>(rows.row(n) + 4 * i));
            sum += difference * difference;
        }
        expected.emplace_back(sum, std::to_string(n));
    }
    std::sort(expected.begin(), expected.end());
    const auto hits = must(database.search_like("4"));
    ASSERT_EQ(hits.size(), 5U);
    for (size_t i = 0; i < hits.size(); ++i) {
        EXPECT_EQ(hits[i].id, expected[i].second);
        EXPECT_NEAR(hits[i].distance, expected[i].first, 1e-5 * std::max(1.0, expected[i].first));
    }
}

}  // namespace
}  // namespace reel
