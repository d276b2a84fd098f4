// Boxes that describe the movie and its tracks; everything but sample tables.
#pragma once

#include "boxes/field_io.h"

namespace reel {

using Matrix = std::array<uint32_t, 9>;
inline constexpr Matrix kUnityMatrix = {0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000};
inline constexpr uint32_t kVersion1 = 1U << 24U;

/// Movie Header Box, section 8.2.2.
struct MovieHeaderBox {
    static constexpr FourCC kType{"mvhd"};
    uint32_t version_and_flags = kVersion1;
    uint64_t creation_time = 0;
    uint64_t modification_time = 0;
    uint32_t timescale = 1000;
    uint64_t duration = 0;
    uint32_t rate = 0x10000;
    uint16_t volume = 0x100;
    Matrix matrix = kUnityMatrix;
    uint32_t next_track_id = 1;

    void fields(auto& io) {
        io.field("version_and_flags", version_and_flags);
        io.version_sized("creation_time", creation_time, version_and_flags);
        io.version_sized("modification_time", modification_time, version_and_flags);
        io.field("timescale", timescale);
        io.version_sized("duration", duration, version_and_flags);
        io.field("rate", rate);
        io.field("volume", volume);
        io.reserved(10);
        io.field("matrix", matrix);
        io.reserved(24);
        io.field("next_track_ID", next_track_id);
    }
};

/// Track Header Box, section 8.3.2. Flags: 1 enabled, 2 in movie.
struct TrackHeaderBox {
    static constexpr FourCC kType{"tkhd"};
    uint32_t version_and_flags = kVersion1 | 3;
    uint64_t creation_time = 0;
    uint64_t modification_time = 0;
    uint32_t track_id = 0;
    uint64_t duration = 0;
    uint16_t layer = 0;
    uint16_t alternate_group = 0;
    uint16_t volume = 0;
    Matrix matrix = kUnityMatrix;
    uint32_t width = 0;
    uint32_t height = 0;

    void fields(auto& io) {
        io.field("version_and_flags", version_and_flags);
        io.version_sized("creation_time", creation_time, version_and_flags);
        io.version_sized("modification_time", modification_time, version_and_flags);
        io.field("track_ID", track_id);
        io.reserved(4);
        io.version_sized("duration", duration, version_and_flags);
        io.reserved(8);
        io.field("layer", layer);
        io.field("alternate_group", alternate_group);
        io.field("volume", volume);
        io.reserved(2);
        io.field("matrix", matrix);
        io.field("width", width);
        io.field("height", height);
    }
};

/// Media Header Box, section 8.4.2. Language 0x55C4: "und".
struct MediaHeaderBox {
    static constexpr FourCC kType{"mdhd"};
    uint32_t version_and_flags = kVersion1;
    uint64_t creation_time = 0;
    uint64_t modification_time = 0;
    uint32_t timescale = 1000;
    uint64_t duration = 0;
    uint16_t language = 0x55C4;

    void fields(auto& io) {
        io.field("version_and_flags", version_and_flags);
        io.version_sized("creation_time", creation_time, version_and_flags);
        io.version_sized("modification_time", modification_time, version_and_flags);
        io.field("timescale", timescale);
        io.version_sized("duration", duration, version_and_flags);
        io.field("language", language);
        io.reserved(2);
    }
};

/// Handler Reference Box, section 8.4.3.
struct HandlerBox {
    static constexpr FourCC kType{"hdlr"};
    uint32_t version_and_flags = 0;
    FourCC handler_type;
    std::string name;

    void fields(auto& io) {
        io.field("version_and_flags", version_and_flags);
        io.reserved(4);
        io.field("handler_type", handler_type);
        io.reserved(12);
        io.c_string("name", name);
    }
};

/// Null Media Header Box, section 8.4.5.2.
struct NullMediaHeaderBox {
    static constexpr FourCC kType{"nmhd"};
    uint32_t version_and_flags = 0;
    void fields(auto& io) { io.field("version_and_flags", version_and_flags); }
};

/// Data Entry URL Box, section 8.7.2; flag 1: the media is in this file.
struct DataEntryUrlBox {
    static constexpr FourCC kType{"url "};
    uint32_t version_and_flags = 1;
    void fields(auto& io) { io.field("version_and_flags", version_and_flags); }
};

/// Head of a Data Reference Box (section 8.7.2) or Sample Description Box
/// (section 8.5.2): the entries follow as boxes.
struct DataReferenceBox {
    static constexpr FourCC kType{"dref"};
    uint32_t version_and_flags = 0;
    uint32_t entry_count = 1;
    void fields(auto& io) {
        io.field("version_and_flags", version_and_flags);
        io.field("entry_count", entry_count);
    }
};
struct SampleDescriptionBox {
    static constexpr FourCC kType{"stsd"};
    uint32_t version_and_flags = 0;
    uint32_t entry_count = 1;
    void fields(auto& io) {
        io.field("version_and_flags", version_and_flags);
        io.field("entry_count", entry_count);
    }
};

/// Simple Text Sample Entry, section 12.5.3.
struct SimpleTextSampleEntry {
    static constexpr FourCC kType{"stxt"};
    uint16_t data_reference_index = 1;
    std::string content_encoding;
    std::string mime_format;
    void fields(auto& io) {
        io.reserved(6);
        io.field("data_reference_index", data_reference_index);
        io.c_string("content_encoding", content_encoding);
        io.c_string("mime_format", mime_format);
    }
};

/// Text Metadata Sample Entry, section 12.3.3.
struct TextMetaDataSampleEntry {
    static constexpr FourCC kType{"mett"};
    uint16_t data_reference_index = 1;
    std::string content_encoding;
    std::string mime_format;
    void fields(auto& io) {
        io.reserved(6);
        io.field("data_reference_index", data_reference_index);
        io.c_string("content_encoding", content_encoding);
        io.c_string("mime_format", mime_format);
    }
};

/// Head of a URI Metadata Sample Entry, section 12.3.3: a 'uri ' box follows.
struct UriMetaSampleEntry {
    static constexpr FourCC kType{"urim"};
    uint16_t data_reference_index = 1;
    void fields(auto& io) {
        io.reserved(6);
        io.field("data_reference_index", data_reference_index);
    }
};
struct UriBox {
    static constexpr FourCC kType{"uri "};
    uint32_t version_and_flags = 0;
    std::string uri;
    void fields(auto& io) {
        io.field("version_and_flags", version_and_flags);
        io.c_string("theURI", uri);
    }
};

/// Track Extends Box, section 8.8.3.
struct TrackExtendsBox {
    static constexpr FourCC kType{"trex"};
    uint32_t version_and_flags = 0;
    uint32_t track_id = 0;
    uint32_t default_sample_description_index = 1;
    uint32_t default_sample_duration = 1000;
    uint32_t default_sample_size = 0;
    uint32_t default_sample_flags = 0;
    void fields(auto& io) {
        io.field("version_and_flags", version_and_flags);
        io.field("track_ID", track_id);
        io.field("default_sample_description_index", default_sample_description_index);
        io.field("default_sample_duration", default_sample_duration);
        io.field("default_sample_size", default_sample_size);
        io.field("default_sample_flags", default_sample_flags);
    }
};

}  // namespace reel
