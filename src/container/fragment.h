// A commit's movie fragment: one traf with one trun a sample, each with an
// absolute base offset (readers disagree on several truns with own offsets).
#pragma once

#include <span>
#include <vector>

#include "base/limits.h"
#include "boxes/store_boxes.h"
#include "container/tracks.h"

namespace reel {

/// Appends the `moof` to be written at file offset `commit.own_offset`; `rows`
/// are those of commit.first_record_number onwards. Completes the checksum.
void append_fragment(ByteBuffer& out, const CommitRecordBox& commit, std::span<const RecordRow> rows,
                     uint32_t dimension);

/// Bytes that append_fragment() would append.
uint64_t fragment_size(const CommitRecordBox& commit, size_t row_count);

struct Fragment {
    CommitRecordBox commit;
    std::vector<RecordRow> rows;
};

/// `moof`: the whole box, which stands at `offset`. kCorrupt unless the checksum, the
/// file id and the offset hold and the rows lie before it in the file.
Result<Fragment> parse_fragment(ByteView moof, uint64_t offset, const FileId& file_id, uint32_t dimension);

/// The commit record alone, with the same checks of checksum, id and offset.
Result<CommitRecordBox> parse_commit_record(ByteView moof, uint64_t offset, const FileId& file_id);

}  // namespace reel
