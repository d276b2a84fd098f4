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
      config_(std::make_shared<StoreConfig>(std::move(config))),
      configuration_(std::move(configuration)) {}

Writer::~Writer() {
    // What was never committed goes; an error here costs nothing, since the next writer cuts the tail as
    // well.
    if (!closed_ && !poison_) (void)roll_back();
}

Result<std::unique_ptr<Writer>> Writer::create_on(std::unique_ptr<File> file, const StoreConfig& config,
                                                  const ChainOrigin& origin) {
    REEL_TRY(check_config(config));
    IdentityBox identity;
    REEL_TRY(fill_random(identity.file_id));
    identity.chain_origin = origin.origin.value_or(sha256(identity.file_id));
    identity.predecessor_head = origin.predecessor_head;
    REEL_TRY(write_empty_store(*file, identity, config, origin.next_default_id));
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
        for (size_t i = 0; i < commit.rows.size(); ++i)
            unsealed_.push_back({commit.rows[i], commit.record.record_checksums[i], kUnreadableIdHash});
        for (const uint64_t number : commit.record.tombstones) {
            unsealed_tombstones_.push_back({number, commit.record.commit_number});
            deleted_.insert(number);
        }
    }
    const uint64_t sealed = sealed_->tables.count();
    GrowingLog<UnsealedRecord> hashed;
    for (uint64_t i = 0; i < unsealed_.size(); ++i) {
        UnsealedRecord record = unsealed_[i];
        if (const auto id = id_of(sealed + i)) record.id_hash = id_hash(*id);
        if (!deleted_.contains(sealed + i)) loose_ids_.emplace(record.id_hash, sealed + i);
        hashed.push_back(record);
    }
    unsealed_ = std::move(hashed);
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
    synced_end_ = committed_end_;
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
    const ByteBuffer bytes = to_big_endian(vector);
    return append(id, {bytes, metadata, text});
}

Status Writer::append(std::string_view id, const RecordView& record) {
    REEL_TRY(check_usable());
    const auto write = [&]() -> Status {
        REEL_TRY(begin_append());
        const uint64_t room = 64 + record.vector.size() + record.metadata.size() + record.text.size();
        if (media_offset_ && out_->offset() - *media_offset_ + room > kMaxMediaBytes) REEL_TRY(close_media());
        REEL_TRY(open_media());
        ByteBuffer boxes;
        boxes.reserve(room);
        pending_rows_.push_back(append_record(boxes, out_->offset(), record));
        pending_checksums_.push_back(crc32c(boxes));
        pending_hash_.update(boxes);
        return out_->append(boxes);
    };
    auto status = write();
    if (!status) return abandon(std::move(status).error());
    pending_id_hashes_.push_back(id_hash(id));
    loose_ids_.emplace(pending_id_hashes_.back(), state_.next_record_number + pending_rows_.size() - 1);
    return {};
}

Status Writer::remove(uint64_t record_number) {
    REEL_TRY(check_usable());
    if (record_number >= state_.next_record_number + pending_rows_.size() ||
        !deleted_.insert(record_number)) {
        return fail(ErrorCode::kInvalidArgument,
                    file_->path() + ": record " + std::to_string(record_number) + " is not there to delete");
    }
    pending_tombstones_.push_back(record_number);
    // Looking an id up must not go through all versions that it had since the last seal.
    const uint64_t sealed = sealed_->tables.count();
    if (record_number >= state_.next_record_number) {
        forget_id(pending_id_hashes_[record_number - state_.next_record_number], record_number);
    } else if (record_number >= sealed) {
        forget_id(unsealed_[record_number - sealed].id_hash, record_number);
    }
    return {};
}

Status Writer::abandon(Error error) {
    if (!poison_) (void)roll_back();
    return fail(std::move(error));
}

void Writer::forget_pending() {
    out_.reset();
    media_offset_.reset();
    pending_rows_.clear();
    pending_checksums_.clear();
    pending_id_hashes_.clear();
    pending_tombstones_.clear();
    pending_hash_ = Sha256();
}

Status Writer::roll_back() {
    // What is behind the last known commit may be a seal whose cover hides the movie before it.
    if (poison_) return fail(*poison_);
    for (size_t i = 0; i < pending_id_hashes_.size(); ++i)
        forget_id(pending_id_hashes_[i], state_.next_record_number + i);
    const uint64_t sealed = sealed_->tables.count();
    for (const uint64_t number : pending_tombstones_) {
        deleted_.erase(number);
        if (number >= sealed && number < state_.next_record_number)
            loose_ids_.emplace(unsealed_[number - sealed].id_hash, number);
    }
    next_default_id_ = state_.next_default_id;
    const bool has_written = out_ != nullptr;
    forget_pending();
    if (!has_written) return {};
    auto cut = file_->truncate(committed_end_);
    if (!cut) return poison(std::move(cut).error());
    return {};
}

