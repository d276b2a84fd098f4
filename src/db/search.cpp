// Searching: a snapshot's vectors through the exact scan, or through an index beside the store.
#include <filesystem>

#include "base/json.h"
#include "base/try.h"
#include "db/records.h"
#include "db/snapshot_vectors.h"
#include "db/state.h"
#include "vector/check_vector.h"
#include "vector/flat_scan.h"

namespace reel {

namespace {

Result<std::vector<Neighbor>> find_nearest(const Snapshot& snapshot, const FaissSidecar* sidecar,
                                           std::span<const float> query, const SearchOptions& options) {
    if (sidecar != nullptr && sidecar->fits(snapshot)) {
        auto nearest = sidecar->search(snapshot, query, options.k, options.threads);
        // An index can always be done without: only a broken one is passed over, not a wrong question.
        if (nearest || nearest.error().code != ErrorCode::kConflict) return nearest;
    }
    if (snapshot.sealed() != nullptr && !snapshot.sealed()->vector_table_is_whole()) {
        return fail(ErrorCode::kCorrupt,
                    "the table of vector offsets has a wrong checksum, so an answer could be "
                    "wrong; `reel verify` lists what is damaged");
    }
    const SnapshotVectors vectors(snapshot);
    ScanOptions scan;
    scan.threads = options.threads;
    REEL_ASSIGN(auto nearest,
                flat_scan(vectors, query, snapshot.config().metric, options.k, snapshot.live(), scan));
    if (const auto damaged = vectors.damaged_row()) {
        return fail(ErrorCode::kCorrupt, "the vector of record " + std::to_string(*damaged) +
                                             " is not where the tables say, so an answer could be wrong; "
                                             "`reel verify` lists what is damaged");
    }
    return nearest;
}

}  // namespace

void Database::State::find_sidecar(View& view) const {
    const std::string beside = path_ + ".faiss";
    if (!file_exists(beside) || view.snapshot->kind() != FileKind::kReel) return;
    auto opened = FaissSidecar::open(beside, *view.snapshot, false, true);
    if (opened) {
        view.sidecar = *std::move(opened);
    } else {
        view.sidecar_warning = "not used: " + opened.error().message;
    }
}

Status Database::use_faiss(const std::string& path, bool trusted) {
    REEL_ASSIGN(std::shared_ptr<const FaissSidecar> sidecar,
                FaissSidecar::open(path, *state_->snapshot(), trusted, false));
    state_->use_sidecar(std::move(sidecar));
    return {};
}

Status Database::export_faiss(const std::string& path) const {
    std::error_code error;
    if (std::filesystem::equivalent(path, state_->path(), error)) {
        return fail(ErrorCode::kInvalidArgument, path + ": is the store itself; give the index another path");
    }
    const auto snapshot = state_->snapshot();
    return unless_cut(*snapshot, state_->path(), write_faiss_sidecar(*snapshot, path));
}

Result<std::vector<Hit>> Database::search(std::span<const float> query, const SearchOptions& options) const {
    const auto view = state_->view();
    const Snapshot& snapshot = *view->snapshot;
    if (options.k == 0) return fail(ErrorCode::kInvalidArgument, "k is 0; ask for at least one hit");
    if (query.size() != snapshot.dimension()) {
        return fail(ErrorCode::kInvalidArgument, "the query has " + std::to_string(query.size()) +
                                                     " dimensions, the store's vectors " +
                                                     std::to_string(snapshot.dimension()));
    }
    REEL_TRY(check_vector(query, snapshot.config().metric));
    const auto read = [&]() -> Result<std::vector<Hit>> {
        REEL_ASSIGN(const auto nearest, find_nearest(snapshot, view->sidecar.get(), query, options));
        std::vector<Hit> hits;
        for (const Neighbor& neighbor : nearest) {
            REEL_ASSIGN(Hit hit, read_hit(snapshot, neighbor.row, neighbor.distance));
            hits.push_back(std::move(hit));
        }
        return hits;
    };
    return unless_cut(snapshot, path(), read());
}

Result<std::vector<Hit>> Database::search(std::string_view query, const SearchOptions& options) {
    if (query.empty()) return fail(ErrorCode::kInvalidArgument, "the query is empty; ask something");
    REEL_ASSIGN(Embedder* const made, embedder());
    REEL_ASSIGN(const std::vector<float> vector, made->embed(std::span(&query, 1), TextRole::kQuery));
    return search(std::span<const float>(vector), options);
}

Result<std::vector<Hit>> Database::search_like(std::string_view id, const SearchOptions& options) const {
    REEL_ASSIGN(const auto record, find(id));
    if (!record) return fail(ErrorCode::kNotFound, path() + ": no record with id " + quote_json(id));
    return search(std::span<const float>(record->vector), options);
}

}  // namespace reel
