// Where a store's bytes are.
#include "base/posix_file.h"
#include "base/try.h"
#include "boxes/box_header.h"
#include "db/state.h"

namespace reel {

namespace {

uint64_t size_of_record(const Snapshot& snapshot, uint64_t n) {
    const RecordExtent extent = extent_of(snapshot.row(n));
    return extent.begin < extent.end ? extent.end - extent.begin : 0;
}

/// What stands before the records: ftyp, identity and the first, empty movie, unless that is the newest.
uint64_t head_bytes(const Snapshot& snapshot, const File& file, uint64_t file_bytes) {
    const auto type = read_box_header(file, 0, file_bytes);
    const auto identity = type ? read_box_header(file, type->end(), file_bytes) : fail(type.error());
    if (!identity) return 0;
    const uint64_t movie_offset = identity->end() + kCoverSize;
    const auto movie = read_box_header(file, movie_offset, file_bytes);
    if (!movie || movie->type != FourCC{"moov"}) return identity->end();
    return snapshot.sealed()->seal.own_offset == movie_offset ? identity->end() : movie->end();
}

/// What the newest state needs beside head and records: newest movie and its sections, fragments behind it.
uint64_t index_bytes(const Snapshot& snapshot) {
    const SealedPart& sealed = *snapshot.sealed();
    uint64_t bytes = sealed.movie_end - sealed.seal.own_offset + kCoverSize;
    for (const SectionEntry& section : sealed.seal.sections)
        bytes += section.size + 24 + box_size(SectionBoxHead{});
    uint64_t behind = snapshot.bytes().size() - sealed.movie_end;
    for (uint64_t n = snapshot.sealed_count(); n < snapshot.count(); ++n) {
        const uint64_t size = size_of_record(snapshot, n);
        behind -= std::min(behind, size);
    }
    return bytes + behind;
}

}  // namespace

Result<SpaceInfo> Database::space() const {
    const auto snapshot = state_->snapshot();
    REEL_ASSIGN(const auto file, PosixFile::open_read(path()));
    REEL_ASSIGN(const uint64_t file_bytes, file->size());
    SpaceInfo space;
    for (uint64_t n = 0; n < snapshot->count(); ++n) {
        uint64_t& part = snapshot->live().contains(n) ? space.live_bytes : space.dead_bytes;
        part += size_of_record(*snapshot, n);
    }
    const uint64_t records = space.live_bytes + space.dead_bytes;
    const uint64_t rest = file_bytes - std::min(file_bytes, records);
    if (snapshot->kind() != FileKind::kReel) {
        space.index_bytes = rest;
        return unless_cut(*snapshot, path(), Result<SpaceInfo>(space));
    }
    const uint64_t behind = file_bytes - std::min<uint64_t>(file_bytes, snapshot->bytes().size());
    const uint64_t head = head_bytes(*snapshot, *file, file_bytes);
    space.index_bytes = std::min(rest, head + index_bytes(*snapshot) + behind);
    space.stale_bytes = rest - space.index_bytes;
    return unless_cut(*snapshot, path(), Result<SpaceInfo>(space));
}

}  // namespace reel
