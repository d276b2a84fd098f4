#include "store/reader.h"

#include "base/try.h"
#include "store/foreign.h"

namespace reel {

Result<ReaderState> open_reader(const File& file) {
    ReaderState reader;
    REEL_ASSIGN(const auto identity, read_identity(file));
    if (!identity) {
        REEL_ASSIGN(SnapshotParts parts, open_foreign(file));
        reader.has_trailer = parts.kind == FileKind::kPrototype;
        reader.snapshot = std::make_shared<Snapshot>(std::move(parts));
        return reader;
    }
    REEL_ASSIGN(Recovered recovered, recover(file, *identity));
    reader.identity = *identity;
    reader.durable_through = recovered.durable_through;
    reader.has_trailer = recovered.trailer.has_value();
    if (recovered.tail == TailState::kDamaged) {
        reader.warnings.push_back("acknowledged data is damaged behind offset " +
                                  std::to_string(recovered.committed_end) + " (" + recovered.tail_reason +
                                  "); what stands before it is served; " + repair_advice(file.path()));
    }
    SnapshotParts parts;
    parts.config = recovered.config;
    REEL_ASSIGN(SealedPart sealed, view_sealed(recovered.movie_bytes, recovered.seal, recovered.movie_end));
    parts.sealed = std::make_shared<SealedPart>(std::move(sealed));
    // Never the trailer or a tail: those may be cut under the mapping.
    REEL_ASSIGN(parts.bytes, file.map(recovered.committed_end));
    for (const Tombstone& tombstone : recovered.seal.tombstones) parts.deleted.push_back(tombstone.record_number);
    for (RecoveredCommit& commit : recovered.commits) {
        parts.unsealed.insert(parts.unsealed.end(), commit.rows.begin(), commit.rows.end());
        const auto& tombstones = commit.record.tombstones;
        parts.deleted.insert(parts.deleted.end(), tombstones.begin(), tombstones.end());
    }
    parts.state = recovered.state;
    reader.snapshot = std::make_shared<Snapshot>(std::move(parts));
    return reader;
}

}  // namespace reel
