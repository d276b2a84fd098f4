#include "store/foreign.h"

#include <algorithm>

#include "base/metadata.h"
#include "base/try.h"
#include "boxes/movie_boxes.h"
#include "boxes/record_boxes.h"
#include "boxes/sample_table_boxes.h"
#include "store/configuration.h"
#include "store/trailer.h"

namespace reel {

namespace {

constexpr uint64_t kHeader = 8;
constexpr uint32_t kPrototypeDimension = 768;
constexpr unsigned kMaxWalkDepth = 1;  ///< top level, and inside an mdat

/// What the top level of the file shows.
struct TopLevel {
    std::optional<BoxHeader> trailer;
    std::optional<BoxHeader> movie;
    bool is_damaged_store = false;
    uint64_t end = 0;  ///< of the last whole box
    std::string first_problem;
};

bool has_store_record(ByteView box) {
    BoxCursor cursor(box.size() < kHeader ? ByteView() : box.subspan(kHeader));
    while (true) {
        const auto header = cursor.next();
        if (!header || !*header) return false;
        if (find_payload<CommitRecordBox>(cursor.box()) || find_payload<SealRecordBox>(cursor.box()))
            return true;
    }
}

Result<TopLevel> look_over(const File& file, ByteView bytes) {
    TopLevel top;
    uint64_t at = 0;
    while (at < bytes.size()) {
        const auto header = read_box_header(file, at, bytes.size());
        if (!header) {
            top.first_problem = header.error().message;
            break;
        }
        const ByteView box = bytes.subspan(at, header->size);
        if (header->type == kTrailerBox && header->end() == bytes.size()) top.trailer = *header;
        if (header->type == kMovieBox) top.movie = *header;
        if (header->type == kMovieBox || header->type == kFragmentBox) {
            top.is_damaged_store = top.is_damaged_store || has_store_record(box);
        }
        at = header->end();
        top.end = at;
    }
    return top;
}

/// Whether the types of a commit or seal record stand anywhere, where no walk leads.
bool holds_store_record(ByteView bytes) {
    const std::string_view text = as_text(bytes);
    return text.find(as_text(CommitRecordBox::kExtendedType)) != std::string_view::npos ||
           text.find(as_text(SealRecordBox::kExtendedType)) != std::string_view::npos;
}

bool is_box(ByteView bytes, uint64_t offset, FourCC type) {
    if (offset > bytes.size() || bytes.size() - offset < kHeader) return false;
    const uint64_t size = load_be<uint32_t>(bytes.data() + offset);
    return size >= kHeader && size <= bytes.size() - offset &&
           load_be<uint32_t>(bytes.data() + offset + 4) == type.value;
}

uint32_t payload_size(ByteView bytes, uint64_t offset) {
    return static_cast<uint32_t>(load_be<uint32_t>(bytes.data() + offset) - kHeader);
}

/// Rows in the order of the file, all of one dimension.
struct FoundRecords {
    std::vector<RecordRow> rows;
    std::vector<std::string> ids;  ///< empty: from the metadata
    uint32_t dimension = 0;
    bool framed = true;
};

Status take_dimension(FoundRecords& found, uint32_t vector_bytes, uint64_t offset) {
    const uint32_t dimension = vector_bytes / 4;
    if (vector_bytes % 4 != 0 || dimension == 0 || dimension > kMaxDimension) {
        return fail(ErrorCode::kCorrupt, "a vector of " + std::to_string(vector_bytes) + " bytes at offset " +
                                             std::to_string(offset));
    }
    if (found.dimension == 0) found.dimension = dimension;
    if (found.dimension == dimension) return {};
    return fail(ErrorCode::kCorrupt, "vectors of " + std::to_string(found.dimension) + " and of " +
                                         std::to_string(dimension) + " dimensions, the latter at offset " +
                                         std::to_string(offset));
}

/// Each entry must point at a vct1, a json and a txt1 that lie in the file.
Result<FoundRecords> records_by_trailer(ByteView bytes, const BoxHeader& trailer) {
    REEL_ASSIGN(auto entries,
                parse_trailer(as_text(bytes.subspan(trailer.payload_offset(), trailer.payload_size()))));
    std::sort(entries.begin(), entries.end(),
              [](const auto& a, const auto& b) { return a.vector < b.vector; });
    FoundRecords found;
    for (TrailerEntry& entry : entries) {
        if (!is_box(bytes, entry.vector, kVectorBox) || !is_box(bytes, entry.metadata, kMetadataBox) ||
            !is_box(bytes, entry.text, kTextBox)) {
            return fail(ErrorCode::kCorrupt,
                        "the oidx entry \"" + entry.id + "\" does not point at a record");
        }
        REEL_TRY(take_dimension(found, payload_size(bytes, entry.vector), entry.vector));
        found.rows.push_back({entry.vector + kHeader, entry.metadata + kHeader, entry.text + kHeader,
                              payload_size(bytes, entry.metadata), payload_size(bytes, entry.text)});
        found.ids.push_back(std::move(entry.id));
    }
    return found;
}

/// Sample places of one track of any movie, by its chunk tables (section 8.7).
Result<std::vector<Sample>> samples_of(ByteView stbl, uint64_t file_size) {
    REEL_ASSIGN(const ByteView stsz, find_child(stbl, SampleSizeBoxHead::kType));
    REEL_ASSIGN(const auto sizes, SampleSizeView::parse(stsz));
    REEL_ASSIGN(const ByteView stsc, find_child(stbl, SampleToChunkBox::kType));
    REEL_ASSIGN(const auto runs, parse_box<SampleToChunkBox>(stsc));
    auto chunk_box = find_child(stbl, ChunkLargeOffsetBoxHead::kType);
    FourCC chunk_type = ChunkLargeOffsetBoxHead::kType;
    if (!chunk_box) {
        chunk_type = ChunkOffsetBoxHead::kType;
        chunk_box = find_child(stbl, chunk_type);
    }
    if (!chunk_box) return fail(ErrorCode::kCorrupt, "a track has no chunk offsets");
    REEL_ASSIGN(const auto chunks, ChunkOffsetView::parse(*chunk_box, chunk_type));
    std::vector<Sample> samples;
    // A constant size is no table, so only the file's own bytes bound the count.
    uint64_t left = file_size;
    for (uint32_t chunk = 0, run = 0; chunk < chunks.count() && samples.size() < sizes.count(); ++chunk) {
        while (run + 1 < runs.entries.size() && runs.entries[run + 1].first_chunk <= chunk + 1) ++run;
        if (run >= runs.entries.size()) break;
        uint64_t offset = chunks[chunk];
        for (uint32_t i = 0; i < runs.entries[run].samples_per_chunk && samples.size() < sizes.count(); ++i) {
            const uint32_t size = sizes[samples.size()];
            if (size > left || offset > file_size || size > file_size - offset) {
                return fail(ErrorCode::kCorrupt, "a sample table has more bytes than the file");
            }
            left -= size;
            samples.push_back({offset, size});
            offset += size;
        }
    }
    return samples;
}

/// The three tracks by their sample entries.
Result<FoundRecords> records_by_tables(ByteView bytes, const BoxHeader& movie) {
    std::array<std::vector<Sample>, 3> tracks;
    const std::array<FourCC, 3> entries = {SimpleTextSampleEntry::kType, TextMetaDataSampleEntry::kType,
                                           UriMetaSampleEntry::kType};
    BoxCursor cursor(bytes.subspan(movie.payload_offset(), movie.payload_size()), movie.payload_offset());
    while (true) {
        REEL_ASSIGN(const auto header, cursor.next());
        if (!header) break;
        if (header->type != FourCC{"trak"}) continue;
        REEL_ASSIGN(const ByteView mdia, find_child(cursor.payload(), FourCC{"mdia"}));
        REEL_ASSIGN(const ByteView minf, find_child(mdia, FourCC{"minf"}));
        REEL_ASSIGN(const ByteView stbl, find_child(minf, FourCC{"stbl"}));
        REEL_ASSIGN(const ByteView stsd, find_child(stbl, SampleDescriptionBox::kType));
        for (size_t i = 0; i < entries.size(); ++i) {
            if (!is_box(stsd, kHeader, entries[i])) continue;
            REEL_ASSIGN(tracks[i], samples_of(stbl, bytes.size()));
        }
    }
    const size_t count = tracks[2].size();
    if (count == 0 || tracks[0].size() != count || tracks[1].size() != count) {
        return fail(ErrorCode::kInvalidArgument,
                    "the movie has no text, metadata and vector tracks of equal length");
    }
    FoundRecords found;
    found.framed = false;
    for (size_t i = 0; i < count; ++i) {
        REEL_TRY(take_dimension(found, tracks[2][i].size, tracks[2][i].offset));
        RecordRow row{tracks[2][i].offset, tracks[1][i].offset, tracks[0][i].offset, tracks[1][i].size,
                      tracks[0][i].size};
        // The sample of an empty text is a line feed, since samples must not be empty.
        if (row.text_size == 1 && row.text_offset < bytes.size() &&
            bytes[row.text_offset] == std::byte{'\n'}) {
            row.text_size = 0;
        }
        found.rows.push_back(row);
    }
    return found;
}

/// vct1, json and txt1 one after the other, at this level or inside an mdat.
void walk_records(ByteView bytes, uint64_t at, uint64_t end, unsigned depth, FoundRecords& found) {
    RecordRow row;
    int parts = 0;
    uint32_t vector_bytes = 0;
    while (at < end) {
        const auto header = parse_box_header(bytes.subspan(at, std::min<uint64_t>(16, end - at)), at, end);
        if (!header) return;
        const auto size = static_cast<uint32_t>(std::min<uint64_t>(header->payload_size(), kMaxSmallBox));
        if (header->type == kVectorBox) {
            row = RecordRow{};
            row.vector_offset = header->payload_offset();
            vector_bytes = size;
            parts = 1;
        } else if (header->type == kMetadataBox && parts == 1) {
            row.metadata_offset = header->payload_offset();
            row.metadata_size = size;
            parts = 2;
        } else if (header->type == kTextBox && parts == 2) {
            row.text_offset = header->payload_offset();
            row.text_size = size;
            parts = 0;
            if (take_dimension(found, vector_bytes, row.vector_offset)) found.rows.push_back(row);
        } else if (header->type == kMediaDataBox && depth < kMaxWalkDepth) {
            walk_records(bytes, header->payload_offset(), header->end(), depth + 1, found);
        }
        at = header->end();
    }
}

}  // namespace

StoreConfig prototype_config(uint32_t dimension) {
    StoreConfig config;
    config.metric = Metric::kL2;
    config.embedder.dimension = dimension;
    config.embedder.kind = dimension == kPrototypeDimension ? "ollama" : "none";
    if (dimension == kPrototypeDimension) config.embedder.model = "nomic-embed-text";
    return config;
}

Result<SnapshotParts> open_foreign(const File& file) {
    REEL_ASSIGN(const uint64_t size, file.size());
    if (size == 0) {
        return fail(ErrorCode::kInvalidArgument, file.path() + ": is empty; `reel create` makes a store");
    }
    REEL_ASSIGN(const Mapping mapping, file.map(size));
    const ByteView bytes = mapping.bytes();
    REEL_ASSIGN(const TopLevel top, look_over(file, bytes));
    if (top.is_damaged_store) {
        return fail(ErrorCode::kCorrupt, file.path() +
                                             ": is a store whose identity at the file's start is damaged; " +
                                             repair_advice(file.path()));
    }
    SnapshotParts parts;
    FoundRecords found;
    std::string reason = top.first_problem;
    const auto take = [&](Result<FoundRecords> records, FileKind kind) {
        if (records) {
            found = *std::move(records);
            parts.kind = kind;
        } else if (reason.empty()) {
            reason = records.error().message;
        }
    };
    if (top.trailer) take(records_by_trailer(bytes, *top.trailer), FileKind::kPrototype);
    if (found.rows.empty() && top.movie) take(records_by_tables(bytes, *top.movie), FileKind::kTables);
    if (found.rows.empty()) {
        found = {};
        walk_records(bytes, 0, size, 0, found);
        parts.kind = FileKind::kRecords;
    }
    if (found.rows.empty() && holds_store_record(bytes)) {
        return fail(ErrorCode::kCorrupt,
                    file.path() + ": is a store that is damaged at its start; " + repair_advice(file.path()));
    }
    if (found.rows.empty()) {
        return fail(ErrorCode::kInvalidArgument, file.path() + ": is not a store: no records in it" +
                                                     (reason.empty() ? "" : " (" + reason + ")") +
                                                     "; give an MP4 file made by Reel or by its prototype");
    }
    parts.config = std::make_shared<StoreConfig>(prototype_config(found.dimension));
    parts.bytes = mapping;
    GrowingLog<UnsealedRecord> records;
    for (const RecordRow& row : found.rows) records.push_back({row, 0, 0});
    parts.unsealed = records.view();
    parts.checksums_known = false;
    parts.ids = std::move(found.ids);
    parts.framed = found.framed;
    parts.state.next_record_number = parts.unsealed.size();
    return parts;
}

}  // namespace reel
