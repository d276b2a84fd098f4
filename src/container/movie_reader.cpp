#include "container/movie_reader.h"

#include "base/try.h"
#include "boxes/movie_boxes.h"
#include "boxes/sample_table_boxes.h"
#include "container/movie_writer.h"

namespace reel {

namespace {

Status corrupt(const std::string& sentence) { return fail(ErrorCode::kCorrupt, sentence); }

struct TrackTables {
    uint32_t track_id = 0;
    ChunkOffsetView offsets;
    SampleSizeView sizes;
};

Result<TrackTables> parse_track(ByteView trak) {
    TrackTables track;
    REEL_ASSIGN(const ByteView tkhd, find_child(trak, TrackHeaderBox::kType));
    REEL_ASSIGN(const auto header, parse_box<TrackHeaderBox>(tkhd));
    track.track_id = header.track_id;
    REEL_ASSIGN(const ByteView mdia, find_child(trak, FourCC{"mdia"}));
    REEL_ASSIGN(const ByteView minf, find_child(mdia, FourCC{"minf"}));
    REEL_ASSIGN(const ByteView stbl, find_child(minf, FourCC{"stbl"}));
    REEL_ASSIGN(const ByteView stsz, find_child(stbl, SampleSizeBoxHead::kType));
    REEL_ASSIGN(track.sizes, SampleSizeView::parse(stsz));
    REEL_ASSIGN(const ByteView co64, find_child(stbl, ChunkLargeOffsetBoxHead::kType));
    REEL_ASSIGN(track.offsets, ChunkOffsetView::parse(co64, ChunkLargeOffsetBoxHead::kType));
    return track;
}

ByteView movie_payload(ByteView moov) { return moov.size() < 8 ? ByteView() : moov.subspan(8); }

}  // namespace

Result<MovieTables> MovieTables::parse(ByteView moov) {
    MovieTables tables;
    BoxCursor cursor(movie_payload(moov));
    std::array<bool, 3> seen{};
    while (true) {
        REEL_ASSIGN(const auto header, cursor.next());
        if (!header) break;
        if (header->type != FourCC{"trak"}) continue;
        REEL_ASSIGN(const auto track, parse_track(cursor.payload()));
        if (track.track_id < 1 || track.track_id > kTracks.size()) continue;
        const size_t i = track.track_id - 1;
        seen[i] = true;
        tables.offsets_[i] = track.offsets;
        tables.sizes_[i] = track.sizes;
    }
    tables.count_ = tables.offsets_[0].count();
    for (size_t i = 0; i < kTracks.size(); ++i) {
        if (!seen[i] || tables.offsets_[i].count() != tables.count_ ||
            tables.sizes_[i].count() != tables.count_) {
            return fail(ErrorCode::kCorrupt, "the movie's three tracks are not there or differ in length");
        }
    }
    return tables;
}

std::vector<ByteView> MovieTables::row_bytes() const {
    std::vector<ByteView> parts;
    for (size_t i = 0; i < kTracks.size(); ++i) {
        if (!sizes_[i].bytes().empty()) parts.push_back(sizes_[i].bytes());
        parts.push_back(offsets_[i].bytes());
    }
    return parts;
}

Result<MovieBoxes> parse_sealed_movie(ByteView moov, uint64_t offset, const FileId& file_id) {
    MovieBoxes boxes;
    bool sealed = false;
    BoxCursor cursor(movie_payload(moov), offset + 8);
    while (true) {
        REEL_ASSIGN(const auto header, cursor.next());
        if (!header) break;
        if (header->type == FourCC{"udta"}) {
            REEL_ASSIGN(const ByteView json, find_child(cursor.payload(), kMetadataBox));
            boxes.configuration = as_text(json);
        } else if (const auto commit = find_payload<CommitRecordBox>(cursor.box())) {
            if (!checksum_holds(cursor.box()))
                return fail(ErrorCode::kCorrupt, "the commit record's checksum is wrong");
            REEL_ASSIGN(boxes.commit, parse_box<CommitRecordBox>(*commit));
        } else if (const auto seal = find_payload<SealRecordBox>(cursor.box())) {
            if (!checksum_holds(cursor.box()))
                return fail(ErrorCode::kCorrupt, "the seal record's checksum is wrong");
            REEL_ASSIGN(boxes.seal, parse_box<SealRecordBox>(*seal));
            sealed = true;
        }
    }
    if (!sealed) return fail(ErrorCode::kCorrupt, "the movie has no seal record");
    if (boxes.seal.file_id != file_id) return fail(ErrorCode::kCorrupt, "the seal record is of another file");
    if (boxes.seal.own_offset != offset)
        return fail(ErrorCode::kCorrupt, "the seal record is of another place");
    if (boxes.commit && (boxes.commit->file_id != file_id || boxes.commit->own_offset != offset)) {
        return fail(ErrorCode::kCorrupt, "the movie's commit record is of another file or place");
    }
    const uint64_t records = boxes.seal.next_record_number;
    for (const SectionEntry& section : boxes.seal.sections) {
        if (section.record_count > records || section.first_record > records - section.record_count) {
            return fail(ErrorCode::kCorrupt, "a section covers records that are not there");
        }
    }
    for (const Tombstone& tombstone : boxes.seal.tombstones) {
        if (tombstone.record_number >= records || tombstone.commit_number > boxes.seal.commit_number)
            return fail(ErrorCode::kCorrupt, "a deletion names a record or commit that is not there");
    }
    if (boxes.seal.configuration_checksum != crc32c(as_bytes(boxes.configuration))) {
        return fail(ErrorCode::kCorrupt, "the configuration's checksum is wrong");
    }
    return boxes;
}

bool last_table_holds(const MovieTables& tables, const SealRecordBox& seal) {
    const ByteView rows = tables.row_bytes().back();
    const size_t blocks = (rows.size() + kTableBlock - 1) / kTableBlock;
    if (blocks > seal.table_checksums.size()) return false;
    const size_t first = seal.table_checksums.size() - blocks;
    for (size_t i = 0; i < blocks; ++i) {
        const ByteView block =
            rows.subspan(i * kTableBlock, std::min(kTableBlock, rows.size() - i * kTableBlock));
        if (crc32c(block) != seal.table_checksums[first + i]) return false;
    }
    return true;
}

Status check_movie(ByteView moov, const SealRecordBox& seal) {
    REEL_ASSIGN(const auto tables, MovieTables::parse(moov));
    const uint64_t seal_size = box_size(seal);
    if (seal_size > moov.size()) return corrupt("the seal record is larger than its movie");
    const std::byte* at = moov.data();
    const std::byte* end = moov.data() + moov.size() - seal_size;
    uint32_t movie_checksum = 0;
    size_t block = 0;
    for (const ByteView rows : tables.row_bytes()) {
        if (rows.data() < at || rows.data() + rows.size() > end)
            return corrupt("the movie's tables are out of order");
        movie_checksum = crc32c({at, rows.data()}, movie_checksum);
        at = rows.data() + rows.size();
        for (size_t done = 0; done < rows.size(); done += kTableBlock, ++block) {
            const ByteView part = rows.subspan(done, std::min(kTableBlock, rows.size() - done));
            if (block >= seal.table_checksums.size() || seal.table_checksums[block] != crc32c(part)) {
                return corrupt("a block of the sample tables has a wrong checksum, " +
                               std::to_string(part.data() - moov.data()) + " bytes into the movie");
            }
        }
    }
    movie_checksum = crc32c({at, end}, movie_checksum);
    if (block != seal.table_checksums.size() || movie_checksum != seal.movie_checksum) {
        return corrupt("the movie's checksum is wrong");
    }
    return {};
}

}  // namespace reel
