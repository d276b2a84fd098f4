#include "boxes/table_view.h"

#include "base/try.h"
#include "boxes/sample_table_boxes.h"

namespace reel {

namespace {

Result<ByteView> rows_of(ByteView payload, size_t head, uint64_t count, size_t row_size, const char* type) {
    if (count * row_size > payload.size() - head) {
        return fail(ErrorCode::kCorrupt, std::string("box '") + type + "' says " + std::to_string(count) +
                                             " rows where " +
                                             std::to_string((payload.size() - head) / row_size) + " fit");
    }
    return payload.subspan(head, count * row_size);
}

}  // namespace

Result<SampleSizeView> SampleSizeView::parse(ByteView stsz_payload) {
    REEL_ASSIGN(const auto head, parse_box<SampleSizeBoxHead>(stsz_payload));
    SampleSizeView view;
    view.count_ = head.sample_count;
    view.constant_ = head.sample_size;
    if (head.sample_size == 0) {
        REEL_ASSIGN(view.rows_, rows_of(stsz_payload, 12, head.sample_count, 4, "stsz"));
    }
    return view;
}

Result<ChunkOffsetView> ChunkOffsetView::parse(ByteView payload, FourCC type) {
    REEL_ASSIGN(const auto head, parse_box<ChunkLargeOffsetBoxHead>(payload));
    ChunkOffsetView view;
    view.count_ = head.entry_count;
    view.wide_ = type == ChunkLargeOffsetBoxHead::kType;
    REEL_ASSIGN(view.rows_,
                rows_of(payload, 8, head.entry_count, view.wide_ ? 8 : 4, view.wide_ ? "co64" : "stco"));
    return view;
}

}  // namespace reel
