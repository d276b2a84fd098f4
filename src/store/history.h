// The commits of a store, followed back along the chain.
#pragma once

#include <functional>

#include "store/snapshot.h"

namespace reel {

/// The commit record in the moof or moov at `offset` of `bytes`. kCorrupt unless it is one of this file
/// and place whose checksum holds.
Result<CommitRecordBox> read_commit_record(ByteView bytes, uint64_t offset, const FileId& file_id);

/// Visits the commits up to the snapshot's, newest first, until `visit` returns false. kCorrupt, with
/// the offset, where one is not the predecessor that the next one names.
Status visit_history(const Snapshot& snapshot, const IdentityBox& identity,
                     const std::function<bool(const CommitRecordBox&)>& visit);

/// The state after the commit that `moment` means. kNotFound if there was none yet, or if the
/// history before was dropped by a compact; kInvalidArgument for files without a history.
Result<ChainState> find_moment(const Snapshot& snapshot, const IdentityBox& identity, const Moment& moment);

}  // namespace reel