void Writer::forget_id(uint64_t hash, uint64_t record_number) {
    auto [at, last] = loose_ids_.equal_range(hash);
    while (at != last && at->second != record_number) ++at;
    if (at != last) loose_ids_.erase(at);
}

// --- Looking up ---

RecordRow Writer::row(uint64_t record_number) const {
    const uint64_t sealed = sealed_->tables.count();
    if (record_number < sealed) return sealed_->tables.row(record_number);
    if (record_number < state_.next_record_number) return unsealed_[record_number - sealed].row;
    return pending_rows_[record_number - state_.next_record_number];
}

std::optional<uint32_t> Writer::checksum_of(uint64_t record_number) const {
    const uint64_t sealed = sealed_->tables.count();
    if (record_number < sealed) return sealed_->checksum_of(record_number);
    if (record_number < state_.next_record_number) return unsealed_[record_number - sealed].checksum;
    return pending_checksums_[record_number - state_.next_record_number];
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
    if (const auto expected = checksum_of(record_number); expected && crc32c(bytes) != *expected) {
        return fail(ErrorCode::kCorrupt, file_->path() + ": record " + std::to_string(record_number) +
                                             " at offset " + std::to_string(extent.begin) +
                                             " has a wrong checksum; " + repair_advice(file_->path()));
    }
    RecordRow local = place;
    local.vector_offset -= extent.begin;
    local.metadata_offset -= extent.begin;
    local.text_offset -= extent.begin;
    REEL_ASSIGN(const RecordView view, view_record(bytes, local, config_->embedder.dimension));
    return OwnedRecord{record_number, ByteBuffer(view.vector.begin(), view.vector.end()),
                       std::string(view.metadata), std::string(view.text)};
}

Result<std::string> Writer::id_of(uint64_t record_number) {
    REEL_ASSIGN(const OwnedRecord record, read_back(record_number));
    return find_doc_id(record.metadata).value_or("");
}

Result<std::optional<uint64_t>> Writer::find_number(std::string_view id) {
    REEL_TRY(check_usable());
    std::optional<uint64_t> found;
    const uint64_t hash = id_hash(id);
    const auto [first, last] = loose_ids_.equal_range(hash);
    std::vector<uint64_t> candidates;
    for (auto at = first; at != last; ++at) candidates.push_back(at->second);
    sealed_->visit_ids(hash, [&](uint64_t record_number) {
        if (!deleted_.contains(record_number)) candidates.push_back(record_number);
    });
    for (const uint64_t candidate : candidates) {
        REEL_ASSIGN(const std::string stored, id_of(candidate));
        if (stored == id && (!found || candidate > *found)) found = candidate;
    }
    return found;
}

Result<std::optional<OwnedRecord>> Writer::find(std::string_view id) {
    REEL_ASSIGN(const auto found, find_number(id));
    if (!found) return std::optional<OwnedRecord>();
    REEL_ASSIGN(OwnedRecord record, read_back(*found));
    return std::optional<OwnedRecord>(std::move(record));
}

Result<std::string> Writer::take_default_id() {
    while (true) {
        std::string id = std::to_string(next_default_id_++);
        REEL_ASSIGN(const auto taken, find_number(id));
        if (!taken) return id;
    }
}

// --- Commit ---

CommitRecordBox Writer::next_commit_record(const CommitRecordBox* original) {
    CommitRecordBox record;
    record.file_id = identity_.file_id;
    record.previous_commit_offset = state_.commit_offset;
    record.commit_number = state_.commit_number + 1;
    record.first_record_number = state_.next_record_number;
    record.record_count = pending_rows_.size();
    record.commit_time_ms = original ? original->commit_time_ms : std::max(now_ms(), state_.commit_time_ms);
    record.durable_through = synced_commit_;
    record.next_default_id = original ? original->next_default_id : next_default_id_;
    record.previous_hash = state_.hash;
    record.boxes_hash = pending_hash_.finish();
    record.tombstones = pending_tombstones_;
    std::sort(record.tombstones.begin(), record.tombstones.end());
    record.chain_hash = chain_hash(record);
    return record;
}

