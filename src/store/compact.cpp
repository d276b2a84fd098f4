#include "store/compact.h"

#include <algorithm>

#include "base/mapping_guard.h"
#include "base/try.h"
#include "store/history.h"
#include "store/verify.h"

namespace reel {

namespace {

Error advise_repair(Error error, const std::string& path) {
    if (error.code == ErrorCode::kCorrupt) error.message += "; " + repair_advice(path);
    return error;
}

/// Appends record `n` to the pending commit of `to`. One whose checksum is lost is not copied, since the copy
/// would get a new one.
Status copy_checked(const Snapshot& from, uint64_t n, Writer& to) {
    REEL_ASSIGN(const RecordView record, from.view(n));
    if (!from.checksum_of(n)) {
        return fail(ErrorCode::kCorrupt, "the checksum of record " + std::to_string(n) + " is lost");
    }
    REEL_ASSIGN(const std::string id, from.id_of(n));
    return to.append(id, record);
}

Status copy_live(const Snapshot& from, Writer& to) {
    for (uint64_t n = 0; n < from.count(); ++n) {
        if (from.live().contains(n)) REEL_TRY(copy_checked(from, n, to));
    }
    return {};
}

Status copy_commit(const Snapshot& from, const CommitRecordBox& commit, Writer& to) {
    for (uint64_t i = 0; i < commit.record_count; ++i)
        REEL_TRY(copy_checked(from, commit.first_record_number + i, to));
    for (const uint64_t number : commit.tombstones) REEL_TRY(to.remove(number));
    return to.commit_copy(commit);
}

Status copy_history(const Snapshot& from, const IdentityBox& identity, Writer& to) {
    std::vector<uint64_t> offsets;
    REEL_TRY(visit_history(from, identity, [&](const CommitRecordBox& commit) {
        offsets.push_back(commit.own_offset);
        return true;
    }));
    std::reverse(offsets.begin(), offsets.end());
    for (const uint64_t offset : offsets) {
        REEL_ASSIGN(const CommitRecordBox commit, read_commit_record(from.bytes(), offset, identity.file_id));
        REEL_TRY(copy_commit(from, commit, to));
    }
    return {};
}

/// The path may have been given to another file, which must not be replaced.
Status check_at_path(const Writer& old) {
    REEL_ASSIGN(const bool same, old.file().is_at_path());
    if (same) return {};
    return fail(ErrorCode::kConflict,
                old.file().path() +
                    ": is not the store any more that was opened (it was moved or replaced); "
                    "open it anew");
}

Status check_copy(const Writer& copy) {
    REEL_ASSIGN(const VerifyReport report, verify_store(copy.file(), VerifyDepth::kFull));
    if (report.findings.empty()) return {};
    return fail(ErrorCode::kIo, copy.file().path() + ": the compacted copy reads back wrong (" +
                                    report.findings.front().sentence +
                                    "), so the store was left as it is; check the disk");
}

}  // namespace

Result<std::unique_ptr<Writer>> copy_compacted(Writer& old, std::unique_ptr<File> file,
                                               KeepHistory keep_history) {
    REEL_ASSIGN(const auto snapshot, old.snapshot());
    ChainOrigin origin;
    origin.next_default_id = snapshot->state().next_default_id;
    if (keep_history == KeepHistory::kYes) {
        origin.origin = old.identity().chain_origin;
        origin.predecessor_head = old.identity().predecessor_head;
        origin.next_default_id = 0;
    } else {
        origin.predecessor_head = snapshot->state().hash;
    }
    REEL_ASSIGN(auto copy, Writer::create_on(std::move(file), old.config(), origin));
    copy->use_section_makers(old.section_makers());
    auto status = keep_history == KeepHistory::kYes ? copy_history(*snapshot, old.identity(), *copy)
                                                    : copy_live(*snapshot, *copy);
    // Zeros would be copied where the checksums are lost as well.
    if (snapshot->was_cut()) return fail(was_cut_error(old.file().path()));
    if (!status) return fail(advise_repair(std::move(status).error(), old.file().path()));
    REEL_TRY(copy->seal(SealTrailer::kWhenSmall));
    return copy;
}

Result<Compacted> compact_store(Folder& folder, const std::string& name, Writer& old,
                                KeepHistory keep_history) {
    Compacted result;
    REEL_TRY(check_at_path(old));
    REEL_ASSIGN(const auto before, old.snapshot());
    REEL_ASSIGN(result.report.bytes_before, old.file().size());
    REEL_ASSIGN(const std::string temporary, temporary_name(name));
    REEL_ASSIGN(auto file, folder.create_private(temporary));
    File* const opened = file.get();
    const auto finish = [&]() -> Status {
        REEL_ASSIGN(const bool locked, opened->try_lock());
        if (!locked) {
            return fail(ErrorCode::kLocked,
                        opened->path() + ": another process holds the lock of the new file");
        }
        REEL_ASSIGN(result.writer, copy_compacted(old, std::move(file), keep_history));
        REEL_TRY(check_copy(*result.writer));
        REEL_TRY(opened->sync());
        REEL_ASSIGN(result.report.bytes_after, opened->size());
        REEL_ASSIGN(const auto after, result.writer->snapshot());
        result.report.records_dropped = before->count() - after->count();
        result.report.commits_dropped = before->state().commit_number - after->state().commit_number;
        REEL_TRY(check_at_path(old));
        // Nothing may fail from here on but the folder's sync: the old file has lost its name.
        return folder.rename_over(temporary, name);
    };
    auto status = finish();
    if (!status) {
        result.writer.reset();
        (void)folder.remove(temporary);
        return fail(std::move(status).error());
    }
    opened->set_path(folder.path_of(name));
    result.synced = folder.sync();
    return result;
}

}  // namespace reel
