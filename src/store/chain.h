// The chain of commits: what each must say of the one before it.
#pragma once

#include "boxes/store_boxes.h"
#include "reel/error.h"

namespace reel {

/// Where a store stands after a commit.
struct ChainState {
    uint64_t commit_number = 0;
    uint64_t next_record_number = 0;
    uint64_t next_default_id = 0;
    uint64_t commit_time_ms = 0;
    uint64_t commit_offset = 0;  ///< of that commit's moof or moov; 0: none yet
    Sha256Digest hash{};
};

/// SHA-256 over the previous hash, commit number, first record number, count,
/// time, the number of tombstones and each of them (64-bit big-endian all),
/// and the SHA-256 of the commit's record boxes.
Sha256Digest chain_hash(const CommitRecordBox& commit);

/// kCorrupt unless `commit` is the one that follows `state`.
Status check_follows(const ChainState& state, const CommitRecordBox& commit);

/// The state after `commit`, which stands at its own offset.
ChainState advance(const CommitRecordBox& commit);

/// The state that a seal records.
ChainState state_at(const SealRecordBox& seal);

}  // namespace reel
