// Sealing: sections and a complete movie behind the commits, then one write that covers the old movie.
#include <algorithm>

#include "base/try.h"
#include "container/movie_writer.h"
#include "store/seal_parts.h"
#include "store/trailer.h"
#include "store/writer.h"

namespace reel {

namespace {

/// A free box that brings the next one to a multiple of 16, or nothing where it stands there.
ByteBuffer padding_at(uint64_t offset) {
    uint64_t size = (kCoverSize - offset % kCoverSize) % kCoverSize;
    if (size == 0) return {};
    if (size < 8) size += kCoverSize;
    ByteBuffer box;
    append_box_header(box, kFreeBox, size);
    box.resize(size);
    return box;
}

/// A section in its box; the entry's place is relative to the box.
ByteBuffer section_box(SectionEntry& entry, const ByteBuffer& data) {
    ByteBuffer box;
    write_box(box, SectionBoxHead{entry.kind, entry.version, entry.first_record, entry.record_count});
    entry.file_offset = box.size();
    entry.size = data.size();
    entry.checksum = crc32c(data);
    append(box, data);
    store_be(box.data(), static_cast<uint32_t>(box.size()));
    return box;
}

}  // namespace

Status Writer::seal(SealTrailer trailer, const SealWork& work) {
    work_ = work;
    skipped_index_.reset();
    auto status = seal_all();
    work_ = {};
    REEL_TRY(std::move(status));
    if (trailer == SealTrailer::kAlways) {
        REEL_TRY(write_trailer(trailer));
        REEL_TRY(sync());
    }
    if (!skipped_index_) return {};
    if (skipped_index_->code == ErrorCode::kInterrupted) {
        return fail(ErrorCode::kInterrupted, file_->path() +
                                                 ": sealed, but its indexes are not complete, since building "
                                                 "them was stopped; seal again for quick searches");
    }
    return {};
}

/// A seal that leaves an index out is a seal all the same, but its owner is to know.
void Writer::note_skipped_index() {
    if (!skipped_index_) return;
    std::string warning = "an index was left out: " + skipped_index_->message;
    if (std::find(warnings_.begin(), warnings_.end(), warning) == warnings_.end())
        warnings_.push_back(std::move(warning));
}

Status Writer::seal_all() {
    const bool is_commit = pending_count() > 0;
    REEL_TRY(commit_pending(Durability::kSynced, CommitKind::kSeal));
    if (is_commit || (committed_end_ == sealed_->movie_end && !indexes_are_due())) return {};
    REEL_TRY(begin_append());
    auto status = write_seal(std::nullopt);
    if (!status) return abandon(std::move(status).error());
    return {};
}

ByteBuffer Writer::merged_ids(const SectionRange& range) {
    std::vector<IdEntry> entries;
    entries.reserve(range.record_count);
    uint64_t next = range.first_record;
    for (auto old = range.replaced.rbegin(); old != range.replaced.rend(); ++old) {
        const auto data = section_data(sealed_->bytes.bytes(), *old, true);
        const auto view = data ? IdSectionView::parse(*data, *old) : fail(data.error());
        if (!view) break;  // damaged: from here on the ids come from the records
        for (uint64_t i = 0; i < view->count(); ++i) {
            const IdEntry entry = view->entry(i);
            if (entry.record_number - old->first_record < old->record_count) entries.push_back(entry);
        }
        next = old->first_record + old->record_count;
    }
    const uint64_t sealed = sealed_->tables.count();
    for (; next < sealed; ++next) {
        const auto id = id_of(next);
        entries.push_back({id ? id_hash(*id) : kUnreadableIdHash, next});
    }
    for (size_t i = 0; i < unsealed_.size(); ++i) entries.push_back({unsealed_[i].id_hash, sealed + i});
    for (size_t i = 0; i < pending_id_hashes_.size(); ++i)
        entries.push_back({pending_id_hashes_[i], state_.next_record_number + i});
    std::sort(entries.begin(), entries.end());
    return build_id_section(entries, range.first_record);
}

/// A damaged section of checksums stays as it is, and its records are read without: merging it would
/// turn good records bad, and computing its checksums anew would bless whatever the records have become.
void Writer::leave_damaged_checksums(SectionRange& range) const {
    const uint64_t end = range.first_record + range.record_count;
    for (size_t i = 0; i < range.replaced.size(); ++i) {
        const SectionEntry& old = range.replaced[i];
        if (old.size == 4 * old.record_count && section_data(sealed_->bytes.bytes(), old, true)) continue;
        range.first_record = old.first_record + old.record_count;
        range.record_count = end - range.first_record;
        range.replaced.resize(i);
    }
}

ByteBuffer Writer::merged_checksums(const SectionRange& range) {
    ByteBuffer data;
    data.reserve(4 * range.record_count);
    const auto put = [&data](uint32_t checksum) {
        data.resize(data.size() + 4);
        std::memcpy(data.data() + data.size() - 4, &checksum, 4);
    };
    for (auto old = range.replaced.rbegin(); old != range.replaced.rend(); ++old) {
        const auto bytes = section_data(sealed_->bytes.bytes(), *old, false);
        if (bytes) reel::append(data, *bytes);
    }
    for (size_t i = 0; i < unsealed_.size(); ++i) put(unsealed_[i].checksum);
    for (const uint32_t checksum : pending_checksums_) put(checksum);
    return data;
}

/// Appends the sections' mdat, which ends at a multiple of 16, and completes the directory.
Status Writer::write_sections(std::vector<SectionEntry>& directory, uint64_t record_count) {
    std::vector<ByteBuffer> boxes;
    const uint64_t start = out_->offset();
    uint64_t at = start + 8;
    for (const FourCC kind : {kIdSection, kChecksumSection}) {
        SectionRange range = plan_section(directory, kind, sealed_->tables.count(), record_count);
        if (range.record_count == 0) continue;
        if (kind == kChecksumSection) leave_damaged_checksums(range);
        std::erase_if(directory, [&](const SectionEntry& entry) {
            return entry.kind == kind && entry.first_record >= range.first_record;
        });
        SectionEntry entry{kind, kSectionVersion, range.first_record, range.record_count, 0, 0, 0};
        boxes.push_back(section_box(entry, kind == kIdSection ? merged_ids(range) : merged_checksums(range)));
        entry.file_offset += at;
        at += boxes.back().size();
        directory.push_back(entry);
    }
    boxes.push_back(padding_at(at));
    at += boxes.back().size();
    if (at - start > kMaxSmallBox) return fail(ErrorCode::kLimit, "the sections of a seal would reach 4 GiB");
    ByteBuffer header;
    append_box_header(header, kMediaDataBox, at - start);
    REEL_TRY(out_->append(header));
    for (const ByteBuffer& box : boxes) REEL_TRY(out_->append(box));
    return {};
}

/// `bulk`: the pending records are committed by this seal.
Status Writer::write_seal(std::optional<CommitRecordBox> bulk) {
    const AllRows rows(sealed_->tables, unsealed_.view(), pending_rows_);
    const uint64_t segment_end = committed_end_;
    const uint64_t old_free = free_offset_;
    if (segment_end - old_free > kMaxSmallBox) {
        return fail(ErrorCode::kLimit, file_->path() + ": the segment to be covered has 4 GiB or more");
    }

    MovieContent content;
    content.rows = &rows;
    content.dimension = config_->embedder.dimension;
    content.configuration = configuration_;
    SealRecordBox& seal = content.seal;
    seal.file_id = identity_.file_id;
    seal.tombstones = sealed_->seal.tombstones;
    for (size_t i = 0; i < unsealed_tombstones_.size(); ++i)
        seal.tombstones.push_back(unsealed_tombstones_[i]);
    if (bulk) {
        for (const uint64_t number : bulk->tombstones)
            seal.tombstones.push_back({number, bulk->commit_number});
    }
    seal.sections = sealed_->seal.sections;
    REEL_TRY(write_index_sections(rows, seal.sections));
    REEL_TRY(write_sections(seal.sections, rows.count()));

    const uint64_t sections_end = out_->offset();
    ByteBuffer free_box;
    append_box_header(free_box, kFreeBox, kCoverSize);
    free_box.resize(kCoverSize);
    REEL_TRY(out_->append(free_box));

    const uint64_t movie_offset = out_->offset();
    ChainState state = state_;
    if (bulk) {
        bulk->own_offset = movie_offset;
        state = advance(*bulk);
    }
    content.commit = bulk;
    seal.commit_number = state.commit_number;
    seal.durable_through = synced_commit_;
    seal.next_record_number = state.next_record_number;
    seal.next_default_id = state.next_default_id;
    seal.commit_time_ms = state.commit_time_ms;
    seal.previous_commit_offset = state.commit_offset;
    seal.chain_hash = state.hash;
    REEL_TRY(write_movie(*out_, std::move(content)));
    REEL_TRY(out_->flush());
    const uint64_t movie_end = out_->offset();
    REEL_TRY(sync());
    auto covered = cover(old_free, segment_end, sections_end);
    if (!covered) return poison(std::move(covered).error());
    // A bulk commit has no fragment: only the cover proves to the next reader that its sync happened.
    if (bulk) REEL_TRY(sync());

    note_skipped_index();
    state_ = state;
    synced_commit_ = state.commit_number;
    if (bulk) {
        bytes_since_trailer_ += movie_end - committed_end_;
        trailer_was_cut_ = false;
    }
    committed_end_ = movie_end;
    synced_end_ = movie_end;
    stated_end_ = movie_end;
    free_offset_ = sections_end;
    unsealed_.clear();
    unsealed_tombstones_.clear();
    if (!pending_tombstones_.empty()) shared_deleted_.reset();
    loose_ids_.clear();
    snapshot_.reset();
    forget_pending();
    return take_sealed_view(movie_offset, movie_end, identity_.file_id);
}

Status Writer::take_sealed_view(uint64_t movie_offset, uint64_t movie_end, const FileId& file_id) {
    const auto view = [&]() -> Status {
        REEL_ASSIGN(Mapping bytes, file_->map(movie_end));
        const ByteView moov = bytes.bytes().subspan(movie_offset, movie_end - movie_offset);
        REEL_ASSIGN(const MovieBoxes boxes, parse_sealed_movie(moov, movie_offset, file_id));
        REEL_ASSIGN(sealed_,
                    SealedPart::view(std::move(bytes), boxes.seal, movie_end, config_->embedder.dimension));
        return {};
    };
    auto status = view();
    if (!status) return poison(std::move(status).error());
    return {};
}

/// One aligned write of 16 bytes swallows the old movie, its commits and, where
/// the box stays below 4 GiB, what the new seal wrote before its movie.
Status Writer::cover(uint64_t free_offset, uint64_t segment_end, uint64_t sections_end) {
    const uint64_t end = sections_end - free_offset <= kMaxSmallBox ? sections_end : segment_end;
    ByteBuffer header;
    append_box_header(header, kMediaDataBox, end - free_offset);
    header.resize(kCoverSize);
    return file_->write_at(free_offset, header);
}

}  // namespace reel
