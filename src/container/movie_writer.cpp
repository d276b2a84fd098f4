#include "container/movie_writer.h"

#include <algorithm>
#include <vector>

#include "boxes/movie_boxes.h"
#include "boxes/sample_table_boxes.h"

namespace reel {

namespace {

/// Rows of one stsz or co64 that are streamed into the movie at `at`.
struct TableHole {
    size_t at = 0;
    Track track = Track::kText;
    bool offsets = false;  ///< co64, else stsz
    uint64_t bytes = 0;
};

/// The movie's small boxes, with holes where table rows go.
class Skeleton {
public:
    explicit Skeleton(const MovieContent& content) : content_(content), count_(content.rows->count()) {
        const size_t movie = open(kMovieBox);
        movie_header();
        for (const Track track : kTracks) track_box(track);
        extends();
        configuration();
        close(movie);
    }

    ByteBuffer bytes;
    std::vector<TableHole> holes;

    [[nodiscard]] uint64_t hole_bytes() const {
        uint64_t total = 0;
        for (const TableHole& hole : holes) total += hole.bytes;
        return total;
    }

private:
    size_t open(FourCC type) {
        const size_t start = bytes.size();
        bytes.resize(start + 8);
        store_be(bytes.data() + start + 4, type.value);
        return start;
    }

    /// Completes the size, holes included. It fits 32 bits: write_movie() checked the whole.
    void close(size_t start) {
        uint64_t size = bytes.size() - start;
        for (const TableHole& hole : holes) {
            if (hole.at > start) size += hole.bytes;  // one at `start` belongs to the box before
        }
        store_be(bytes.data() + start, static_cast<uint32_t>(size));
    }

    [[nodiscard]] uint64_t duration() const { return count_ * kRecordDuration; }

    void movie_header() {
        MovieHeaderBox box;
        box.timescale = kTimescale;
        box.duration = duration();
        box.next_track_id = static_cast<uint32_t>(kTracks.size()) + 1;
        write_box(bytes, box);
    }

    void track_box(Track track) {
        const size_t trak = open(FourCC{"trak"});
        TrackHeaderBox header;
        header.track_id = static_cast<uint32_t>(track);
        header.duration = duration();
        write_box(bytes, header);
        const size_t mdia = open(FourCC{"mdia"});
        MediaHeaderBox media;
        media.timescale = kTimescale;
        media.duration = duration();
        write_box(bytes, media);
        HandlerBox handler;
        handler.handler_type = track == Track::kText ? FourCC{"text"} : FourCC{"meta"};
        handler.name = track == Track::kText ? "text" : track == Track::kMetadata ? "metadata" : "vectors";
        write_box(bytes, handler);
        const size_t minf = open(FourCC{"minf"});
        write_box(bytes, NullMediaHeaderBox{});
        data_information();
        sample_table(track);
        close(minf);
        close(mdia);
        close(trak);
    }

    void data_information() {
        const size_t dinf = open(FourCC{"dinf"});
        const size_t dref = bytes.size();
        write_box(bytes, DataReferenceBox{});
        write_box(bytes, DataEntryUrlBox{});
        close(dref);
        close(dinf);
    }

    void sample_table(Track track) {
        const auto samples = static_cast<uint32_t>(count_);
        const size_t stbl = open(FourCC{"stbl"});
        sample_description(track);
        TimeToSampleBox times;
        SampleToChunkBox chunks;
        if (count_ > 0) {
            times.entries.push_back({samples, kRecordDuration});
            chunks.entries.push_back({1, 1, 1});
        }
        write_box(bytes, times);
        write_box(bytes, chunks);
        SampleSizeBoxHead sizes;
        sizes.sample_count = samples;
        if (track == Track::kVector) sizes.sample_size = 4 * content_.dimension;
        const size_t stsz = bytes.size();
        write_box(bytes, sizes);
        if (track != Track::kVector) holes.push_back({bytes.size(), track, false, 4 * count_});
        close(stsz);
        ChunkLargeOffsetBoxHead offsets;
        offsets.entry_count = samples;
        const size_t co64 = bytes.size();
        write_box(bytes, offsets);
        holes.push_back({bytes.size(), track, true, 8 * count_});
        close(co64);
        close(stbl);
    }

