#include "boxes/dump.h"

#include <algorithm>
#include <map>
#include <optional>

#include "base/limits.h"
#include "base/try.h"
#include "boxes/file_boxes.h"
#include "boxes/fragment_boxes.h"
#include "boxes/movie_boxes.h"
#include "boxes/sample_table_boxes.h"
#include "boxes/store_boxes.h"

namespace reel {

namespace {

constexpr uint64_t kMaxParsed = 64U << 20U;  ///< a box's inside is read up to this many bytes

using Dump = Status (*)(ByteView payload, const FieldDumper::Line& line);

template <class Box>
Status dump_fields(ByteView payload, const FieldDumper::Line& line) {
    REEL_ASSIGN(auto box, parse_box<Box>(payload));
    FieldDumper dumper(line);
    box.fields(dumper);
    return {};
}

struct Kind {
    const char* type;
    const char* name;
    int children_at;  ///< payload offset of the first child; -1: none
    Dump dump;
};

// ISO/IEC 14496-12; the last group is Reel's.
constexpr Kind kKinds[] = {
    {"ftyp", "File Type Box", -1, dump_fields<FileTypeBox>},
    {"moov", "Movie Box", 0, nullptr},
    {"mvhd", "Movie Header Box", -1, dump_fields<MovieHeaderBox>},
    {"trak", "Track Box", 0, nullptr},
    {"tkhd", "Track Header Box", -1, dump_fields<TrackHeaderBox>},
    {"tref", "Track Reference Box", 0, nullptr},
    {"edts", "Edit Box", 0, nullptr},
    {"elst", "Edit List Box", -1, nullptr},
    {"mdia", "Media Box", 0, nullptr},
    {"mdhd", "Media Header Box", -1, dump_fields<MediaHeaderBox>},
    {"hdlr", "Handler Reference Box", -1, dump_fields<HandlerBox>},
    {"minf", "Media Information Box", 0, nullptr},
    {"vmhd", "Video Media Header Box", -1, nullptr},
    {"smhd", "Sound Media Header Box", -1, nullptr},
    {"sthd", "Subtitle Media Header Box", -1, nullptr},
    {"nmhd", "Null Media Header Box", -1, dump_fields<NullMediaHeaderBox>},
    {"dinf", "Data Information Box", 0, nullptr},
    {"dref", "Data Reference Box", 8, dump_fields<DataReferenceBox>},
    {"url ", "Data Entry Url Box", -1, dump_fields<DataEntryUrlBox>},
    {"stbl", "Sample Table Box", 0, nullptr},
    {"stsd", "Sample Description Box", 8, dump_fields<SampleDescriptionBox>},
    {"stxt", "Simple Text Sample Entry", -1, dump_fields<SimpleTextSampleEntry>},
    {"mett", "Text Metadata Sample Entry", -1, dump_fields<TextMetaDataSampleEntry>},
    {"urim", "URI Metadata Sample Entry", 8, dump_fields<UriMetaSampleEntry>},
    {"uri ", "URI Box", -1, dump_fields<UriBox>},
    {"stts", "Decoding Time to Sample Box", -1, dump_fields<TimeToSampleBox>},
    {"ctts", "Composition Time to Sample Box", -1, nullptr},
    {"stss", "Sync Sample Box", -1, nullptr},
    {"stsc", "Sample To Chunk Box", -1, dump_fields<SampleToChunkBox>},
    {"stsz", "Sample Size Box", -1, dump_fields<SampleSizeBoxHead>},
    {"stz2", "Compact Sample Size Box", -1, nullptr},
    {"stco", "Chunk Offset Box", -1, dump_fields<ChunkOffsetBoxHead>},
    {"co64", "Chunk Large Offset Box", -1, dump_fields<ChunkLargeOffsetBoxHead>},
    {"sgpd", "Sample Group Description Box", -1, nullptr},
    {"sbgp", "Sample to Group Box", -1, nullptr},
    {"mvex", "Movie Extends Box", 0, nullptr},
    {"mehd", "Movie Extends Header Box", -1, nullptr},
    {"trex", "Track Extends Box", -1, dump_fields<TrackExtendsBox>},
    {"moof", "Movie Fragment Box", 0, nullptr},
    {"mfhd", "Movie Fragment Header Box", -1, dump_fields<MovieFragmentHeaderBox>},
    {"traf", "Track Fragment Box", 0, nullptr},
    {"tfhd", "Track Fragment Header Box", -1, nullptr},
    {"tfdt", "Track Fragment Media Decode Time Box", -1, dump_fields<TrackFragmentDecodeTimeBox>},
    {"trun", "Track Fragment Run Box", -1, nullptr},
    {"mfra", "Movie Fragment Random Access Box", 0, nullptr},
    {"sidx", "Segment Index Box", -1, nullptr},
    {"udta", "User Data Box", 0, nullptr},
    {"meta", "Meta Box", -1, nullptr},
    {"mdat", "Media Data Box", -1, nullptr},
    {"free", "Free Space Box", -1, nullptr},
    {"skip", "Free Space Box", -1, nullptr},
    {"uuid", "User Extension Box", -1, nullptr},
    {"vct1", "Reel vector", -1, nullptr},
    {"json", "Reel metadata or configuration", -1, nullptr},
    {"txt1", "Reel text", -1, nullptr},
    {"oidx", "Reel offset index", -1, nullptr},
};

const Kind* find_kind(const std::string& type) {
    static const std::map<std::string, const Kind*> by_type = [] {
        std::map<std::string, const Kind*> kinds;
        for (const Kind& kind : kKinds) kinds.emplace(kind.type, &kind);
        return kinds;
    }();
    const auto found = by_type.find(type);
    return found == by_type.end() ? nullptr : found->second;
}

/// The form of a tfhd or trun depends on its flags: only Reel's own is parsed.
Dump find_dump(const Kind& kind, ByteView payload) {
    if (kind.dump != nullptr || payload.size() < 4) return kind.dump;
    const uint32_t version_and_flags = load_be<uint32_t>(payload.data());
    const std::string_view type = kind.type;
    if (type == "tfhd" && version_and_flags == 1) return dump_fields<TrackFragmentHeaderBox>;
    if (type == "trun" && version_and_flags == 0x200) return dump_fields<TrackRunBox>;
    return nullptr;
}

template <class Box>
bool dump_extended(DumpedBox& out, ByteView box, const char* name) {
    const auto payload = find_payload<Box>(box);
    if (!payload) return false;
    out.name = name;
    const auto status =
        dump_fields<Box>(*payload, [&](const std::string& line) { out.fields.push_back(line); });
    if (!status) out.problem = status.error().message;
    return true;
}

class Walk {
public:
    Walk(const File& file, bool inside_media, const std::function<bool(const DumpedBox&)>& visit)
        : file_(file), inside_media_(inside_media), visit_(visit) {}

