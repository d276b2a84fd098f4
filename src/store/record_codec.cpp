#include "store/record_codec.h"

#include "base/try.h"
#include "boxes/record_boxes.h"

namespace reel {

namespace {

constexpr uint64_t kHeader = 8;

void append_header(ByteBuffer& out, FourCC type, size_t payload) {
    out.resize(out.size() + kHeader);
    std::byte* at = out.data() + out.size() - kHeader;
    store_be(at, static_cast<uint32_t>(kHeader + payload));
    store_be(at + 4, type.value);
}

Status damaged(const char* what, uint64_t offset) {
    return fail(ErrorCode::kCorrupt, std::string("the ") + what + " of a record is damaged at offset " +
                                         std::to_string(offset) + "; `reel verify` lists what is");
}

/// Whether a box of `type` with a payload of `size` bytes has its payload at `offset`.
bool has_box(ByteView file, FourCC type, uint64_t offset, uint64_t size) {
    if (offset < kHeader || offset > file.size() || size > file.size() - offset) return false;
    const std::byte* header = file.data() + offset - kHeader;
    return load_be<uint32_t>(header) == kHeader + size && load_be<uint32_t>(header + 4) == type.value;
}

}  // namespace

ByteBuffer to_big_endian(std::span<const float> vector) {
    ByteBuffer bytes(4 * vector.size());
    std::byte* at = bytes.data();
    for (const float value : vector) {
        store_be_float(at, value);
        at += 4;
    }
    return bytes;
}

RecordRow append_record(ByteBuffer& out, uint64_t file_offset, const RecordView& record) {
    const size_t start = out.size();
    const auto here = [&] { return file_offset + (out.size() - start); };
    const auto& [vector, metadata, text] = record;
    RecordRow row;
    append_header(out, kVectorBox, vector.size());
    row.vector_offset = here();
    append(out, vector);
    append_header(out, kMetadataBox, metadata.size());
    row.metadata_offset = here();
    row.metadata_size = static_cast<uint32_t>(metadata.size());
    append(out, as_bytes(metadata));
    append_header(out, kTextBox, text.size());
    row.text_offset = here();
    row.text_size = static_cast<uint32_t>(text.size());
    append(out, as_bytes(text));
    if (text.empty()) {
        // A sample must not be empty: ffprobe gives up on a fragment with one.
        append_header(out, kFreeBox, 1);
        row.text_offset = here();
        row.text_size = 1;
        out.push_back(std::byte{'\n'});
    }
    return row;
}

RecordExtent extent_of(const RecordRow& row) {
    return {row.vector_offset - kHeader, row.text_offset + row.text_size};
}

Result<RecordView> view_record(ByteView file, const RecordRow& row, uint32_t dimension) {
    const uint64_t vector_size = uint64_t{4} * dimension;
    if (!has_box(file, kVectorBox, row.vector_offset, vector_size)) {
        REEL_TRY(damaged("vector", row.vector_offset));
    }
    if (!has_box(file, kMetadataBox, row.metadata_offset, row.metadata_size)) {
        REEL_TRY(damaged("metadata", row.metadata_offset));
    }
    RecordView view;
    view.vector = file.subspan(row.vector_offset, vector_size);
    view.metadata = as_text(file.subspan(row.metadata_offset, row.metadata_size));
    if (has_box(file, kTextBox, row.text_offset, row.text_size)) {
        view.text = as_text(file.subspan(row.text_offset, row.text_size));
        return view;
    }
    const bool empty = row.text_size == 1 && has_box(file, kFreeBox, row.text_offset, 1) &&
                       row.text_offset >= 2 * kHeader &&
                       has_box(file, kTextBox, row.text_offset - kHeader, 0);
    if (!empty) REEL_TRY(damaged("text", row.text_offset));
    return view;
}

const std::byte* vector_in_place(ByteView file, uint64_t offset, uint32_t dimension) {
    const uint32_t size = 4 * dimension;
    if (offset < 8 || offset > file.size() || size > file.size() - offset) return nullptr;
    const std::byte* vector = file.data() + offset;
    // The header stands in the cache line that the vector begins in, so a damaged table costs nothing to
    // notice.
    const bool framed =
        load_be<uint32_t>(vector - 8) == size + 8 && load_be<uint32_t>(vector - 4) == kVectorBox.value;
    return framed ? vector : nullptr;
}

}  // namespace reel