    void sample_description(Track track) {
        const size_t stsd = bytes.size();
        write_box(bytes, SampleDescriptionBox{});
        if (track == Track::kText) {
            write_box(bytes, SimpleTextSampleEntry{1, "", kTextMimeType});
        } else if (track == Track::kMetadata) {
            write_box(bytes, TextMetaDataSampleEntry{1, "", kMetadataMimeType});
        } else {
            const size_t urim = bytes.size();
            write_box(bytes, UriMetaSampleEntry{});
            write_box(bytes, UriBox{0, vector_uri(content_.dimension)});
            close(urim);
        }
        close(stsd);
    }

    void extends() {
        const size_t mvex = open(FourCC{"mvex"});
        for (const Track track : kTracks) {
            TrackExtendsBox box;
            box.track_id = static_cast<uint32_t>(track);
            box.default_sample_duration = kRecordDuration;
            write_box(bytes, box);
        }
        close(mvex);
    }

    void configuration() {
        const size_t udta = open(FourCC{"udta"});
        const size_t json = open(kMetadataBox);
        append(bytes, as_bytes(content_.configuration));
        close(json);
        close(udta);
    }

    const MovieContent& content_;
    uint64_t count_;
};

uint64_t checksum_count(uint64_t table_bytes) { return (table_bytes + kTableBlock - 1) / kTableBlock; }

/// Sizes the boxes behind the skeleton; the seal record gets its table of checksums.
uint64_t tail_size(MovieContent& content, const Skeleton& skeleton) {
    uint64_t blocks = 0;
    for (const TableHole& hole : skeleton.holes) blocks += checksum_count(hole.bytes);
    content.seal.table_checksums.assign(blocks, 0);
    return box_size(content.seal) + (content.commit ? box_size(*content.commit) : 0);
}

/// Streams one table and returns the checksums of its blocks.
Status write_table(Appender& out, const MovieContent& content, const TableHole& hole,
                   std::vector<uint32_t>& checksums) {
    const size_t width = hole.offsets ? 8 : 4;
    const uint64_t count = content.rows->count();
    ByteBuffer block;
    block.reserve(kTableBlock);
    for (uint64_t row = 0; row < count; ++row) {
        const Sample sample = content.rows->row(row).sample(hole.track, content.dimension);
        block.resize(block.size() + width);
        std::byte* at = block.data() + block.size() - width;
        if (hole.offsets) {
            store_be(at, sample.offset);
        } else {
            store_be(at, sample.size);
        }
        if (block.size() < kTableBlock && row + 1 < count) continue;
        checksums.push_back(crc32c(block));
        REEL_TRY(out.append(block));
        block.clear();
    }
    return {};
}

}  // namespace

uint64_t movie_size(const MovieContent& content) {
    MovieContent sized = content;
    const Skeleton skeleton(sized);
    return skeleton.bytes.size() + skeleton.hole_bytes() + tail_size(sized, skeleton);
}

Status write_movie(Appender& out, MovieContent content) {
    Skeleton skeleton(content);
    const uint64_t size = skeleton.bytes.size() + skeleton.hole_bytes() + tail_size(content, skeleton);
    if (size > kMaxSmallBox) {
        return fail(ErrorCode::kLimit, "the movie of " + std::to_string(content.rows->count()) +
                                           " records would need " + std::to_string(size) +
                                           " bytes; a store holds as many as fit into 4 GiB of tables");
    }
    store_be(skeleton.bytes.data(), static_cast<uint32_t>(size));
    content.seal.own_offset = out.offset();
    content.seal.configuration_checksum = crc32c(as_bytes(content.configuration));
    std::vector<uint32_t> checksums;
    uint32_t movie_checksum = 0;
    size_t done = 0;
    const auto put_small = [&](size_t end) -> Status {
        const ByteView part(skeleton.bytes.data() + done, end - done);
        movie_checksum = crc32c(part, movie_checksum);
        done = end;
        return out.append(part);
    };
    for (const TableHole& hole : skeleton.holes) {
        REEL_TRY(put_small(hole.at));
        REEL_TRY(write_table(out, content, hole, checksums));
    }
    REEL_TRY(put_small(skeleton.bytes.size()));
    ByteBuffer tail;
    if (content.commit) {
        content.commit->own_offset = content.seal.own_offset;
        write_checksummed(tail, *content.commit, 0);
        movie_checksum = crc32c(tail, movie_checksum);
    }
    content.seal.table_checksums = std::move(checksums);
    content.seal.movie_checksum = movie_checksum;
    write_checksummed(tail, content.seal, tail.size());
    return out.append(tail);
}

}  // namespace reel
