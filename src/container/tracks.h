// The three timed metadata tracks of a store.
#pragma once

#include <array>
#include <cstdint>
#include <string>

namespace reel {

/// Track ids; text first, so that `-map 0:0` in other tools means the texts.
enum class Track : uint32_t { kText = 1, kMetadata = 2, kVector = 3 };
inline constexpr std::array<Track, 3> kTracks = {Track::kText, Track::kMetadata, Track::kVector};

inline constexpr uint32_t kTimescale = 1000;
inline constexpr uint32_t kRecordDuration = 1000;  ///< a plain store's clock: one second a record

/// A sample: where its bytes are. It is the payload of a record's box.
struct Sample {
    uint64_t offset = 0;
    uint32_t size = 0;
};

/// Where one record's payloads are. The sample of an empty text is the one
/// byte of the free box behind its txt1.
struct RecordRow {
    uint64_t vector_offset = 0;
    uint64_t metadata_offset = 0;
    uint64_t text_offset = 0;
    uint32_t metadata_size = 0;
    uint32_t text_size = 0;

    [[nodiscard]] Sample sample(Track track, uint32_t dimension) const {
        switch (track) {
            case Track::kText: return {text_offset, text_size};
            case Track::kMetadata: return {metadata_offset, metadata_size};
            case Track::kVector: break;
        }
        return {vector_offset, 4 * dimension};
    }
};

/// Rows by record number.
class RecordRows {
public:
    RecordRows() = default;
    RecordRows(const RecordRows&) = delete;
    RecordRows& operator=(const RecordRows&) = delete;
    virtual ~RecordRows() = default;
    [[nodiscard]] virtual uint64_t count() const = 0;
    [[nodiscard]] virtual RecordRow row(uint64_t record_number) const = 0;
};

inline constexpr char kTextMimeType[] = "text/plain";
inline constexpr char kMetadataMimeType[] = "application/json";

/// The URI of the vector track's sample entry: element type, byte order, dimension.
inline std::string vector_uri(uint32_t dimension) {
    return "tag:reel,2026:vector?type=f32be&dim=" + std::to_string(dimension);
}

}  // namespace reel
