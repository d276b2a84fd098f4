#include "container/fragment.h"

#include "base/try.h"
#include "boxes/fragment_boxes.h"

namespace reel {

namespace {

void append_track_fragment(ByteBuffer& out, Track track, uint64_t record_number, Sample sample) {
    const ContainerWriter traf(out, FourCC{"traf"});
    write_box(out, TrackFragmentHeaderBox{1, static_cast<uint32_t>(track), sample.offset});
    write_box(out, TrackFragmentDecodeTimeBox{kVersion1, record_number * kRecordDuration});
    write_box(out, TrackRunBox{0x200, {sample.size}});
}

/// Parses one traf into the row it belongs to.
Status parse_track_fragment(ByteView traf, const CommitRecordBox& commit, uint64_t limit, uint32_t dimension,
                            std::vector<RecordRow>& rows) {
    REEL_ASSIGN(const ByteView tfhd, find_child(traf, TrackFragmentHeaderBox::kType));
    REEL_ASSIGN(const ByteView tfdt, find_child(traf, TrackFragmentDecodeTimeBox::kType));
    REEL_ASSIGN(const ByteView trun, find_child(traf, TrackRunBox::kType));
    REEL_ASSIGN(const auto header, parse_box<TrackFragmentHeaderBox>(tfhd));
    REEL_ASSIGN(const auto time, parse_box<TrackFragmentDecodeTimeBox>(tfdt));
    REEL_ASSIGN(const auto run, parse_box<TrackRunBox>(trun));
    const uint64_t record = time.base_media_decode_time / kRecordDuration;
    if (header.version_and_flags != 1 || run.version_and_flags != 0x200 || run.sample_size.size() != 1 ||
        record < commit.first_record_number || record - commit.first_record_number >= rows.size()) {
        return fail(ErrorCode::kCorrupt, "a fragment has a track run that Reel never writes");
    }
    const Sample sample{header.base_data_offset, run.sample_size[0]};
    if (sample.offset > limit || sample.size > limit - sample.offset) {
        return fail(ErrorCode::kCorrupt, "a fragment points behind itself");
    }
    // A payload has its box's header before it, so offset 0 means a row's run was not seen yet.
    if (sample.offset == 0) return fail(ErrorCode::kCorrupt, "a fragment's sample has no box around it");
    RecordRow& row = rows[record - commit.first_record_number];
    uint64_t* offset = nullptr;
    switch (static_cast<Track>(header.track_id)) {
        case Track::kText:
            offset = &row.text_offset;
            row.text_size = sample.size;
            break;
        case Track::kMetadata:
            offset = &row.metadata_offset;
            row.metadata_size = sample.size;
            break;
        case Track::kVector:
            if (sample.size != 4 * dimension)
                return fail(ErrorCode::kCorrupt, "a vector has another dimension");
            offset = &row.vector_offset;
            break;
    }
    if (offset == nullptr) return fail(ErrorCode::kCorrupt, "a fragment of an unknown track");
    if (*offset != 0) return fail(ErrorCode::kCorrupt, "a fragment has two runs of one track and record");
    *offset = sample.offset;
    return {};
}

}  // namespace

void append_fragment(ByteBuffer& out, const CommitRecordBox& commit, std::span<const RecordRow> rows,
                     uint32_t dimension) {
    const size_t start = out.size();
    {
        const ContainerWriter moof(out, kFragmentBox);
        write_box(out, MovieFragmentHeaderBox{0, static_cast<uint32_t>(commit.commit_number)});
        for (const Track track : kTracks) {
            for (size_t i = 0; i < rows.size(); ++i) {
                append_track_fragment(out, track, commit.first_record_number + i,
                                      rows[i].sample(track, dimension));
            }
        }
        write_box(out, commit);
    }
    store_be(out.data() + out.size() - 4, crc32c({out.data() + start, out.size() - start - 4}));
}

uint64_t fragment_size(const CommitRecordBox& commit, size_t row_count) {
    const uint64_t traf = 8 + box_size(TrackFragmentHeaderBox{}) + box_size(TrackFragmentDecodeTimeBox{}) +
                          box_size(TrackRunBox{0x200, {0}});
    return 8 + box_size(MovieFragmentHeaderBox{}) + kTracks.size() * row_count * traf + box_size(commit) +
           4 * (row_count - std::min(row_count, commit.record_checksums.size()));
}

Result<CommitRecordBox> parse_commit_record(ByteView moof, uint64_t offset, const FileId& file_id) {
    if (moof.size() < 16 || !checksum_holds(moof)) {
        return fail(ErrorCode::kCorrupt, "the fragment's checksum is wrong");
    }
    BoxCursor cursor(moof.subspan(8), offset + 8);
    while (true) {
        REEL_ASSIGN(const auto header, cursor.next());
        if (!header) return fail(ErrorCode::kCorrupt, "the fragment has no commit record");
        const auto payload = find_payload<CommitRecordBox>(cursor.box());
        if (!payload) continue;
        REEL_ASSIGN(auto commit, parse_box<CommitRecordBox>(*payload));
        if (commit.file_id != file_id)
            return fail(ErrorCode::kCorrupt, "the commit record is of another file");
        if (commit.own_offset != offset)
            return fail(ErrorCode::kCorrupt, "the commit record is of another place");
        if (commit.record_checksums.size() != commit.record_count) {
            return fail(ErrorCode::kCorrupt, "the commit record does not have one checksum a record");
        }
        return commit;
    }
}

Result<Fragment> parse_fragment(ByteView moof, uint64_t offset, const FileId& file_id, uint32_t dimension) {
    Fragment fragment;
    REEL_ASSIGN(fragment.commit, parse_commit_record(moof, offset, file_id));
    fragment.rows.resize(fragment.commit.record_count);
    BoxCursor cursor(moof.subspan(8), offset + 8);
    size_t runs = 0;
    while (true) {
        REEL_ASSIGN(const auto header, cursor.next());
        if (!header) break;
        if (header->type != FourCC{"traf"}) continue;
        REEL_TRY(parse_track_fragment(cursor.payload(), fragment.commit, offset, dimension, fragment.rows));
        ++runs;
    }
    if (runs != kTracks.size() * fragment.rows.size()) {
        return fail(ErrorCode::kCorrupt, "the fragment does not have one run a track and record");
    }
    return fragment;
}

}  // namespace reel