    /// Visits the boxes in [at, end) of the file.
    Status boxes(uint64_t at, uint64_t end, unsigned depth) {
        while (at < end && !stopped_) {
            const auto header = read_box_header(file_, at, end);
            if (!header) {
                DumpedBox broken{depth, "????", "", at, end - at, {}, header.error().message};
                stopped_ = !visit_(broken);
                return {};
            }
            REEL_TRY(box(*header, depth));
            at = header->end();
        }
        return {};
    }

private:
    Status box(const BoxHeader& header, unsigned depth) {
        DumpedBox out{depth, header.type.text(), "", header.offset, header.size, {}, ""};
        const Kind* kind = find_kind(out.type);
        if (kind != nullptr) out.name = kind->name;
        if (header.size <= kMaxParsed && wants_inside(out.type, kind)) {
            // Of a box with children, only the head: they are read when it is their turn.
            const bool head_only = kind != nullptr && kind->children_at > 0;
            const uint64_t head =
                header.header_size + (head_only ? static_cast<uint64_t>(kind->children_at) : 0);
            ByteBuffer bytes(head_only ? std::min(head, header.size) : header.size);
            REEL_TRY(read_exactly(file_, header.offset, bytes));
            describe(out, kind, bytes, header.header_size);
        }
        stopped_ = !visit_(out);
        if (stopped_) return {};
        const int children_at = kind != nullptr ? kind->children_at : -1;
        const bool media = out.type == "mdat" && inside_media_ && holds_store_boxes(header);
        if (children_at < 0 && !media) return {};
        if (depth + 1 >= kMaxDumpDepth) return {};
        const uint64_t first = header.payload_offset() + static_cast<uint64_t>(std::max(children_at, 0));
        if (first > header.end()) return {};
        return boxes(first, header.end(), depth + 1);
    }

    static bool wants_inside(const std::string& type, const Kind* kind) {
        if (kind != nullptr && kind->children_at == 0) return false;  // nothing but children
        return type != "mdat" && type != "vct1" && type != "txt1" && type != "oidx";
    }

    static void describe(DumpedBox& out, const Kind* kind, ByteView box, uint32_t header_size) {
        if (dump_extended<IdentityBox>(out, box, "Reel identity") ||
            dump_extended<CommitRecordBox>(out, box, "Reel commit record") ||
            dump_extended<SealRecordBox>(out, box, "Reel seal record") ||
            dump_extended<SectionBoxHead>(out, box, "Reel section") ||
            dump_extended<MarkBox>(out, box, "Reel mark")) {
            return;
        }
        const ByteView payload = box.subspan(header_size);
        if (out.type == "json") out.fields.push_back("text = " + std::string(as_text(payload)));
        const Dump dump = kind != nullptr ? find_dump(*kind, payload) : nullptr;
        if (dump == nullptr) return;
        const auto status = dump(payload, [&](const std::string& line) { out.fields.push_back(line); });
        if (!status) out.problem = status.error().message;
    }

    /// Whether an mdat's payload begins with a record, a section or padding of a store.
    bool holds_store_boxes(const BoxHeader& media) const {
        const auto child = read_box_header(file_, media.payload_offset(), media.end());
        return child && (child->type == kVectorBox || child->type == kMetadataBox ||
                         child->type == kExtendedBox || child->type == kMovieBox || child->type == kFreeBox);
    }

    const File& file_;
    bool inside_media_;
    const std::function<bool(const DumpedBox&)>& visit_;
    bool stopped_ = false;
};

}  // namespace

Status dump_boxes(const File& file, bool inside_media, const std::function<bool(const DumpedBox&)>& visit) {
    REEL_ASSIGN(const uint64_t size, file.size());
    return Walk(file, inside_media, visit).boxes(0, size, 0);
}

}  // namespace reel
