#include "store/recovery.h"

#include <algorithm>

#include "base/limits.h"
#include "base/try.h"
#include "boxes/file_boxes.h"
#include "boxes/record_boxes.h"
#include "store/configuration.h"
#include "store/record_codec.h"
#include "store/sections.h"
#include "store/tail.h"

namespace reel {

namespace {

Result<ByteBuffer> read_box(const File& file, const BoxHeader& header) {
    ByteBuffer bytes(header.size);
    REEL_TRY(read_exactly(file, header.offset, bytes));
    return bytes;
}

/// The walk over the top level, from the identity to the first byte that is not the store's.
class Replay {
public:
    Replay(const File& file, const IdentityBox& identity, RecoverFor purpose)
        : file_(file), purpose_(purpose) {
        found_.identity = identity;
    }

    Result<Recovered> run(uint64_t first_box) {
        REEL_ASSIGN(found_.file_size, file_.size());
        uint64_t at = first_box;
        while (at < found_.file_size) {
            const auto header = read_box_header(file_, at, found_.file_size);
            if (!header) {
                reason_ = header.error().message;
                break;
            }
            REEL_ASSIGN(const bool go_on, box(*header));
            if (!go_on) break;
            at = header->end();
        }
        if (!has_movie_) {
            return fail(ErrorCode::kCorrupt, file_.path() + ": no movie with a valid seal record" +
                                                 (reason_.empty() ? "" : " (" + reason_ + ")") + "; " +
                                                 repair_advice(file_.path()));
        }
        REEL_TRY(drop_commits_with_damaged_records());
        find_durable_end();
        REEL_TRY(judge_tail());
        return std::move(found_);
    }

private:
    /// False where the store ends.
    Result<bool> box(const BoxHeader& header) {
        if (header.type == kMovieBox) return movie(header);
        if (header.type == kFragmentBox) return fragment(header);
        if (header.type == kFreeBox) return free_box(header);
        if (header.type == kMediaDataBox) {
            if (!has_movie_ && header.offset % kCoverSize == 0) found_.covers.push_back(header.offset);
            if (header.to_end) reason_ = "an unfinished 'mdat' at offset " + std::to_string(header.offset);
            unfinished_ = header.to_end;
            return !header.to_end;
        }
        if (header.type == kTrailerBox && header.end() == found_.file_size) {
            found_.trailer = header;
            return false;
        }
        reason_ = "box '" + header.type.text() + "' at offset " + std::to_string(header.offset) +
                  " does not belong to the store";
        return false;
    }

    Result<bool> stop(const Error& error, uint64_t offset) {
        reason_ = error.message + " (box at offset " + std::to_string(offset) + ")";
        return false;
    }

    /// The first movie of the walk is there durably, so it may be mapped; a later
    /// one may be a tail that another process cuts, and is read.
    Result<bool> movie(const BoxHeader& header) {
        ByteBuffer copy;
        ByteView moov;
        Mapping mapping;
        if (has_movie_) {
            if (header.size > kMaxSmallBox)
                return stop(Error{ErrorCode::kCorrupt, "a movie of 4 GiB or more"}, header.offset);
            auto read = read_box(file_, header);
            if (!read) return stop(read.error(), header.offset);  // cut meanwhile
            copy = *std::move(read);
            moov = copy;
        } else {
            REEL_ASSIGN(mapping, file_.map(header.end()));
            moov = mapping.bytes().subspan(header.offset, header.size);
        }
        const auto boxes = parse_sealed_movie(moov, header.offset, found_.identity.file_id);
        if (!boxes) return stop(boxes.error(), header.offset);
        const auto status = check_place_and_chain(*boxes, moov, header);
        if (!status) return stop(status.error(), header.offset);
        if (has_movie_) {
            REEL_ASSIGN(mapping, file_.map(header.end()));
        }
        return take_movie(*boxes, header, mapping);
    }

    Status check_place_and_chain(const MovieBoxes& boxes, ByteView moov, const BoxHeader& header) {
        REEL_ASSIGN(const auto tables, MovieTables::parse(moov));
        if (tables.count() != boxes.seal.next_record_number ||
            last_free_offset_ + kCoverSize != header.offset) {
            return fail(ErrorCode::kCorrupt, "the movie's tables or place do not fit its seal record");
        }
        if (has_movie_) return check_uncovered(boxes, moov, tables);
        if (boxes.seal.commit_number == 0 && boxes.seal.chain_hash != found_.identity.chain_origin) {
            return fail(ErrorCode::kCorrupt, "the first movie's chain hash is not the identity's");
        }
        return {};
    }

