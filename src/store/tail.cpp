#include "store/tail.h"

#include <algorithm>
#include <string_view>

#include "base/try.h"
#include "boxes/record_boxes.h"
#include "container/fragment.h"
#include "container/movie_reader.h"

namespace reel {

namespace {

constexpr uint64_t kWindow = uint64_t{1} << 20U;
constexpr size_t kOwnOffsetAt =
    16;  ///< commit records, seal records and marks: own offset behind the file id

/// What looking at a find costs at least, in bytes.
constexpr uint64_t kFindCost = 64;

/// Judges the box that a find at `at` says it belongs to. `budget` bounds what
/// a hostile file can make it read.
Status judge_find(const File& file, uint64_t at, uint64_t own_offset, uint64_t begin, uint64_t end,
                  const FileId& file_id, uint64_t& budget, TailEvidence& evidence) {
    if (own_offset < begin || own_offset >= at) return {};
    const auto header = read_box_header(file, own_offset, end);
    if (!header || header->end() <= at || header->size > kMaxSmallBox) return {};
    if (header->type != kFragmentBox && header->type != kMovieBox && header->type != kFreeBox) return {};
    const uint64_t cost = header->size + kFindCost;
    if (cost > budget) return {};
    budget -= cost;
    ByteBuffer box(header->size);
    REEL_TRY(read_exactly(file, own_offset, box));
    if (header->type == kFreeBox) {
        const auto mark = parse_mark(box, own_offset, file_id);
        if (mark) evidence.durable_through = std::max(evidence.durable_through, mark->commit_number);
        return {};
    }
    if (header->type == kFragmentBox) {
        const auto commit = parse_commit_record(box, own_offset, file_id);
        if (!commit) return {};
        evidence.holds_commit = true;
        evidence.durable_through = std::max(evidence.durable_through, commit->durable_through);
        return {};
    }
    const auto movie = parse_sealed_movie(box, own_offset, file_id);
    if (!movie || !check_movie(box, movie->seal)) return {};
    evidence.holds_commit = evidence.holds_commit || movie->commit.has_value();
    evidence.durable_through = std::max(evidence.durable_through, movie->seal.durable_through);
    return {};
}

}  // namespace

std::optional<MarkBox> parse_mark(ByteView box, uint64_t offset, const FileId& file_id) {
    const auto payload = find_payload<MarkBox>(box);
    if (!payload || !checksum_holds(box)) return std::nullopt;
    const auto mark = parse_box<MarkBox>(*payload);
    if (!mark || mark->file_id != file_id || mark->own_offset != offset) return std::nullopt;
    return *mark;
}

Result<TailEvidence> search_tail(const File& file, uint64_t begin, uint64_t end, const FileId& file_id) {
    TailEvidence evidence;
    const std::string_view needle = as_text(file_id);
    // A box is found once for its own id; sections and payloads may hold the id a few times more.
    uint64_t budget = 4 * (end - begin);
    ByteBuffer window(kWindow + kOwnOffsetAt + 8);
    for (uint64_t at = begin; at < end; at += kWindow) {
        const uint64_t count = std::min<uint64_t>(window.size(), end - at);
        REEL_ASSIGN(const size_t got, file.read_at(at, {window.data(), count}));
        const std::string_view text = as_text({window.data(), got});
        for (size_t find = text.find(needle); find < kWindow; find = text.find(needle, find + 1)) {
            if (find + kOwnOffsetAt + 8 > text.size()) break;
            const uint64_t own_offset = load_be<uint64_t>(window.data() + find + kOwnOffsetAt);
            REEL_TRY(judge_find(file, at + find, own_offset, begin, end, file_id, budget, evidence));
        }
    }
    return evidence;
}

}  // namespace reel
