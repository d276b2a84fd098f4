#include "store/writer.h"

#include <algorithm>

#include "base/metadata.h"
#include "base/try.h"
#include "container/fragment.h"
#include "store/configuration.h"
#include "store/settle.h"
#include "store/trailer.h"

namespace reel {

namespace {

/// Room left in an mdat for headers, so that its size stays below 4 GiB.
constexpr uint64_t kMaxMediaBytes = kMaxSmallBox - 64;

uint64_t now_ms() {
    using std::chrono::duration_cast, std::chrono::milliseconds, std::chrono::system_clock;
    return static_cast<uint64_t>(duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count());
}

}  // namespace

Writer::Writer(std::unique_ptr<File> file, IdentityBox identity, StoreConfig config,
               std::string configuration)
    : file_(std::move(file)),
      identity_(identity),
      config_(std::move(config)),
      configuration_(std::move(configuration)) {}

Writer::~Writer() {
    // What was never committed goes; an error here costs nothing, since the next writer cuts the tail as
    // well.
    if (!closed_ && !poison_) (void)roll_back();
}

Result<std::unique_ptr<Writer>> Writer::create_on(std::unique_ptr<File> file, const StoreConfig& config) {
    REEL_TRY(check_config(config));
    IdentityBox identity;
    REEL_TRY(fill_random(identity.file_id));
    identity.chain_origin = sha256(identity.file_id);
    REEL_TRY(write_empty_store(*file, identity, config));
    return open_on(std::move(file));
}

Result<std::unique_ptr<Writer>> Writer::open_on(std::unique_ptr<File> file) {
    REEL_ASSIGN(const auto identity, read_identity(*file));
    if (!identity) {
        return fail(ErrorCode::kUnsupported, file->path() +
                                                 ": is not a store of this format and cannot be written to; "
                                                 "`reel convert` makes one of it");
    }
    REEL_ASSIGN(const Recovered recovered, recover(*file, *identity, RecoverFor::kWriting));
    std::unique_ptr<Writer> writer(
        new Writer(std::move(file), *identity, recovered.config, recovered.configuration));
    REEL_TRY(writer->adopt(recovered));
    REEL_TRY(writer->settle(recovered));
    return writer;
}

/// Takes over what recovery found.
Status Writer::adopt(const Recovered& recovered) {
    REEL_ASSIGN(sealed_, SealedPart::view(recovered.movie_bytes, recovered.seal, recovered.movie_end,
                                          recovered.config.embedder.dimension));
    free_offset_ = recovered.free_offset;
    state_ = recovered.state;
    next_default_id_ = state_.next_default_id;
    committed_end_ = recovered.committed_end;
    stated_end_ = recovered.durable_end;
    has_trailer_ = recovered.trailer.has_value();
    // What the last trailer covered is not known; at most the seal before it did.
    if (!has_trailer_) bytes_since_trailer_ = committed_end_ - recovered.movie_end;
    for (const Tombstone& tombstone : recovered.seal.tombstones) deleted_.insert(tombstone.record_number);
    for (const RecoveredCommit& commit : recovered.commits) {
        unsealed_rows_.insert(unsealed_rows_.end(), commit.rows.begin(), commit.rows.end());
        const auto& checksums = commit.record.record_checksums;
        unsealed_checksums_.insert(unsealed_checksums_.end(), checksums.begin(), checksums.end());
        for (const uint64_t number : commit.record.tombstones) {
            unsealed_tombstones_.push_back({number, commit.record.commit_number});
            deleted_.insert(number);
        }
    }
    for (uint64_t n = sealed_->tables.count(); n < state_.next_record_number; ++n) {
        if (const auto id = id_of(n)) loose_ids_.emplace(id_hash(*id), n);
    }
    return {};
}

/// Brings the disk to where recovery says the store is, before anything is promised.
Status Writer::settle(const Recovered& recovered) {
    if (recovered.tail == TailState::kDamaged) {
        return fail(ErrorCode::kCorrupt, file_->path() + ": acknowledged data is damaged behind offset " +
                                             std::to_string(committed_end_) + " (" + recovered.tail_reason +
                                             "), so it is not written to; " + repair_advice(file_->path()));
    }
    if (recovered.tail == TailState::kTorn) {
        if (recovered.tail_holds_commit)
            REEL_TRY(save_tail(*file_, committed_end_, recovered.file_size, warnings_));
        REEL_TRY(file_->truncate(committed_end_));
    }
    // The page cache may hold what the disk never got: write it again, then sync.
    REEL_TRY(rewrite_in_place(*file_, recovered.durable_end, committed_end_));
    // A cover is written after its seal's sync, so that of the newest one may not have happened.
    for (const uint64_t offset : recovered.covers)
        REEL_TRY(rewrite_in_place(*file_, offset, offset + kCoverSize));
    const bool rewritten = recovered.durable_end < committed_end_ || !recovered.covers.empty();
    if (rewritten || recovered.tail == TailState::kTorn) REEL_TRY(sync());
    synced_commit_ = state_.commit_number;
    for (const MissingCover& missing : recovered.missing_covers) {
        REEL_TRY(cover(missing.offset, missing.segment_end, missing.sections_end));
    }
    if (!recovered.missing_covers.empty()) {
        REEL_TRY(sync());
        stated_end_ = sealed_->movie_end;
    }
    return {};
}

Status Writer::check_usable() const {
    if (poison_) return fail(*poison_);
    if (closed_) return fail(ErrorCode::kInvalidArgument, "the store is closed; open it anew to write to it");
    return {};
}

Status Writer::poison(Error error) {
    poison_ = std::make_unique<Error>(
        Error{ErrorCode::kPoisoned, error.message +
                                        "; nothing more is written through this handle: open the store anew, "
                                        "every acknowledged commit is there"});
    return fail(std::move(error));
}

Status Writer::sync() {
    auto status = file_->sync();
    if (!status) return poison(std::move(status).error());
    return {};
}

// --- Appending ---

Status Writer::begin_append() {
    if (out_) return {};
    if (has_trailer_) {
        REEL_TRY(file_->truncate(committed_end_));
        has_trailer_ = false;
        trailer_was_cut_ = true;
        bytes_since_trailer_ = 0;
    }
    out_ = std::make_unique<Appender>(*file_, committed_end_);
    return {};
}

Status Writer::open_media() {
    if (media_offset_) return {};
    media_offset_ = out_->offset();
    // Size 0, "to the end of the file", until the box is complete: a tail torn here is still a valid MP4.
    std::array<std::byte, 8> header{};
    store_be(header.data() + 4, kMediaDataBox.value);
    return out_->append(header);
}

Status Writer::close_media() {
    if (!media_offset_) return {};
    std::array<std::byte, 4> size{};
    store_be(size.data(), static_cast<uint32_t>(out_->offset() - *media_offset_));
    const uint64_t offset = *media_offset_;
    media_offset_.reset();
    return out_->overwrite(offset, size);
}

Status Writer::append(std::string_view id, std::span<const float> vector, std::string_view metadata,
                      std::string_view text) {
    REEL_TRY(check_usable());
    const auto write = [&]() -> Status {
        REEL_TRY(begin_append());
        const uint64_t room = 64 + 4 * vector.size() + metadata.size() + text.size();
        if (media_offset_ && out_->offset() - *media_offset_ + room > kMaxMediaBytes) REEL_TRY(close_media());
        REEL_TRY(open_media());
        ByteBuffer boxes;
        boxes.reserve(room);
        pending_rows_.push_back(append_record(boxes, out_->offset(), vector, metadata, text));
        pending_checksums_.push_back(crc32c(boxes));
        pending_hash_.update(boxes);
        return out_->append(boxes);
    };
    auto status = write();
    if (!status) return abandon(std::move(status).error());
    loose_ids_.emplace(id_hash(id), state_.next_record_number + pending_rows_.size() - 1);
    return {};
}

Status Writer::abandon(Error error) {
    if (!poison_) (void)roll_back();
    return fail(std::move(error));
}

Status Writer::roll_back() {
    if (!out_) return {};
    out_.reset();
    media_offset_.reset();
    for (auto at = loose_ids_.begin(); at != loose_ids_.end();) {
        at = at->second >= state_.next_record_number ? loose_ids_.erase(at) : std::next(at);
    }
    pending_rows_.clear();
    pending_checksums_.clear();
    pending_hash_ = Sha256();
    next_default_id_ = state_.next_default_id;
    return file_->truncate(committed_end_);
}

// --- Looking up ---

RecordRow Writer::row(uint64_t record_number) const {
    const uint64_t sealed = sealed_->tables.count();
    if (record_number < sealed) return sealed_->tables.row(record_number);
    if (record_number < state_.next_record_number) return unsealed_rows_[record_number - sealed];
    return pending_rows_[record_number - state_.next_record_number];
}

Result<OwnedRecord> Writer::read_back(uint64_t record_number) {
    if (record_number >= state_.next_record_number) REEL_TRY(out_->flush());
    const RecordRow place = row(record_number);
    const RecordExtent extent = extent_of(place);
    const uint64_t limit = out_ ? out_->offset() : committed_end_;
    if (extent.begin > extent.end || extent.end > limit) {
        return fail(ErrorCode::kCorrupt, file_->path() + ": record " + std::to_string(record_number) +
                                             " is not where the tables say; " + repair_advice(file_->path()));
    }
    ByteBuffer bytes(extent.end - extent.begin);
    REEL_TRY(read_exactly(*file_, extent.begin, bytes));
    RecordRow local = place;
    local.vector_offset -= extent.begin;
    local.metadata_offset -= extent.begin;
    local.text_offset -= extent.begin;
    REEL_ASSIGN(const RecordView view, view_record(bytes, local, config_.embedder.dimension));
    return OwnedRecord{record_number, ByteBuffer(view.vector.begin(), view.vector.end()),
                       std::string(view.metadata), std::string(view.text)};
}

Result<std::string> Writer::id_of(uint64_t record_number) {
    REEL_ASSIGN(const OwnedRecord record, read_back(record_number));
    return find_doc_id(record.metadata).value_or("");
}

Result<std::optional<OwnedRecord>> Writer::find(std::string_view id) {
    REEL_TRY(check_usable());
    std::optional<uint64_t> found;
    const uint64_t hash = id_hash(id);
    const auto [first, last] = loose_ids_.equal_range(hash);
    std::vector<uint64_t> candidates;
    for (auto at = first; at != last; ++at) candidates.push_back(at->second);
    sealed_->visit_ids(hash, [&](uint64_t record_number) { candidates.push_back(record_number); });
    for (const uint64_t candidate : candidates) {
        if (deleted_.contains(candidate)) continue;
        REEL_ASSIGN(const std::string stored, id_of(candidate));
        if (stored == id && (!found || candidate > *found)) found = candidate;
    }
    if (!found) return std::optional<OwnedRecord>();
    REEL_ASSIGN(OwnedRecord record, read_back(*found));
    return std::optional<OwnedRecord>(std::move(record));
}

Result<bool> Writer::id_is_taken(std::string_view id) {
    REEL_ASSIGN(const auto record, find(id));
    return record.has_value();
}

Result<std::string> Writer::take_default_id() {
    while (true) {
        std::string id = std::to_string(next_default_id_++);
        REEL_ASSIGN(const bool taken, id_is_taken(id));
        if (!taken) return id;
    }
}

// --- Commit ---

CommitRecordBox Writer::next_commit_record() {
    CommitRecordBox record;
    record.file_id = identity_.file_id;
    record.previous_commit_offset = state_.commit_offset;
    record.commit_number = state_.commit_number + 1;
    record.first_record_number = state_.next_record_number;
    record.record_count = pending_rows_.size();
    record.commit_time_ms = std::max(now_ms(), state_.commit_time_ms);
    record.durable_through = synced_commit_;
    record.next_default_id = next_default_id_;
    record.previous_hash = state_.hash;
    record.boxes_hash = pending_hash_.finish();
    record.chain_hash = chain_hash(record);
    return record;
}

Result<CommitInfo> Writer::commit() {
    REEL_TRY(check_usable());
    const uint64_t added = pending_rows_.size();
    if (added == 0) return CommitInfo{state_.commit_number, 0};
    const auto write = [&]() -> Status {
        REEL_TRY(close_media());
        CommitRecordBox record = next_commit_record();
        const uint64_t records = state_.next_record_number + added;
        const uint64_t end = out_->offset() + fragment_size(record, added);
        if (added > kMaxFragmentRecords || seal_is_due(end - free_offset_, end - sealed_->movie_end, records,
                                                       records - sealed_->tables.count())) {
            return write_seal(std::move(record));
        }
        return commit_as_fragment(std::move(record));
    };
    auto status = write();
    if (!status) return fail(abandon(std::move(status).error()).error());
    return CommitInfo{state_.commit_number, added};
}

Status Writer::commit_as_fragment(CommitRecordBox record) {
    record.own_offset = out_->offset();
    record.record_checksums = std::move(pending_checksums_);
    ByteBuffer moof;
    append_fragment(moof, record, pending_rows_, config_.embedder.dimension);
    REEL_TRY(out_->append(moof));
    REEL_TRY(out_->flush());
    // The fragment's checksums cover the records before it, so a crash that keeps one
    // without the other is seen as a torn tail: one sync is enough.
    REEL_TRY(sync());
    stated_end_ = std::max(stated_end_, committed_end_);
    bytes_since_trailer_ += out_->offset() - committed_end_;
    trailer_was_cut_ = false;
    committed_end_ = out_->offset();
    state_ = advance(record);
    synced_commit_ = state_.commit_number;
    unsealed_rows_.insert(unsealed_rows_.end(), pending_rows_.begin(), pending_rows_.end());
    unsealed_checksums_.insert(unsealed_checksums_.end(), record.record_checksums.begin(),
                               record.record_checksums.end());
    pending_rows_.clear();
    pending_checksums_.clear();
    snapshot_.reset();
    out_.reset();
    return {};
}

// --- Reading ---

Result<std::shared_ptr<const Snapshot>> Writer::snapshot() {
    if (snapshot_) return snapshot_;
    if (closed_) REEL_TRY(check_usable());
    SnapshotParts parts;
    parts.config = config_;
    REEL_ASSIGN(parts.bytes, file_->map(committed_end_));
    parts.sealed = sealed_;
    parts.unsealed = unsealed_rows_;
    parts.unsealed_checksums = unsealed_checksums_;
    for (const Tombstone& tombstone : sealed_->seal.tombstones)
        parts.deleted.push_back(tombstone.record_number);
    for (const Tombstone& tombstone : unsealed_tombstones_) parts.deleted.push_back(tombstone.record_number);
    parts.state = state_;
    snapshot_ = std::make_shared<Snapshot>(std::move(parts));
    return snapshot_;
}

// --- Closing ---

Status Writer::close() {
    if (closed_) return {};
    if (poison_) {
        closed_ = true;
        return fail(*poison_);
    }
    REEL_TRY(roll_back());
    REEL_TRY(write_mark());
    REEL_TRY(write_trailer(SealTrailer::kWhenSmall));
    closed_ = true;
    file_.reset();
    return {};
}

/// Says in the file that everything before is durable, for the case that the last commit is damaged later.
Status Writer::write_mark() {
    if (has_trailer_ || committed_end_ - stated_end_ <= kMinSealBytes) return {};
    MarkBox mark;
    mark.file_id = identity_.file_id;
    mark.own_offset = committed_end_;
    mark.commit_number = state_.commit_number;
    mark.chain_hash = state_.hash;
    ByteBuffer box;
    write_checksummed(box, mark, 0);
    auto status = file_->write_at(committed_end_, box);
    if (!status) {
        (void)file_->truncate(committed_end_);
        return status;
    }
    committed_end_ += box.size();
    stated_end_ = committed_end_;
    return {};
}

Status Writer::write_trailer(SealTrailer policy) {
    if (has_trailer_) return {};
    REEL_ASSIGN(const auto newest, snapshot());
    const bool always = policy == SealTrailer::kAlways || trailer_was_cut_;
    if (!always && least_trailer_bytes(newest->live_count()) > kMaxTrailerBytes) return {};
    REEL_ASSIGN(const ByteBuffer box, build_trailer(*newest));
    const uint64_t worth = std::max(kSmallTrailerBytes, bytes_since_trailer_);
    if (!always && (box.size() > kMaxTrailerBytes || box.size() > worth)) return {};
    auto status = file_->write_at(committed_end_, box);
    if (!status) {
        (void)file_->truncate(committed_end_);
        return status;
    }
    has_trailer_ = true;
    bytes_since_trailer_ = 0;
    return {};
}

}  // namespace reel