    /// A movie behind another one was not covered, so its sync may not have happened: every byte is checked.
    Status check_uncovered(const MovieBoxes& boxes, ByteView moov, const MovieTables& tables) {
        REEL_TRY(check_movie(moov, boxes.seal));
        // Commits whose own sync had not returned are only as durable as this seal, which may be torn.
        const uint64_t synced = std::max(found_.durable_through, boxes.seal.durable_through);
        for (const RecoveredCommit& commit : found_.commits) {
            if (commit.record.commit_number <= synced) continue;
            REEL_ASSIGN(const bool whole, records_are_whole(commit));
            if (!whole) return fail(ErrorCode::kCorrupt, "a commit before the seal has a damaged record");
        }
        ChainState state = found_.state;
        if (boxes.commit) {
            REEL_TRY(check_follows(state, *boxes.commit));
            state = advance(*boxes.commit);
        }
        if (boxes.seal.commit_number != state.commit_number || boxes.seal.chain_hash != state.hash ||
            boxes.seal.next_record_number != state.next_record_number) {
            return fail(ErrorCode::kCorrupt, "the seal record does not follow from the commits before it");
        }
        if (!boxes.commit) return {};
        return check_bulk_records(boxes, tables);
    }

    /// The records of a commit that is a seal: their checksums are in a section.
    Status check_bulk_records(const MovieBoxes& boxes, const MovieTables& tables) {
        uint64_t next = boxes.commit->first_record_number;
        for (const SectionEntry& section : boxes.seal.sections) {
            const uint64_t end = section.first_record + section.record_count;
            if (section.kind != kChecksumSection || end <= next || section.first_record > next) continue;
            if (section.size != 4 * section.record_count || section.file_offset > boxes.seal.own_offset ||
                section.size > boxes.seal.own_offset - section.file_offset) {
                break;
            }
            ByteBuffer data(section.size);
            REEL_TRY(read_exactly(file_, section.file_offset, data));
            if (crc32c(data) != section.checksum) break;
            for (; next < end; ++next) {
                const uint32_t expected = load_le<uint32_t>(data.data() + 4 * (next - section.first_record));
                REEL_ASSIGN(const bool whole,
                            record_is_whole(tables.row(next), boxes.seal.own_offset, expected));
                if (!whole)
                    return fail(ErrorCode::kCorrupt,
                                "record " + std::to_string(next) + " has a wrong checksum");
            }
        }
        if (next == tables.count()) return {};
        return fail(ErrorCode::kCorrupt, "the records of a bulk commit have no checksums");
    }

    /// Whether the record's boxes, all before `limit`, have this checksum.
    Result<bool> record_is_whole(const RecordRow& row, uint64_t limit, uint32_t checksum) {
        const RecordExtent extent = extent_of(row);
        if (extent.begin > extent.end || extent.end > limit) return false;
        record_bytes_.resize(extent.end - extent.begin);
        REEL_TRY(read_exactly(file_, extent.begin, record_bytes_));
        return crc32c(record_bytes_) == checksum;
    }

    Result<bool> take_movie(const MovieBoxes& boxes, const BoxHeader& header, const Mapping& mapping) {
        if (has_movie_) {
            found_.missing_covers.push_back({found_.free_offset, found_.committed_end, last_free_offset_});
            found_.durable_through = std::max(found_.durable_through, boxes.seal.durable_through);
        } else {
            REEL_ASSIGN(found_.config, parse_configuration(boxes.configuration));
            found_.durable_through = boxes.seal.commit_number;
            found_.durable_end = header.end();
        }
        has_movie_ = true;
        found_.configuration = std::string(boxes.configuration);
        found_.seal = boxes.seal;
        found_.state = state_at(boxes.seal);
        found_.movie_end = header.end();
        found_.free_offset = last_free_offset_;
        found_.movie_bytes = mapping;
        for (const RecoveredCommit& commit : found_.commits) {
            commit_ends_.emplace_back(commit.record.commit_number, commit.end);
        }
        found_.commits.clear();
        // The sync of a seal that is no commit is stated by nothing: only a later commit's is.
        if (boxes.commit) commit_ends_.emplace_back(boxes.seal.commit_number, header.end());
        found_.committed_end = header.end();
        return true;
    }

    Result<bool> fragment(const BoxHeader& header) {
        if (!has_movie_) {
            reason_ = "a fragment before any movie";
            return false;
        }
        if (header.size > kMaxSmallBox) {
            reason_ = "a fragment of 4 GiB or more";
            return false;
        }
        const auto moof = read_box(file_, header);
        if (!moof) return stop(moof.error(), header.offset);  // cut meanwhile
        auto fragment =
            parse_fragment(*moof, header.offset, found_.identity.file_id, found_.config.embedder.dimension);
        if (!fragment) return stop(fragment.error(), header.offset);
        const auto follows = check_follows(found_.state, fragment->commit);
        if (!follows) return stop(follows.error(), header.offset);
        found_.state = advance(fragment->commit);
        found_.durable_through = std::max(found_.durable_through, fragment->commit.durable_through);
        found_.commits.push_back({std::move(fragment->commit), std::move(fragment->rows), header.end()});
        found_.committed_end = header.end();
        return true;
    }

