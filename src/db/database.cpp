#include "reel/database.h"

#include "base/checksum.h"
#include "base/json.h"
#include "base/try.h"
#include "db/records.h"
#include "db/state.h"
#include "reel/embedder_registry.h"
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

Status Database::State::check_writable() const {
    if (writer) return {};
    if (file) {
        return fail(ErrorCode::kReadOnly,
                    path + ": was opened for reading; open it for writing to change it");
    }
    return fail(ErrorCode::kInvalidArgument, path + ": the store is closed");
}

std::shared_ptr<const Snapshot> Database::State::view() {
    const std::lock_guard lock(snapshot_mutex);
    if (stale && writer) {
        // A mapping can be refused when memory is short: then the commit before is what can be shown.
        if (auto newest = writer->snapshot()) {
            snapshot = *newest;
            stale = false;
        }
    }
    return snapshot;
}

Status Database::State::take_writer(std::unique_ptr<Writer> made) {
    writer = std::move(made);
    config = writer->config();
    REEL_ASSIGN(snapshot, writer->snapshot());
    find_sidecar();
    return {};
}

Status Database::State::take_reader() {
    REEL_ASSIGN(file, PosixFile::open_read(path));
    REEL_ASSIGN(reader, open_reader(*file));
    snapshot = reader.snapshot;
    config = snapshot->config();
    find_sidecar();
    return {};
}

Database::Database(std::unique_ptr<State> state) : state_(std::move(state)) {}
Database::Database(Database&&) noexcept = default;
Database& Database::operator=(Database&&) noexcept = default;
Database::~Database() = default;

Result<Database> Database::create(const std::string& path, const StoreConfig& config) {
    auto state = std::make_unique<State>();
    state->path = path;
    REEL_ASSIGN(auto writer, Writer::create(path, config));
    REEL_TRY(state->take_writer(std::move(writer)));
    return Database(std::move(state));
}

Result<Database> Database::open(const std::string& path, const OpenOptions& options) {
    auto state = std::make_unique<State>();
    state->path = path;
    if (options.access == Access::kWrite) {
        REEL_ASSIGN(auto writer, Writer::open(path, options.lock_wait));
        REEL_TRY(state->take_writer(std::move(writer)));
    } else {
        REEL_TRY(state->take_reader());
    }
    return Database(std::move(state));
}

const std::string& Database::path() const { return state_->path; }
const StoreConfig& Database::config() const { return state_->config; }
uint64_t Database::live_count() const { return state_->view()->live_count(); }

StoreInfo Database::info() const {
    const auto newest = state_->view();
    const Snapshot& snapshot = *newest;
    StoreInfo info;
    info.kind = snapshot.kind();
    const bool ours = info.kind == FileKind::kReel;
    if (ours) {
        info.format_version = kFormatVersion;
        info.file_id = to_hex(state_->writer ? state_->writer->file_id() : state_->reader.identity.file_id);
        info.chain_hash = to_hex(snapshot.state().hash);
    }
    info.committed_bytes = snapshot.bytes().size();
    info.file_bytes = info.committed_bytes;
    if (const auto file = PosixFile::open_read(state_->path)) {
        if (const auto size = (*file)->size()) info.file_bytes = *size;
    }
    info.commits = snapshot.state().commit_number;
    info.durable_through = state_->writer ? info.commits : state_->reader.durable_through;
    info.records = snapshot.count();
    info.live_records = snapshot.live_count();
    info.sealed_records = snapshot.sealed_count();
    info.last_commit_time_ms = snapshot.state().commit_time_ms;
    info.has_oidx = state_->writer ? state_->writer->has_trailer() : state_->reader.has_trailer;
    info.oidx_outgrown = least_trailer_bytes(info.live_records) > kMaxTrailerBytes ||
                         (info.file_bytes - info.committed_bytes > kMaxTrailerBytes && info.has_oidx);
    info.warnings = state_->writer ? state_->writer->warnings() : state_->reader.warnings;
    if (!state_->sidecar_warning.empty()) info.warnings.push_back(state_->sidecar_warning);
    return info;
}

