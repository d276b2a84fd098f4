#include "db/faiss_sidecar.h"

#include <algorithm>

#include "base/appender.h"
#include "base/json.h"
#include "base/posix_file.h"
#include "base/posix_folder.h"
#include "base/try.h"
#include "db/snapshot_vectors.h"
#include "vector/flat_scan.h"
#include "vector/query_vector.h"

namespace reel {

namespace {

constexpr size_t kStampBytes = 4096;  ///< the members before "ids" fit easily
constexpr char kIdsMember[] = ", \"ids\": [";

std::string stamp_json(const SidecarStamp& stamp) {
    return "{\"store_head\": \"" + stamp.head + "\", \"commit\": " + std::to_string(stamp.commit) +
           ", \"rows\": " + std::to_string(stamp.rows) +
           ", \"dimension\": " + std::to_string(stamp.dimension) +
           ", \"index_bytes\": " + std::to_string(stamp.index_bytes);
}

/// The stamp at the start of `path`, if there is one that can be read.
std::optional<SidecarStamp> find_stamp(const std::string& path) {
    const auto file = PosixFile::open_read(path);
    if (!file) return std::nullopt;
    ByteBuffer bytes(kStampBytes);
    const auto got = (*file)->read_at(0, bytes);
    if (!got) return std::nullopt;
    const std::string_view text = as_text({bytes.data(), *got});
    const size_t ids = text.find(kIdsMember);
    if (ids == std::string_view::npos) return std::nullopt;
    const auto json = parse_json(std::string(text.substr(0, ids)) + "}");
    if (!json) return std::nullopt;
    try {
        return SidecarStamp{json->at("store_head").get<std::string>(), json->at("commit").get<uint64_t>(),
                            json->at("rows").get<uint64_t>(), json->at("dimension").get<uint32_t>(),
                            json->at("index_bytes").get<uint64_t>()};
    } catch (const std::exception&) {
        return std::nullopt;
    }
}

/// A new file under a temporary name that takes its own name when it is whole.
template <class Fill>
Status replace_file(const std::string& path, const Fill& fill) {
    const FolderAndName place = split_path(path);
    PosixFolder folder(place.folder);
    remove_left_overs(folder, place.name);
    REEL_ASSIGN(const std::string temporary, temporary_name(place.name));
    const auto write = [&]() -> Status {
        REEL_ASSIGN(const auto file, folder.create_new(temporary));
        REEL_TRY(file->try_lock());
        Appender out(*file, 0);
        REEL_TRY(fill(out));
        REEL_TRY(out.flush());
        REEL_TRY(file->sync());
        REEL_TRY(folder.rename_over(temporary, place.name));
        return folder.sync();
    };
    auto status = write();
    if (!status) (void)folder.remove(temporary);
    return status;
}

Error not_matching(const std::string& path, const std::string& why) {
    return {ErrorCode::kConflict,
            path + ": does not match the store: " + why + "; `reel faiss export` writes one that does"};
}

}  // namespace

SidecarStamp stamp_of(const Snapshot& snapshot, uint64_t index_bytes) {
    const bool ours = snapshot.kind() == FileKind::kReel;
    return {ours ? to_hex(snapshot.state().hash) : "", snapshot.state().commit_number, snapshot.live_count(),
            snapshot.dimension(), index_bytes};
}

Result<std::unique_ptr<FaissSidecar>> FaissSidecar::open(const std::string& path, const Snapshot& snapshot,
                                                         bool trusted, bool only_stamped) {
    REEL_ASSIGN(const auto file, PosixFile::open_read(path));
    REEL_ASSIGN(const uint64_t size, file->size());
    const auto stamp = find_stamp(path + ".json");
    const bool stamped = stamp && !stamp->head.empty() && *stamp == stamp_of(snapshot, size);
    if (only_stamped && !stamped) return fail(not_matching(path, "it is of another commit"));
    std::unique_ptr<FaissSidecar> sidecar(new FaissSidecar());
    sidecar->path_ = path;
    sidecar->hash_ = snapshot.state().hash;
    REEL_ASSIGN(sidecar->bytes_, file->map(size));
    auto flat = parse_faiss_flat(sidecar->bytes_.bytes());
    if (flat) {
        const SnapshotVectors vectors(snapshot);
        if (flat->rows.dimension != snapshot.dimension() || flat->rows.row_count != snapshot.live_count()) {
            return fail(not_matching(path, "it has " + std::to_string(flat->rows.row_count) + " rows of " +
                                               std::to_string(flat->rows.dimension) +
                                               " dimensions, the store " +
                                               std::to_string(snapshot.live_count()) + " of " +
                                               std::to_string(snapshot.dimension())));
        }
        if (!stamped) {
            auto same = check_faiss_matches(*flat, vectors, snapshot.live());
            if (!same) return fail(std::move(same).error().at(path));
        }
        sidecar->flat_ = *flat;
    } else if (flat.error().code == ErrorCode::kUnsupported && trusted) {
        REEL_ASSIGN(sidecar->trusted_, load_trusted_faiss(path));
        if (sidecar->trusted_->dimension() != snapshot.dimension() ||
            sidecar->trusted_->row_count() != snapshot.live_count()) {
            return fail(not_matching(path, "its rows or dimension differ"));
        }
    } else {
        return fail(std::move(flat).error().at(path));
    }
    if (snapshot.live_count() != snapshot.count()) {
        for (uint64_t n = 0; n < snapshot.count(); ++n) {
            if (snapshot.live().contains(n)) sidecar->records_.push_back(n);
        }
    }
    return sidecar;
}

Result<std::vector<Neighbor>> FaissSidecar::search(const Snapshot& snapshot, std::span<const float> query,
                                                   size_t k, unsigned threads) const {
    if (trusted_) return search_trusted(snapshot, query, k);
    const Metric metric = snapshot.config().metric;
    ScanOptions options;
    options.threads = threads;
    REEL_ASSIGN(auto nearest,
                flat_scan(flat_->rows, query, metric, k, RowSet{flat_->rows.row_count, {}}, options));
    REEL_ASSIGN(const QueryVector own_query, QueryVector::make(query, metric));
    for (Neighbor& neighbor : nearest) {
        neighbor.row = record_of(neighbor.row);
        const std::byte* vector = snapshot.vector_at(neighbor.row);
        if (vector == nullptr) continue;
        const float own = own_query.distance_to_row(vector);
        if (own != neighbor.distance) {
            return fail(
                not_matching(path_, "record " + std::to_string(neighbor.row) + " has another vector there"));
        }
    }
    return nearest;
}

Result<std::vector<Neighbor>> FaissSidecar::search_trusted(const Snapshot& snapshot,
                                                           std::span<const float> query, size_t k) const {
    // The index is as near as its type allows, so some more are asked for and put into exact order.
    const size_t candidates = std::max<size_t>(4 * k, 100);
    REEL_ASSIGN(auto nearest, trusted_->search(query, std::min<size_t>(candidates, snapshot.live_count())));
    REEL_ASSIGN(const QueryVector own_query, QueryVector::make(query, snapshot.config().metric));
    TopK best(k);
    for (const Neighbor& neighbor : nearest) {
        if (neighbor.row >= snapshot.live_count())
            return fail(not_matching(path_, "it answers with rows it does not have"));
        const uint64_t record = record_of(neighbor.row);
        const std::byte* vector = snapshot.vector_at(record);
        if (vector != nullptr) best.offer(record, own_query.distance_to_row(vector));
    }
    return best.take();
}

Status write_sidecar_stamp(const Snapshot& snapshot, const std::string& path, uint64_t index_bytes) {
    return replace_file(path + ".json", [&](Appender& out) -> Status {
        REEL_TRY(out.append(as_bytes(stamp_json(stamp_of(snapshot, index_bytes)) + kIdsMember)));
        bool first = true;
        for (uint64_t n = 0; n < snapshot.count(); ++n) {
            if (!snapshot.live().contains(n)) continue;
            REEL_ASSIGN(const std::string id, snapshot.id_of(n));
            REEL_TRY(out.append(as_bytes((first ? "" : ", ") + quote_json(id))));
            first = false;
        }
        return out.append(as_bytes("]}\n"));
    });
}

Result<uint64_t> copy_index(const std::string& from, const std::string& to) {
    REEL_ASSIGN(const auto source, PosixFile::open_read(from));
    REEL_ASSIGN(const uint64_t size, source->size());
    REEL_ASSIGN(const Mapping bytes, source->map(size));
    REEL_TRY(replace_file(to, [&](Appender& out) { return out.append(bytes.bytes()); }));
    return size;
}

Status write_faiss_sidecar(const Snapshot& snapshot, const std::string& path) {
    const SnapshotVectors vectors(snapshot);
    uint64_t index_bytes = 0;
    REEL_TRY(replace_file(path, [&](Appender& out) -> Status {
        REEL_TRY(write_faiss_flat(vectors, snapshot.live(), Metric::kL2,
                                  [&out](ByteView bytes) { return out.append(bytes); }));
        index_bytes = out.offset();
        return {};
    }));
    return write_sidecar_stamp(snapshot, path, index_bytes);
}

}  // namespace reel
