#include "store/reader.h"

#include "base/try.h"
#include "store/foreign.h"

namespace reel {

namespace {

/// The walk over a file of which a writer at work may have changed the size meanwhile: then a cover may
/// hide the movie that the walk could have seen, and lead behind the size that it went by.
Result<Recovered> recover_while_it_grows(const File& file, const IdentityBox& identity, RecoverFor purpose) {
    while (true) {
        REEL_ASSIGN(const uint64_t before, file.size());
        auto recovered = recover(file, identity, purpose);
        if (recovered) return recovered;
        REEL_ASSIGN(const uint64_t after, file.size());
        if (after == before) return recovered;
    }
}

}  // namespace

Result<Recovered> recover_settled(const File& file, const IdentityBox& identity, RecoverFor purpose) {
    REEL_ASSIGN(Recovered recovered, recover_while_it_grows(file, identity, purpose));
    while (recovered.tail == TailState::kDamaged) {
        REEL_ASSIGN(Recovered again, recover_while_it_grows(file, identity, purpose));
        const bool moved = again.committed_end != recovered.committed_end;
        recovered = std::move(again);
        if (!moved) break;
    }
    return recovered;
}

Result<ReaderState> open_reader(const File& file) {
    ReaderState reader;
    REEL_ASSIGN(const auto identity, read_identity(file));
    if (!identity) {
        REEL_ASSIGN(SnapshotParts parts, open_foreign(file));
        reader.has_trailer = parts.kind == FileKind::kPrototype;
        reader.snapshot = std::make_shared<Snapshot>(std::move(parts));
        return reader;
    }
    REEL_ASSIGN(const Recovered recovered, recover_settled(file, *identity, RecoverFor::kReading));
    return show_recovered(file, recovered);
}

Result<ReaderState> show_recovered(const File& file, const Recovered& recovered) {
    ReaderState reader;
    reader.identity = recovered.identity;
    reader.durable_through = recovered.durable_through;
    reader.has_trailer = recovered.trailer.has_value();
    if (recovered.tail == TailState::kDamaged) {
        reader.warnings.push_back("acknowledged data is damaged behind offset " +
                                  std::to_string(recovered.committed_end) + " (" + recovered.tail_reason +
                                  "); what stands before it is served; " + repair_advice(file.path()));
    }
    SnapshotParts parts;
    parts.config = std::make_shared<StoreConfig>(recovered.config);
    REEL_ASSIGN(parts.sealed, SealedPart::view(recovered.movie_bytes, recovered.seal, recovered.movie_end,
                                               recovered.config.embedder.dimension));
    // Never the trailer or a tail: those may be cut under the mapping.
    REEL_ASSIGN(parts.bytes, file.map(recovered.committed_end));
    GrowingLog<UnsealedRecord> records;
    GrowingLog<Tombstone> tombstones;
    for (const RecoveredCommit& commit : recovered.commits) {
        const CommitRecordBox& record = commit.record;
        for (size_t i = 0; i < commit.rows.size(); ++i)
            records.push_back({commit.rows[i], record.record_checksums[i], 0});
        for (const uint64_t number : record.tombstones) tombstones.push_back({number, record.commit_number});
    }
    parts.unsealed = records.view();
    parts.tombstones = tombstones.view();
    parts.state = recovered.state;
    reader.snapshot = std::make_shared<Snapshot>(std::move(parts));
    return reader;
}

}  // namespace reel