// --- Embedding ---

namespace {

Status check_embedder(Embedder& embedder, const StoreConfig& config, const std::string& path) {
    REEL_ASSIGN(const EmbedderDescription actual, embedder.describe());
    auto same = check_same_model(config.embedder, actual);
    if (!same) return fail(std::move(same).error().at(path));
    return {};
}

}  // namespace

Status Database::use_embedder(std::shared_ptr<Embedder> embedder) {
    REEL_TRY(check_embedder(*embedder, state_->config, state_->path));
    const std::lock_guard lock(state_->embedder_mutex);
    state_->embedder = std::move(embedder);
    return {};
}

Result<Embedder*> Database::embedder() {
    const std::lock_guard lock(state_->embedder_mutex);
    if (!state_->embedder) {
        REEL_ASSIGN(std::shared_ptr<Embedder> made,
                    make_embedder(state_->config.embedder, runtime_from_environment()));
        REEL_TRY(check_embedder(*made, state_->config, state_->path));
        state_->embedder = std::move(made);
    }
    return state_->embedder.get();
}

// --- Writing ---

Result<std::vector<AddOutcome>> Database::add(std::span<const NewRecord> records) {
    REEL_TRY(state_->check_writable());
    return add_records(*this, *state_->writer, records);
}

Result<CommitInfo> Database::commit() {
    REEL_TRY(state_->check_writable());
    REEL_ASSIGN(const CommitInfo info, state_->writer->commit());
    state_->stale = true;
    return info;
}

Status Database::seal(SealTrailer trailer) {
    REEL_TRY(state_->check_writable());
    state_->stale = true;
    return state_->writer->seal(trailer);
}

Status Database::close() {
    if (!state_->writer) return {};
    (void)state_->view();
    auto status = state_->writer->close();
    state_->writer.reset();
    return status;
}

// --- Reading ---

Result<bool> Database::refresh() {
    if (!state_->file) return false;
    REEL_ASSIGN(const bool same_file, state_->file->is_at_path());
    if (!same_file) {
        // A compact has put a new file in this one's place.
        REEL_ASSIGN(state_->file, PosixFile::open_read(state_->path));
    }
    REEL_ASSIGN(ReaderState newer, open_reader(*state_->file));
    const ChainState& before = state_->snapshot->state();
    const ChainState& after = newer.snapshot->state();
    const bool changed =
        !same_file || before.commit_number != after.commit_number || before.hash != after.hash;
    state_->reader = std::move(newer);
    state_->snapshot = state_->reader.snapshot;
    if (!same_file) {
        state_->config = state_->snapshot->config();
        const std::lock_guard lock(state_->embedder_mutex);
        state_->embedder.reset();
    }
    if (changed) state_->find_sidecar();
    return changed;
}

Result<std::optional<Record>> Database::find(std::string_view id) const {
    const auto snapshot = state_->view();
    REEL_ASSIGN(const auto record_number, snapshot->find(id));
    if (!record_number) return std::optional<Record>();
    REEL_ASSIGN(Record record, read_record(*snapshot, *record_number));
    return std::optional<Record>(std::move(record));
}

Status Database::scan(const std::optional<std::string>& after,
                      const std::function<bool(const Record&)>& visit) const {
    const auto newest = state_->view();
    const Snapshot& snapshot = *newest;
    uint64_t n = 0;
    if (after) {
        REEL_ASSIGN(const auto found, snapshot.find(*after));
        if (!found)
            return fail(ErrorCode::kNotFound, state_->path + ": no record with id " + quote_json(*after));
        n = *found + 1;
    }
    for (; n < snapshot.count(); ++n) {
        if (!snapshot.live().contains(n)) continue;
        REEL_ASSIGN(const Record record, read_record(snapshot, n));
        if (!visit(record)) return {};
    }
    return {};
}

Result<VerifyReport> Database::verify() const {
    REEL_ASSIGN(const auto file, PosixFile::open_read(state_->path));
    return verify_store(*file);
}

}  // namespace reel
