#include "store/chain.h"

#include "base/checksum.h"

namespace reel {

Sha256Digest chain_hash(const CommitRecordBox& commit) {
    ByteBuffer bytes(commit.previous_hash.begin(), commit.previous_hash.end());
    const auto put = [&](uint64_t value) {
        bytes.resize(bytes.size() + 8);
        store_be(bytes.data() + bytes.size() - 8, value);
    };
    put(commit.commit_number);
    put(commit.first_record_number);
    put(commit.record_count);
    put(commit.commit_time_ms);
    put(commit.tombstones.size());
    for (const uint64_t record_number : commit.tombstones) put(record_number);
    append(bytes, commit.boxes_hash);
    return sha256(bytes);
}

Status check_follows(const ChainState& state, const CommitRecordBox& commit) {
    const auto wrong = [&](const char* what) {
        return fail(ErrorCode::kCorrupt,
                    "commit " + std::to_string(commit.commit_number) + " does not follow commit " +
                        std::to_string(state.commit_number) + ": its " + what + " differs");
    };
    if (commit.commit_number != state.commit_number + 1) return wrong("number");
    if (commit.first_record_number != state.next_record_number) return wrong("first record number");
    if (commit.previous_commit_offset != state.commit_offset) return wrong("offset of the previous commit");
    if (commit.previous_hash != state.hash) return wrong("previous hash");
    if (commit.chain_hash != chain_hash(commit)) return wrong("own hash");
    uint64_t least = 0;
    for (const uint64_t record_number : commit.tombstones) {
        if (record_number < least || record_number >= commit.first_record_number + commit.record_count)
            return wrong("list of deletions");
        least = record_number + 1;
    }
    return {};
}

ChainState advance(const CommitRecordBox& commit) {
    return {commit.commit_number,   commit.first_record_number + commit.record_count,
            commit.next_default_id, commit.commit_time_ms,
            commit.own_offset,      commit.chain_hash};
}

ChainState state_at(const SealRecordBox& seal) {
    return {seal.commit_number,  seal.next_record_number,     seal.next_default_id,
            seal.commit_time_ms, seal.previous_commit_offset, seal.chain_hash};
}

}  // namespace reel
