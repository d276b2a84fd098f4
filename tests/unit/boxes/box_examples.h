// One example a box: its fields, and its bytes put together by hand from
// ISO/IEC 14496-12 (Reel's own boxes: from docs/format.md).
#pragma once

#include <string>
#include <vector>

#include "boxes/file_boxes.h"
#include "boxes/fragment_boxes.h"
#include "boxes/movie_boxes.h"
#include "boxes/sample_table_boxes.h"
#include "boxes/store_boxes.h"

namespace reel::examples {

/// Where a box's last fields are a string or reach to its end, a payload may
/// be shorter than written; kShortest is then the length of what must be there.
inline constexpr size_t kAll = SIZE_MAX;

template <size_t N>
std::array<std::byte, N> counted(unsigned first) {
    std::array<std::byte, N> out{};
    for (size_t i = 0; i < N; ++i) out[i] = static_cast<std::byte>(first + i);
    return out;
}

// counted<16>(0x10) and counted<32>(n) as they stand in a file
#define REEL_HEX_16_10 "101112131415161718191a1b1c1d1e1f "
#define REEL_HEX_32_20 "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f "
#define REEL_HEX_32_40 "404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f "
#define REEL_HEX_32_60 "606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f "
#define REEL_HEX_UNITY "00010000 00000000 00000000 00000000 00010000 00000000 00000000 00000000 40000000 "

struct FileType {
    using Box = FileTypeBox;
    static constexpr size_t kShortest = 8;
    static constexpr bool kReachesToEnd = true;
    static Box box() { return {FourCC{"isom"}, 0x200, {FourCC{"isom"}, FourCC{"iso6"}, FourCC{"reel"}}}; }
    static constexpr auto kBytes = "0000001c 'ftyp' 'isom' 00000200 'isom' 'iso6' 'reel'";
    static constexpr auto kNames = "major_brand minor_version compatible_brands";
};

struct MovieHeader {
    using Box = MovieHeaderBox;
    static constexpr size_t kShortest = kAll;
    static constexpr bool kReachesToEnd = false;
    static Box box() {
        return {kVersion1, 0x1122334455667788, 2, 1000, 0x100000003, 0x10000, 0x100, kUnityMatrix, 4};
    }
    static constexpr auto kBytes =
        "00000078 'mvhd' 01000000 1122334455667788 0000000000000002 000003e8 0000000100000003"
        "00010000 0100 0000 0000000000000000" REEL_HEX_UNITY
        "000000000000000000000000000000000000000000000000 00000004";
    static constexpr auto kNames =
        "version_and_flags creation_time modification_time timescale duration rate volume matrix "
        "next_track_ID";
};

struct MovieHeaderVersion0 : MovieHeader {
    static Box box() { return {0, 0x11223344, 2, 600, 0xfffffffe, 0x10000, 0x100, kUnityMatrix, 2}; }
    static constexpr auto kBytes =
        "0000006c 'mvhd' 00000000 11223344 00000002 00000258 fffffffe"
        "00010000 0100 0000 0000000000000000" REEL_HEX_UNITY
        "000000000000000000000000000000000000000000000000 00000002";
};

struct TrackHeader {
    using Box = TrackHeaderBox;
    static constexpr size_t kShortest = kAll;
    static constexpr bool kReachesToEnd = false;
    static Box box() {
        return {kVersion1 | 3, 0x1122334455667788, 2,         3,       0x100000004, 5, 6,
                0x100,         kUnityMatrix,       0x1400000, 0xf00000};
    }
    static constexpr auto kBytes =
        "00000068 'tkhd' 01000003 1122334455667788 0000000000000002 00000003 00000000 0000000100000004"
        "0000000000000000 0005 0006 0100 0000" REEL_HEX_UNITY "01400000 00f00000";
    static constexpr auto kNames =
        "version_and_flags creation_time modification_time track_ID duration layer alternate_group volume "
        "matrix "
        "width height";
};

struct TrackHeaderVersion0 : TrackHeader {
    static Box box() { return {7, 0x11223344, 2, 3, 4, 5, 6, 0, kUnityMatrix, 0, 0x10000}; }
    static constexpr auto kBytes =
        "0000005c 'tkhd' 00000007 11223344 00000002 00000003 00000000 00000004"
        "0000000000000000 0005 0006 0000 0000" REEL_HEX_UNITY "00000000 00010000";
};

struct MediaHeader {
    using Box = MediaHeaderBox;
    static constexpr size_t kShortest = kAll;
    static constexpr bool kReachesToEnd = false;
    static Box box() { return {kVersion1, 0x1122334455667788, 2, 90000, 0x100000003, 0x55c4}; }
    static constexpr auto kBytes =
        "0000002c 'mdhd' 01000000 1122334455667788 0000000000000002 00015f90 0000000100000003 55c4 0000";
    static constexpr auto kNames =
        "version_and_flags creation_time modification_time timescale duration language";
};

struct MediaHeaderVersion0 : MediaHeader {
    static Box box() { return {0, 0x11223344, 2, 1000, 3, 0x15c7}; }
    static constexpr auto kBytes = "00000020 'mdhd' 00000000 11223344 00000002 000003e8 00000003 15c7 0000";
};

struct Handler {
    using Box = HandlerBox;
    static constexpr size_t kShortest = 24;
    static constexpr bool kReachesToEnd = false;
    static Box box() { return {0, FourCC{"meta"}, "vectors"}; }
    static constexpr auto kBytes =
        "00000028 'hdlr' 00000000 00000000 'meta' 00000000 00000000 00000000 'vectors' 00";
    static constexpr auto kNames = "version_and_flags handler_type name";
};

struct NullMediaHeader {
    using Box = NullMediaHeaderBox;
    static constexpr size_t kShortest = kAll;
    static constexpr bool kReachesToEnd = false;
    static Box box() { return {0x00000102}; }
    static constexpr auto kBytes = "0000000c 'nmhd' 00000102";
    static constexpr auto kNames = "version_and_flags";
};

struct DataEntryUrl {
    using Box = DataEntryUrlBox;
    static constexpr size_t kShortest = kAll;
    static constexpr bool kReachesToEnd = false;
    static Box box() { return {}; }
    static constexpr auto kBytes = "0000000c 'url ' 00000001";
    static constexpr auto kNames = "version_and_flags";
};

struct DataReference {
    using Box = DataReferenceBox;
    static constexpr size_t kShortest = kAll;
    static constexpr bool kReachesToEnd = false;
    static Box box() { return {0, 3}; }
    static constexpr auto kBytes = "00000010 'dref' 00000000 00000003";
    static constexpr auto kNames = "version_and_flags entry_count";
};

struct SampleDescription {
    using Box = SampleDescriptionBox;
    static constexpr size_t kShortest = kAll;
    static constexpr bool kReachesToEnd = false;
    static Box box() { return {0, 2}; }
    static constexpr auto kBytes = "00000010 'stsd' 00000000 00000002";
    static constexpr auto kNames = "version_and_flags entry_count";
};

struct SimpleText {
    using Box = SimpleTextSampleEntry;
    static constexpr size_t kShortest = 8;
    static constexpr bool kReachesToEnd = false;
    static Box box() { return {1, "", "text/plain"}; }
    static constexpr auto kBytes = "0000001c 'stxt' 000000000000 0001 00 'text/plain' 00";
    static constexpr auto kNames = "data_reference_index content_encoding mime_format";
};

struct TextMetaData {
    using Box = TextMetaDataSampleEntry;
    static constexpr size_t kShortest = 8;
    static constexpr bool kReachesToEnd = false;
    static Box box() { return {2, "gz", "application/json"}; }
    static constexpr auto kBytes = "00000024 'mett' 000000000000 0002 'gz' 00 'application/json' 00";
    static constexpr auto kNames = "data_reference_index content_encoding mime_format";
};

struct UriMeta {
    using Box = UriMetaSampleEntry;
    static constexpr size_t kShortest = kAll;
    static constexpr bool kReachesToEnd = false;
    static Box box() { return {1}; }
    static constexpr auto kBytes = "00000010 'urim' 000000000000 0001";
    static constexpr auto kNames = "data_reference_index";
};

struct Uri {
    using Box = UriBox;
    static constexpr size_t kShortest = 4;
    static constexpr bool kReachesToEnd = false;
    static Box box() { return {0, "tag:x"}; }
    static constexpr auto kBytes = "00000012 'uri ' 00000000 'tag:x' 00";
    static constexpr auto kNames = "version_and_flags theURI";
};

struct TrackExtends {
    using Box = TrackExtendsBox;
    static constexpr size_t kShortest = kAll;
    static constexpr bool kReachesToEnd = false;
    static Box box() { return {0, 3, 1, 1000, 0x12345678, 0x10000}; }
    static constexpr auto kBytes = "00000020 'trex' 00000000 00000003 00000001 000003e8 12345678 00010000";
    static constexpr auto kNames =
        "version_and_flags track_ID default_sample_description_index default_sample_duration "
        "default_sample_size "
        "default_sample_flags";
};

struct TimeToSample {
    using Box = TimeToSampleBox;
    static constexpr size_t kShortest = kAll;
    static constexpr bool kReachesToEnd = false;
    static Box box() { return {0, {{5, 1000}, {1, 0xffffffff}}}; }
    static constexpr auto kBytes = "00000020 'stts' 00000000 00000002 00000005 000003e8 00000001 ffffffff";
    static constexpr auto kNames = "version_and_flags entries";
};

struct SampleToChunk {
    using Box = SampleToChunkBox;
    static constexpr size_t kShortest = kAll;
    static constexpr bool kReachesToEnd = false;
    static Box box() { return {0, {{1, 2, 3}, {4, 5, 6}}}; }
    static constexpr auto kBytes =
        "00000028 'stsc' 00000000 00000002 00000001 00000002 00000003 00000004 00000005 00000006";
    static constexpr auto kNames = "version_and_flags entries";
};

struct SampleSize {
    using Box = SampleSizeBoxHead;
    static constexpr size_t kShortest = kAll;
    static constexpr bool kReachesToEnd = false;
    static Box box() { return {0, 3072, 5}; }
    static constexpr auto kBytes = "00000014 'stsz' 00000000 00000c00 00000005";
    static constexpr auto kNames = "version_and_flags sample_size sample_count";
};

struct ChunkLargeOffset {
    using Box = ChunkLargeOffsetBoxHead;
    static constexpr size_t kShortest = kAll;
    static constexpr bool kReachesToEnd = false;
    static Box box() { return {0, 7}; }
    static constexpr auto kBytes = "00000010 'co64' 00000000 00000007";
    static constexpr auto kNames = "version_and_flags entry_count";
};

struct ChunkOffset {
    using Box = ChunkOffsetBoxHead;
    static constexpr size_t kShortest = kAll;
    static constexpr bool kReachesToEnd = false;
    static Box box() { return {0, 8}; }
    static constexpr auto kBytes = "00000010 'stco' 00000000 00000008";
    static constexpr auto kNames = "version_and_flags entry_count";
};

struct MovieFragmentHeader {
    using Box = MovieFragmentHeaderBox;
    static constexpr size_t kShortest = kAll;
    static constexpr bool kReachesToEnd = false;
    static Box box() { return {0, 9}; }
    static constexpr auto kBytes = "00000010 'mfhd' 00000000 00000009";
    static constexpr auto kNames = "version_and_flags sequence_number";
};

struct TrackFragmentHeader {
    using Box = TrackFragmentHeaderBox;
    static constexpr size_t kShortest = kAll;
    static constexpr bool kReachesToEnd = false;
    static Box box() { return {1, 2, 0x1122334455667788}; }
    static constexpr auto kBytes = "00000018 'tfhd' 00000001 00000002 1122334455667788";
    static constexpr auto kNames = "version_and_flags track_ID base_data_offset";
};

struct TrackFragmentDecodeTime {
    using Box = TrackFragmentDecodeTimeBox;
    static constexpr size_t kShortest = kAll;
    static constexpr bool kReachesToEnd = false;
    static Box box() { return {kVersion1, 0x1122334455667788}; }
    static constexpr auto kBytes = "00000014 'tfdt' 01000000 1122334455667788";
    static constexpr auto kNames = "version_and_flags baseMediaDecodeTime";
};

struct TrackFragmentDecodeTimeVersion0 : TrackFragmentDecodeTime {
    static Box box() { return {0, 0x11223344}; }
    static constexpr auto kBytes = "00000010 'tfdt' 00000000 11223344";
};

struct TrackRun {
    using Box = TrackRunBox;
    static constexpr size_t kShortest = kAll;
    static constexpr bool kReachesToEnd = false;
    static Box box() { return {0x200, {3072, 17}}; }
    static constexpr auto kBytes = "00000018 'trun' 00000200 00000002 00000c00 00000011";
    static constexpr auto kNames = "version_and_flags sample_size";
};

struct Identity {
    using Box = IdentityBox;
    static constexpr size_t kShortest = kAll;
    static constexpr bool kReachesToEnd = false;
    static Box box() { return {1, counted<16>(0x10), counted<32>(0x20), counted<32>(0x40), 0xabcdef01}; }
    static constexpr auto kBytes =
        "00000070 'uuid' 4c06fc39fd215da79deb9aa706b2e213 00000001" REEL_HEX_16_10 REEL_HEX_32_20
            REEL_HEX_32_40 "abcdef01";
    static constexpr auto kNames = "format_version file_id chain_origin predecessor_head checksum";
};

struct CommitRecord {
    using Box = CommitRecordBox;
    static constexpr size_t kShortest = kAll;
    static constexpr bool kReachesToEnd = false;
    static Box box() {
        return {0,
                counted<16>(0x10),
                1,
                2,
                3,
                4,
                5,
                6,
                7,
                8,
                counted<32>(0x20),
                counted<32>(0x40),
                counted<32>(0x60),
                {0x1122334455667788},
                {9, 10},
                0xabcdef01};
    }
    static constexpr auto kBytes =
        "000000e8 'uuid' c5a86f6c56035e5797750956ac455521 00000000" REEL_HEX_16_10
        "0000000000000001 0000000000000002 0000000000000003 0000000000000004"
        "0000000000000005 0000000000000006 0000000000000007 0000000000000008" REEL_HEX_32_20 REEL_HEX_32_40
            REEL_HEX_32_60 "00000001 1122334455667788 00000002 00000009 0000000a abcdef01";
    static constexpr auto kNames =
        "version_and_flags file_id own_offset previous_commit_offset commit_number first_record_number "
        "record_count "
        "commit_time_ms durable_through next_default_id previous_hash boxes_hash chain_hash tombstones "
        "record_checksums checksum";
};

struct SealRecord {
    using Box = SealRecordBox;
    static constexpr size_t kShortest = kAll;
    static constexpr bool kReachesToEnd = false;
    static Box box() {
        return {0,
                counted<16>(0x10),
                1,
                2,
                3,
                4,
                5,
                6,
                7,
                counted<32>(0x20),
                8,
                {{9, 10}},
                {{FourCC{"ids "}, 1, 11, 12, 13, 14, 15}},
                {16, 17},
                18,
                0xabcdef01};
    }
    static constexpr auto kBytes = "000000e0 'uuid' 2cc838c6c934536487a8c0725fb048ec 00000000" REEL_HEX_16_10
                                   "0000000000000001 0000000000000002 0000000000000003 0000000000000004"
                                   "0000000000000005 0000000000000006 0000000000000007" REEL_HEX_32_20
                                   "00000008"
                                   "00000001 0000000000000009 000000000000000a"
                                   "00000001 'ids ' 00000001 000000000000000b 000000000000000c "
                                   "000000000000000d 000000000000000e 0000000f"
                                   "00000002 00000010 00000011 00000012 abcdef01";
    static constexpr auto kNames =
        "version_and_flags file_id own_offset commit_number durable_through next_record_number "
        "next_default_id "
        "commit_time_ms previous_commit_offset chain_hash configuration_checksum tombstones sections "
        "table_checksums "
        "movie_checksum record_checksum";
};

struct Mark {
    using Box = MarkBox;
    static constexpr size_t kShortest = kAll;
    static constexpr bool kReachesToEnd = false;
    static Box box() { return {counted<16>(0x10), 1, 2, counted<32>(0x20), 0xabcdef01}; }
    static constexpr auto kBytes = "0000005c 'free' b8ae5a3f60b55f7486dd8c69fbab4e69" REEL_HEX_16_10
                                   "0000000000000001 0000000000000002" REEL_HEX_32_20 "abcdef01";
    static constexpr auto kNames = "file_id own_offset commit_number chain_hash checksum";
};

struct SectionHead {
    using Box = SectionBoxHead;
    static constexpr size_t kShortest = kAll;
    static constexpr bool kReachesToEnd = false;
    static Box box() { return {FourCC{"crcs"}, 1, 2, 3}; }
    static constexpr auto kBytes =
        "00000030 'uuid' abd23d88883e55cdaa25da9236a6376d 'crcs' 00000001 0000000000000002 0000000000000003";
    static constexpr auto kNames = "kind version first_record record_count";
};

#undef REEL_HEX_16_10
#undef REEL_HEX_32_20
#undef REEL_HEX_32_40
#undef REEL_HEX_32_60
#undef REEL_HEX_UNITY

}  // namespace reel::examples