    Result<bool> free_box(const BoxHeader& header) {
        last_free_offset_ = header.offset;
        if (!has_movie_ || header.size != box_size(MarkBox{})) return true;
        const auto bytes = read_box(file_, header);
        if (!bytes) return stop(bytes.error(), header.offset);  // cut meanwhile
        const auto mark = parse_mark(*bytes, header.offset, found_.identity.file_id);
        if (!mark || mark->commit_number != found_.state.commit_number ||
            mark->chain_hash != found_.state.hash) {
            return true;
        }
        found_.durable_through = std::max(found_.durable_through, mark->commit_number);
        found_.committed_end = header.end();
        return true;
    }

    /// A fragment may have reached the disk without the records before it.
    Status drop_commits_with_damaged_records() {
        for (size_t i = 0; i < found_.commits.size(); ++i) {
            const RecoveredCommit& commit = found_.commits[i];
            if (commit.record.commit_number <= found_.durable_through) continue;
            REEL_ASSIGN(const bool whole, records_are_whole(commit));
            if (whole) continue;
            reason_ = "commit " + std::to_string(commit.record.commit_number) +
                      " has a record with a wrong checksum";
            found_.trailer.reset();
            found_.state = i == 0 ? state_at(found_.seal) : advance(found_.commits[i - 1].record);
            found_.committed_end = i == 0 ? found_.movie_end : found_.commits[i - 1].end;
            found_.commits.resize(i);
            break;
        }
        return {};
    }

    Result<bool> records_are_whole(const RecoveredCommit& commit) {
        for (size_t i = 0; i < commit.rows.size(); ++i) {
            REEL_ASSIGN(const bool whole, record_is_whole(commit.rows[i], commit.record.own_offset,
                                                          commit.record.record_checksums[i]));
            if (!whole) return false;
        }
        return true;
    }

    void find_durable_end() {
        for (const RecoveredCommit& commit : found_.commits) {
            commit_ends_.emplace_back(commit.record.commit_number, commit.end);
        }
        for (const auto& [number, end] : commit_ends_) {
            if (number <= found_.durable_through) found_.durable_end = std::max(found_.durable_end, end);
        }
    }

    Status judge_tail() {
        const uint64_t end = found_.trailer ? found_.trailer->offset : found_.file_size;
        if (found_.committed_end == end) return {};
        found_.trailer.reset();
        found_.tail = TailState::kTorn;
        found_.tail_reason = reason_.empty() ? "bytes behind the last commit" : reason_;
        // A writer at work leaves this; a reader need not read gigabytes to choose a warning.
        if (unfinished_ && purpose_ == RecoverFor::kReading) return {};
        REEL_ASSIGN(const TailEvidence evidence,
                    search_tail(file_, found_.committed_end, found_.file_size, found_.identity.file_id));
        found_.tail_holds_commit = evidence.holds_commit;
        if (evidence.durable_through > found_.state.commit_number) found_.tail = TailState::kDamaged;
        return {};
    }

    const File& file_;
    RecoverFor purpose_;
    Recovered found_;
    ByteBuffer record_bytes_;
    bool unfinished_ = false;
    bool has_movie_ = false;
    uint64_t last_free_offset_ = 0;
    std::string reason_;
    std::vector<std::pair<uint64_t, uint64_t>> commit_ends_;
};

}  // namespace

std::string repair_advice(const std::string& path) {
    return "`reel repair " + path + " NEW.mp4` saves every whole record";
}

Result<std::optional<IdentityBox>> read_identity(const File& file) {
    REEL_ASSIGN(const uint64_t size, file.size());
    const auto type = read_box_header(file, 0, size);
    if (!type || type->type != FileTypeBox::kType || type->size > kMaxHeadBox)
        return std::optional<IdentityBox>();
    const auto header = read_box_header(file, type->end(), size);
    if (!header || header->type != kExtendedBox || header->size > kMaxHeadBox)
        return std::optional<IdentityBox>();
    REEL_ASSIGN(const ByteBuffer bytes, read_box(file, *header));
    const auto payload = find_payload<IdentityBox>(bytes);
    if (!payload) return std::optional<IdentityBox>();
    REEL_ASSIGN(const auto identity, parse_box<IdentityBox>(*payload));
    if (identity.format_version > kFormatVersion) {
        return fail(ErrorCode::kUnsupported,
                    file.path() + ": has format version " + std::to_string(identity.format_version) +
                        "; this Reel reads version " + std::to_string(kFormatVersion) + ": use a newer one");
    }
    const ByteView covered(bytes.data(), box_size(IdentityBox{}));
    if (!checksum_holds(covered)) {
        return fail(ErrorCode::kCorrupt, file.path() + ": the identity's checksum is wrong at offset " +
                                             std::to_string(header->offset) + "; " +
                                             repair_advice(file.path()));
    }
    return std::optional<IdentityBox>(identity);
}

Result<Recovered> recover(const File& file, const IdentityBox& identity, RecoverFor purpose) {
    REEL_ASSIGN(const uint64_t size, file.size());
    REEL_ASSIGN(const auto type, read_box_header(file, 0, size));
    REEL_ASSIGN(const auto own, read_box_header(file, type.end(), size));
    return Replay(file, identity, purpose).run(own.end());
}

}  // namespace reel
