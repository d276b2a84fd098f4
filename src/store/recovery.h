// Opening: which bytes of a file are the store, after whatever happened to it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/file.h"
#include "container/fragment.h"
#include "container/movie_reader.h"
#include "reel/store_config.h"
#include "store/chain.h"

namespace reel {

/// A commit found behind the newest seal.
struct RecoveredCommit {
    CommitRecordBox record;
    std::vector<RecordRow> rows;
    uint64_t end = 0;  ///< file offset just past its moof
};

/// Size of the free box before each movie, which a later seal overwrites with an mdat's header.
inline constexpr uint64_t kCoverSize = 16;

/// The free box before a movie that a later seal has not yet covered.
struct MissingCover {
    uint64_t offset = 0;        ///< of the free box
    uint64_t segment_end = 0;   ///< just past the last commit (or mark) of the old movie's segment
    uint64_t sections_end = 0;  ///< just past the new sections' mdat
};

enum class TailState : uint8_t {
    kNone,
    kTorn,     ///< bytes of a commit that was never acknowledged
    kDamaged,  ///< a commit that was acknowledged is damaged: writers must not go on
};

struct Recovered {
    IdentityBox identity;
    StoreConfig config;
    std::string configuration;             ///< its JSON as stored
    SealRecordBox seal;                    ///< of the newest movie
    uint64_t movie_end = 0;                ///< file offset just past it
    uint64_t free_offset = 0;              ///< of the 16-byte free box before it
    Mapping movie_bytes;                   ///< the file up to movie_end
    std::vector<RecoveredCommit> commits;  ///< behind that movie
    ChainState state;                      ///< after the newest commit
    uint64_t committed_end = 0;            ///< just past the newest commit, movie or mark
    uint64_t durable_through = 0;          ///< highest commit that the file itself proves to be durable
    uint64_t durable_end = 0;              ///< bytes up to here are proven to be durable
    std::vector<MissingCover> missing_covers;
    std::vector<uint64_t> covers;  ///< offsets of the mdats in front of the first movie that may be covers
    uint64_t file_size = 0;
    std::optional<BoxHeader> trailer;  ///< the oidx at the file's end
    TailState tail = TailState::kNone;
    bool tail_holds_commit = false;  ///< the tail has a valid commit record of this file
    std::string tail_reason;
};

/// The identity, if the file has one: a ftyp and then our uuid. nullopt if not;
/// kCorrupt if it is there with a wrong checksum, kUnsupported for a later format version.
Result<std::optional<IdentityBox>> read_identity(const File& file);

enum class RecoverFor : uint8_t {
    kReading,
    kWriting,  ///< a tail is always searched for damage, however long it is
};

/// Replays the file behind its identity. Reads O(seals + commits since the
/// last seal) boxes, and the records only of commits that may not have been
/// synced. kCorrupt if there is no movie with a valid seal record.
Result<Recovered> recover(const File& file, const IdentityBox& identity, RecoverFor purpose);

/// "damaged ...; `reel repair BROKEN NEW` saves ..." for messages.
std::string repair_advice(const std::string& path);

}  // namespace reel
