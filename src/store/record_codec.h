// A record's boxes: writing them, and finding them again.
#pragma once

#include <span>
#include <string_view>

#include "base/bytes.h"
#include "base/limits.h"
#include "container/tracks.h"
#include "reel/error.h"

namespace reel {

/// A record's payloads where they stand.
struct RecordView {
    ByteView vector;            ///< float32 big-endian
    std::string_view metadata;  ///< JSON with "doc_id"
    std::string_view text;
};

/// Appends the boxes of a record whose first byte will stand at `file_offset`;
/// returns where its payloads are.
RecordRow append_record(ByteBuffer& out, uint64_t file_offset, const RecordView& record);

/// The bytes of a vector as they are stored.
ByteBuffer to_big_endian(std::span<const float> vector);

/// First and one past the last byte of a record's boxes.
struct RecordExtent {
    uint64_t begin = 0;
    uint64_t end = 0;
};
RecordExtent extent_of(const RecordRow& row);

/// The vector at `offset` of `file`; nullptr unless a vector box of this dimension stands there.
const std::byte* vector_in_place(ByteView file, uint64_t offset, uint32_t dimension);

/// The record at `row` of `file` (its first bytes). kCorrupt, with the offset,
/// unless the three boxes are there with the right types and sizes.
Result<RecordView> view_record(ByteView file, const RecordRow& row, uint32_t dimension);

}  // namespace reel
