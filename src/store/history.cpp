#include "store/history.h"

#include "base/try.h"
#include "boxes/box_header.h"
#include "container/fragment.h"

namespace reel {

Result<CommitRecordBox> read_commit_record(ByteView bytes, uint64_t offset, const FileId& file_id) {
    if (offset > bytes.size()) return fail(ErrorCode::kCorrupt, "it lies behind the end of the file");
    BoxCursor cursor(bytes.subspan(offset));
    REEL_ASSIGN(const auto header, cursor.next());
    if (!header) return fail(ErrorCode::kCorrupt, "there is no box");
    const ByteView box = cursor.box();
    if (header->type == FourCC{"moof"}) return parse_commit_record(box, offset, file_id);
    REEL_ASSIGN(const MovieBoxes movie, parse_sealed_movie(box, offset, file_id));
    if (movie.commit) return *movie.commit;
    return fail(ErrorCode::kCorrupt, "its movie has no commit record");
}

Status visit_history(const Snapshot& snapshot, const IdentityBox& identity,
                     const std::function<bool(const CommitRecordBox&)>& visit) {
    const ChainState& head = snapshot.state();
    uint64_t offset = head.commit_offset;
    Sha256Digest expected = head.hash;
    uint64_t records = head.next_record_number;
    for (uint64_t number = head.commit_number; number > 0; --number) {
        const auto broken = [&](const std::string& why) {
            return fail(ErrorCode::kCorrupt, "commit " + std::to_string(number) + " at offset " +
                                                 std::to_string(offset) + ": " + why +
                                                 "; `reel verify` lists what is damaged");
        };
        const auto commit = read_commit_record(snapshot.bytes(), offset, identity.file_id);
        if (!commit) return broken(commit.error().message);
        if (commit->commit_number != number || commit->chain_hash != expected ||
            commit->chain_hash != chain_hash(*commit)) {
            return broken("it does not fit the chain");
        }
        if (commit->record_count > records || commit->first_record_number != records - commit->record_count)
            return broken("its records do not adjoin those of the next one");
        records = commit->first_record_number;
        if (!visit(*commit)) return {};
        expected = commit->previous_hash;
        offset = commit->previous_commit_offset;
    }
    if (expected == identity.chain_origin) return {};
    return fail(ErrorCode::kCorrupt, "the chain does not begin at the identity's origin");
}

namespace {

ChainState empty_state(const IdentityBox& identity) {
    ChainState state;
    state.hash = identity.chain_origin;
    return state;
}

/// A store that was compacted without history knows nothing of the time before.
Result<ChainState> before_the_first(const IdentityBox& identity) {
    if (identity.predecessor_head == Sha256Digest{}) return empty_state(identity);
    return fail(
        ErrorCode::kNotFound,
        "the history of that time was dropped when the store was compacted; 'reel log' shows what is left");
}

}  // namespace

Result<ChainState> find_moment(const Snapshot& snapshot, const IdentityBox& identity, const Moment& moment) {
    if (snapshot.kind() != FileKind::kReel) {
        return fail(ErrorCode::kInvalidArgument, "is not a store of this format and has no history");
    }
    const uint64_t newest = snapshot.state().commit_number;
    if (!moment.is_time() && moment.value() > newest) {
        return fail(ErrorCode::kNotFound, "there is no commit " + std::to_string(moment.value()) +
                                              "; the newest is " + std::to_string(newest));
    }
    if (!moment.is_time() && moment.value() == newest) return snapshot.state();
    if (!moment.is_time() && moment.value() == 0) return before_the_first(identity);
    std::optional<ChainState> found;
    REEL_TRY(visit_history(snapshot, identity, [&](const CommitRecordBox& commit) {
        const bool fits = moment.is_time() ? commit.commit_time_ms <= moment.value()
                                           : commit.commit_number == moment.value();
        if (fits) found = advance(commit);
        return !fits;
    }));
    if (found) return *found;
    return before_the_first(identity);
}

}  // namespace reel