/// A copy's old fragments are read by nobody before the last seal, so only a segment's size calls for one.
bool Writer::needs_seal(const CommitRecordBox& record, CommitKind kind) const {
    if (kind == CommitKind::kSeal) return true;
    const bool is_copy = kind == CommitKind::kCopy;
    if (record.record_count > kMaxFragmentRecords || record.tombstones.size() > kMaxFragmentRecords)
        return true;
    const uint64_t end = out_->offset() + fragment_size(record, is_copy ? 0 : record.record_count);
    const uint64_t segment = end - free_offset_;
    if (is_copy) return segment >= kMaxSegmentBytes;
    const uint64_t records = record.first_record_number + record.record_count;
    return seal_is_due(segment, end - sealed_->movie_end,
                       {records, records - sealed_->tables.count(), deleted_.count()});
}

Result<CommitInfo> Writer::commit(Durability durability) {
    return commit_pending(durability, CommitKind::kByPolicy);
}

Status Writer::commit_copy(const CommitRecordBox& original) {
    REEL_ASSIGN([[maybe_unused]] const CommitInfo info,
                commit_pending(Durability::kDeferred, CommitKind::kCopy, &original));
    return {};
}

Result<CommitInfo> Writer::commit_pending(Durability durability, CommitKind kind,
                                          const CommitRecordBox* original) {
    REEL_TRY(check_usable());
    const uint64_t added = pending_rows_.size();
    const uint64_t deleted = pending_tombstones_.size();
    if (added + deleted == 0 && !original) {
        if (durability == Durability::kSynced) REEL_TRY(sync_deferred());
        return CommitInfo{state_.commit_number, 0, 0};
    }
    const auto write = [&]() -> Status {
        REEL_TRY(begin_append());
        REEL_TRY(close_media());
        CommitRecordBox record = next_commit_record(original);
        if (original && record.chain_hash != original->chain_hash) {
            return fail(ErrorCode::kCorrupt, "the records of commit " + std::to_string(record.commit_number) +
                                                 " are not those that were committed");
        }
        if (needs_seal(record, kind)) return write_seal(std::move(record));
        return commit_as_fragment(std::move(record), durability, original != nullptr);
    };
    auto status = write();
    if (!status) return fail(abandon(std::move(status).error()).error());
    return CommitInfo{state_.commit_number, added, deleted};
}

Status Writer::commit_as_fragment(CommitRecordBox record, Durability durability, bool is_copy) {
    record.own_offset = out_->offset();
    record.record_checksums = pending_checksums_;
    ByteBuffer moof;
    const std::span<const RecordRow> rows = pending_rows_;
    append_fragment(moof, record, is_copy ? rows.first(0) : rows, config_->embedder.dimension);
    REEL_TRY(out_->append(moof));
    REEL_TRY(out_->flush());
    // The fragment's checksums cover the records before it, so a crash that keeps one
    // without the other is seen as a torn tail: one sync is enough.
    if (durability == Durability::kSynced) REEL_TRY(sync());
    stated_end_ = std::max(stated_end_, synced_end_);
    bytes_since_trailer_ += out_->offset() - committed_end_;
    trailer_was_cut_ = false;
    committed_end_ = out_->offset();
    state_ = advance(record);
    if (durability == Durability::kSynced) {
        synced_commit_ = state_.commit_number;
        synced_end_ = committed_end_;
    }
    take_pending(record.commit_number);
    return {};
}

/// What was pending is committed.
void Writer::take_pending(uint64_t commit_number) {
    for (size_t i = 0; i < pending_rows_.size(); ++i)
        unsealed_.push_back({pending_rows_[i], pending_checksums_[i], pending_id_hashes_[i]});
    for (const uint64_t number : pending_tombstones_) unsealed_tombstones_.push_back({number, commit_number});
    if (!pending_tombstones_.empty()) shared_deleted_.reset();
    snapshot_.reset();
    forget_pending();
}

Status Writer::sync_deferred() {
    REEL_TRY(check_usable());
    if (synced_commit_ == state_.commit_number) return {};
    REEL_TRY(sync());
    synced_commit_ = state_.commit_number;
    synced_end_ = committed_end_;
    return {};
}

// --- Reading ---

Result<std::shared_ptr<const Snapshot>> Writer::snapshot() {
    if (snapshot_) return snapshot_;
    REEL_TRY(check_usable());
    SnapshotParts parts;
    parts.config = config_;
    REEL_ASSIGN(parts.bytes, file_->map(committed_end_));
    parts.sealed = sealed_;
    parts.unsealed = unsealed_.view();
    parts.id_hashes_known = true;
    parts.tombstones = unsealed_tombstones_.view();
    // Pending deletions are in deleted_, so it is shared only where there are none.
    if (!shared_deleted_ && pending_tombstones_.empty())
        shared_deleted_ = std::make_shared<DeletedSet>(deleted_);
    parts.deleted = shared_deleted_;
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
    REEL_TRY(sync_deferred());
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
