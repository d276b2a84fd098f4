// Sample tables as a store has them: one sample a chunk. The two large ones,
// stsz and co64, are written by container/movie_writer and read in place by
// table_view; the structs here are their heads.
#pragma once

#include "boxes/field_io.h"

namespace reel {

/// Decoding Time to Sample Box, section 8.6.1.2.
struct TimeToSampleBox {
    static constexpr FourCC kType{"stts"};
    struct Entry {
        uint32_t sample_count = 0;
        uint32_t sample_delta = 0;
        static void is_row() {}
        constexpr void fields(auto& io) {
            io.field("sample_count", sample_count);
            io.field("sample_delta", sample_delta);
        }
    };
    uint32_t version_and_flags = 0;
    std::vector<Entry> entries;
    void fields(auto& io) {
        io.field("version_and_flags", version_and_flags);
        io.table("entries", entries);
    }
};

/// Sample To Chunk Box, section 8.7.4.
struct SampleToChunkBox {
    static constexpr FourCC kType{"stsc"};
    struct Entry {
        uint32_t first_chunk = 1;
        uint32_t samples_per_chunk = 1;
        uint32_t sample_description_index = 1;
        static void is_row() {}
        constexpr void fields(auto& io) {
            io.field("first_chunk", first_chunk);
            io.field("samples_per_chunk", samples_per_chunk);
            io.field("sample_description_index", sample_description_index);
        }
    };
    uint32_t version_and_flags = 0;
    std::vector<Entry> entries;
    void fields(auto& io) {
        io.field("version_and_flags", version_and_flags);
        io.table("entries", entries);
    }
};

/// Head of a Sample Size Box, section 8.7.3.2. sample_size 0: a table of
/// sample_count 32-bit sizes follows; else every sample has that size.
struct SampleSizeBoxHead {
    static constexpr FourCC kType{"stsz"};
    uint32_t version_and_flags = 0;
    uint32_t sample_size = 0;
    uint32_t sample_count = 0;
    void fields(auto& io) {
        io.field("version_and_flags", version_and_flags);
        io.field("sample_size", sample_size);
        io.field("sample_count", sample_count);
    }
};

/// Head of a Chunk Large Offset Box, section 8.7.5: entry_count 64-bit
/// offsets follow. Every chunk holds one sample, so row i is the absolute
/// offset of record i's payload (not of its box header, as in oidx).
struct ChunkLargeOffsetBoxHead {
    static constexpr FourCC kType{"co64"};
    uint32_t version_and_flags = 0;
    uint32_t entry_count = 0;
    void fields(auto& io) {
        io.field("version_and_flags", version_and_flags);
        io.field("entry_count", entry_count);
    }
};

/// Chunk Offset Box, section 8.7.5: the same with 32-bit offsets (foreign files).
struct ChunkOffsetBoxHead {
    static constexpr FourCC kType{"stco"};
    uint32_t version_and_flags = 0;
    uint32_t entry_count = 0;
    void fields(auto& io) {
        io.field("version_and_flags", version_and_flags);
        io.field("entry_count", entry_count);
    }
};

}  // namespace reel
