// Boxes of a movie fragment, ISO/IEC 14496-12 section 8.8.
#pragma once

#include "boxes/field_io.h"
#include "boxes/movie_boxes.h"

namespace reel {

/// Movie Fragment Header Box, section 8.8.5.
struct MovieFragmentHeaderBox {
    static constexpr FourCC kType{"mfhd"};
    uint32_t version_and_flags = 0;
    uint32_t sequence_number = 0;
    void fields(auto& io) {
        io.field("version_and_flags", version_and_flags);
        io.field("sequence_number", sequence_number);
    }
};

/// Track Fragment Header Box, section 8.8.7, in the one form that Reel writes:
/// flag 1, an absolute base data offset.
struct TrackFragmentHeaderBox {
    static constexpr FourCC kType{"tfhd"};
    uint32_t version_and_flags = 1;
    uint32_t track_id = 0;
    uint64_t base_data_offset = 0;
    void fields(auto& io) {
        io.field("version_and_flags", version_and_flags);
        io.field("track_ID", track_id);
        io.field("base_data_offset", base_data_offset);
    }
};

/// Track Fragment Media Decode Time Box, section 8.8.12.
struct TrackFragmentDecodeTimeBox {
    static constexpr FourCC kType{"tfdt"};
    uint32_t version_and_flags = kVersion1;
    uint64_t base_media_decode_time = 0;
    void fields(auto& io) {
        io.field("version_and_flags", version_and_flags);
        io.version_sized("baseMediaDecodeTime", base_media_decode_time, version_and_flags);
    }
};

/// Track Fragment Run Box, section 8.8.8, with sizes only (flag 0x200).
struct TrackRunBox {
    static constexpr FourCC kType{"trun"};
    uint32_t version_and_flags = 0x200;
    std::vector<uint32_t> sample_size;
    void fields(auto& io) {
        io.field("version_and_flags", version_and_flags);
        io.table("sample_size", sample_size);
    }
};

}  // namespace reel
