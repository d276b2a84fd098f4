// Every parser of boxes and tables on any bytes: no crash, no read past the end, no large
// allocation; and what was read is written and read back as the same bytes.
//
// The first byte chooses the parser, the rest is its payload.
#include <cstdio>
#include <cstdlib>

#include "boxes/file_boxes.h"
#include "boxes/fragment_boxes.h"
#include "boxes/movie_boxes.h"
#include "boxes/sample_table_boxes.h"
#include "boxes/store_boxes.h"
#include "boxes/table_view.h"
#include "container/fragment.h"
#include "container/movie_reader.h"

namespace {

using namespace reel;

void require(bool holds, const char* what) {
    if (holds) return;
    std::fprintf(stderr, "%s\n", what);
    std::abort();
}

template <class Box>
void read_box(ByteView payload) {
    const auto box = parse_box<Box>(payload);
    if (!box) return;
    ByteBuffer once;
    write_box(once, *box);
    require(once.size() == box_size(*box), "a box is not as large as its sizer says");
    // A string whose NUL was missing is written with one, in a sample entry twice; nothing else may grow.
    require(once.size() <= payload.size() + 24 + 2, "a box has more fields than it had bytes");
    const size_t header = ExtendedBox<Box> ? 24 : 8;
    const auto again = parse_box<Box>(ByteView(once).subspan(header));
    require(again.has_value(), "a box that was written cannot be read");
    ByteBuffer twice;
    write_box(twice, *again);
    require(once == twice, "a box that was written is read differently");
    auto shown = *box;
    FieldDumper dumper([](const std::string&) {});
    shown.fields(dumper);
}

void read_children(ByteView payload) {
    BoxCursor cursor(payload, 100);
    uint64_t end = 100;
    while (true) {
        const auto child = cursor.next();
        if (!child || !*child) break;
        require((*child)->offset == end && (*child)->size >= 8, "a child does not follow the one before");
        end = (*child)->end();
        require(end <= 100 + payload.size(), "a child leaves its container");
    }
}

void read_tables(ByteView payload) {
    uint64_t sum = 0;
    if (const auto sizes = SampleSizeView::parse(payload)) {
        for (uint64_t i = 0; i < std::min<uint64_t>(sizes->count(), 1 << 16); ++i) sum += (*sizes)[i];
    }
    for (const FourCC type : {FourCC{"stco"}, FourCC{"co64"}}) {
        const auto offsets = ChunkOffsetView::parse(payload, type);
        if (!offsets) continue;
        for (uint64_t i = 0; i < offsets->count(); ++i) sum += (*offsets)[i];
    }
    [[maybe_unused]] static volatile uint64_t sink;  // so that the rows are really read
    sink = sum;
}

void read_movie(ByteView moov) {
    const FileId id{};
    if (const auto tables = MovieTables::parse(moov)) {
        for (uint64_t i = 0; i < tables->count(); ++i) (void)tables->row(i);
    }
    if (const auto boxes = parse_sealed_movie(moov, 0, id)) (void)check_movie(moov, boxes->seal);
    SealRecordBox seal;
    (void)check_movie(moov, seal);
}

/// The last four bytes become the right checksum: with a wrong one nothing behind it would be reached.
void read_fragment(ByteView bytes) {
    if (bytes.size() < 4) return;
    ByteBuffer moof(bytes.begin(), bytes.end());
    store_be(moof.data() + moof.size() - 4, crc32c({moof.data(), moof.size() - 4}));
    const auto fragment = parse_fragment(moof, 1 << 20, FileId{}, 2);
    if (!fragment) return;
    for (const RecordRow& row : fragment->rows) {
        for (const Track track : kTracks) {
            const Sample sample = row.sample(track, 2);
            require(sample.offset > 0 && sample.offset + sample.size <= 1 << 20,
                    "a row outside the file was accepted");
        }
    }
}

using Parser = void (*)(ByteView);
constexpr Parser kParsers[] = {read_box<FileTypeBox>,
                               read_box<MovieHeaderBox>,
                               read_box<TrackHeaderBox>,
                               read_box<MediaHeaderBox>,
                               read_box<HandlerBox>,
                               read_box<NullMediaHeaderBox>,
                               read_box<DataEntryUrlBox>,
                               read_box<DataReferenceBox>,
                               read_box<SampleDescriptionBox>,
                               read_box<SimpleTextSampleEntry>,
                               read_box<TextMetaDataSampleEntry>,
                               read_box<UriMetaSampleEntry>,
                               read_box<UriBox>,
                               read_box<TrackExtendsBox>,
                               read_box<TimeToSampleBox>,
                               read_box<SampleToChunkBox>,
                               read_box<SampleSizeBoxHead>,
                               read_box<ChunkLargeOffsetBoxHead>,
                               read_box<ChunkOffsetBoxHead>,
                               read_box<MovieFragmentHeaderBox>,
                               read_box<TrackFragmentHeaderBox>,
                               read_box<TrackFragmentDecodeTimeBox>,
                               read_box<TrackRunBox>,
                               read_box<IdentityBox>,
                               read_box<CommitRecordBox>,
                               read_box<SealRecordBox>,
                               read_box<MarkBox>,
                               read_box<SectionBoxHead>,
                               read_children,
                               read_tables,
                               read_movie,
                               read_fragment};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    if (size == 0) return 0;
    kParsers[data[0] % std::size(kParsers)]({reinterpret_cast<const std::byte*>(data) + 1, size - 1});
    return 0;
}
