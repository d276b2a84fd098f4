#include "reel/database.h"

#include <algorithm>

#include "base/checksum.h"
#include "base/json.h"
#include "base/try.h"
#include "db/indexes.h"
#include "db/records.h"
#include "db/state.h"
#include "store/configuration.h"
#include "store/trailer.h"
#include "store/verify.h"

namespace reel {

std::string_view to_string(FileKind kind) {
    switch (kind) {
        case FileKind::kReel: return "reel";
        case FileKind::kPrototype: return "prototype";
        case FileKind::kTables: return "tables";
        case FileKind::kRecords: return "records";
    }
    return "unknown";
}

namespace {

template <class Value>
Status as_status(const Result<Value>& result) {
    if (!result) return fail(result.error());
    return {};
}

/// The partitions of a section, 0 of kinds that have none. Reads the section's head only.
Result<uint64_t> open_section(const IndexKind& index, ByteView data, uint32_t dimension, uint64_t records) {
    if (index.kind == kCodeIndex.kind) {
        REEL_ASSIGN(const auto codes, CodeSection::parse(data, dimension, records));
        return codes->lists();
    }
    Status status;
    if (index.kind == kInt8Index.kind) {
        status = as_status(Int8Column::parse(data, dimension, records));
    } else if (index.kind == kColumnIndex.kind) {
        status = as_status(Columns::parse(data, records));
    } else {
        status = as_status(TextIndex::parse(data, records));
    }
    if (!status) return fail(std::move(status).error());
    return uint64_t{0};
}

IndexInfo index_info(const SealedPart& sealed, const IndexKind& index, std::string_view what) {
    IndexInfo info;
    info.what = what;
    for (const SectionEntry& entry : sealed.seal.sections) {
        if (entry.kind != index.kind || entry.version != index.version) continue;
        ++info.sections;
        info.bytes += entry.size;
        const auto data = section_data(sealed.bytes.bytes(), entry, false);
        const auto lists =
            data ? open_section(index, *data, sealed.dimension, entry.record_count) : fail(data.error());
        if (lists) {
            info.records += entry.record_count;
            info.lists += *lists;
        } else {
            ++info.damaged;
        }
    }
    return info;
}

std::vector<IndexInfo> list_indexes(const SealedPart* sealed) {
    static constexpr std::pair<IndexKind, std::string_view> kKinds[] = {
        {kInt8Index, "vectors"}, {kCodeIndex, "codes"}, {kColumnIndex, "metadata"}, {kTextIndex, "text"}};
    std::vector<IndexInfo> indexes;
    if (sealed == nullptr) return indexes;
    for (const auto& [index, what] : kKinds) {
        IndexInfo info = index_info(*sealed, index, what);
        if (info.sections > 0) indexes.push_back(std::move(info));
    }
    return indexes;
}

}  // namespace

Database::Database(std::unique_ptr<State> state) : state_(std::move(state)) {}
Database::Database(Database&&) noexcept = default;
Database& Database::operator=(Database&&) noexcept = default;
Database::~Database() = default;

Result<Database> Database::create(const std::string& path, const StoreConfig& config) {
    auto state = std::make_unique<State>(path, OpenOptions{Access::kWrite});
    REEL_TRY(state->take_writer(Writer::create(path, config)));
    return Database(std::move(state));
}

Result<Database> Database::open(const std::string& path, const OpenOptions& options) {
    auto state = std::make_unique<State>(path, options);
    if (options.access == Access::kRead) {
        REEL_TRY(state->take_reader());
    } else if (options.as_of) {
        return fail(ErrorCode::kInvalidArgument, path +
                                                     ": the past cannot be written to; open it for reading, "
                                                     "or restore the store to that moment");
    } else {
        REEL_TRY(state->take_writer(Writer::open(path, options.lock_wait)));
    }
    return Database(std::move(state));
}

const std::string& Database::path() const { return state_->path(); }
const StoreConfig& Database::config() const { return state_->config(); }
uint64_t Database::live_count() const { return state_->snapshot()->live_count(); }

StoreInfo Database::info() const {
    const auto view = state_->view();
    const Snapshot& snapshot = *view->snapshot;
    StoreInfo info;
    info.kind = snapshot.kind();
    const bool ours = info.kind == FileKind::kReel;
    if (ours) {
        info.format_version = kFormatVersion;
        info.file_id = to_hex(view->identity.file_id);
        info.chain_hash = to_hex(snapshot.state().hash);
    }
    info.committed_bytes = snapshot.bytes().size();
    info.file_bytes = info.committed_bytes;
    if (const auto file = PosixFile::open_read(path())) {
        if (const auto size = (*file)->size()) info.file_bytes = *size;
    }
    info.commits = snapshot.state().commit_number;
    info.durable_through = std::min(info.commits, view->durable_through);
    info.records = snapshot.count();
    info.live_records = snapshot.live_count();
    info.sealed_records = snapshot.sealed_count();
    info.last_commit_time_ms = snapshot.state().commit_time_ms;
    info.indexes = list_indexes(snapshot.sealed());
    info.has_oidx = view->has_trailer;
    info.oidx_outgrown = least_trailer_bytes(info.live_records) > kMaxTrailerBytes ||
                         (info.has_oidx && info.file_bytes > info.committed_bytes + kMaxTrailerBytes);
    info.warnings = view->warnings;
    if (!view->sidecar_warning.empty()) info.warnings.push_back(view->sidecar_warning);
    return info;
}

// --- Embedding ---

Status Database::use_embedder(std::shared_ptr<Embedder> embedder) {
    REEL_TRY(check_embedder(*embedder, config(), path()));
    state_->set_embedder(std::move(embedder));
    return {};
}

Result<Embedder*> Database::embedder() { return state_->embedder(); }

// --- Reading ---

Result<bool> Database::refresh() { return state_->refresh(); }

Result<std::optional<Record>> Database::find(std::string_view id) const {
    const auto snapshot = state_->snapshot();
    const auto read = [&]() -> Result<std::optional<Record>> {
        REEL_ASSIGN(const auto record_number, snapshot->find(id));
        if (!record_number) return std::optional<Record>();
        REEL_ASSIGN(Record record, read_record(*snapshot, *record_number));
        return std::optional<Record>(std::move(record));
    };
    return unless_cut(*snapshot, path(), read());
}

Result<VerifyReport> Database::verify(VerifyDepth depth) const {
    REEL_ASSIGN(const auto file, PosixFile::open_read(path()));
    return verify_store(*file, depth);
}

}  // namespace reel
