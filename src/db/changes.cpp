// Changing a store: commits of one caller, and of many threads at once.
#include <algorithm>
#include <unordered_set>

#include "base/json.h"
#include "base/posix_folder.h"
#include "base/try.h"
#include "db/records.h"
#include "db/state.h"
#include "store/compact.h"
#include "store/history.h"

namespace reel {

Result<std::vector<RemoveOutcome>> remove_records(Writer& writer, std::span<const std::string> ids) {
    std::vector<RemoveOutcome> outcomes;
    // All ids are looked up before any is deleted, so that an error leaves the pending commit as it was.
    std::vector<std::optional<uint64_t>> found;
    for (const std::string& id : ids) {
        REEL_ASSIGN(const auto number, writer.find_number(id));
        found.push_back(number);
    }
    std::unordered_set<uint64_t> removed;
    for (const auto& number : found) {
        const bool is_there = number && removed.insert(*number).second;
        if (is_there) REEL_TRY(writer.remove(*number));
        outcomes.push_back(is_there ? RemoveOutcome::kRemoved : RemoveOutcome::kNotFound);
    }
    return outcomes;
}

Result<std::vector<AddOutcome>> Database::add(std::span<const NewRecord> records, OnDuplicate on_duplicate) {
    return state_->with_writer(
        [&](Writer& writer) { return add_records(*this, writer, records, on_duplicate); });
}

Result<std::vector<RemoveOutcome>> Database::remove(std::span<const std::string> ids) {
    return state_->with_writer([&](Writer& writer) { return remove_records(writer, ids); });
}

Result<CommitInfo> Database::commit(Durability durability) {
    return state_->with_writer([&](Writer& writer) -> Result<CommitInfo> {
        REEL_ASSIGN(const CommitInfo info, writer.commit(durability));
        state_->publish();
        return info;
    });
}

Status Database::rollback() {
    return state_->with_writer([&](Writer& writer) { return writer.roll_back(); });
}

Status Database::sync() {
    return state_->with_writer([&](Writer& writer) -> Status {
        REEL_TRY(writer.sync_deferred());
        state_->publish();
        return {};
    });
}

Status Database::seal(const SealOptions& options) {
    SealWork work;
    work.effort = SealEffort::kThorough;
    work.progress = options.progress;
    work.control.threads = options.threads;
    work.control.cancel = options.cancel;
    return state_->with_writer([&](Writer& writer) -> Status {
        auto status = writer.seal(options.trailer, work);
        // What was pending may be committed although the trailer could not be written.
        state_->publish();
        return status;
    });
}

Status Database::close() { return state_->close(); }

namespace {

Status check_nothing_pending(const Writer& writer) {
    REEL_TRY(writer.check_usable());
    if (writer.pending_count() == 0) return {};
    return fail(
        ErrorCode::kConflict,
        writer.file().path() + ": there are changes that are not committed; commit or roll them back first");
}

Result<CommitInfo> commit_changes(Database& database, Writer& writer, const Changes& changes) {
    REEL_TRY(check_nothing_pending(writer));
    const auto apply = [&]() -> Status {
        REEL_TRY(remove_records(writer, changes.deletions));
        REEL_TRY(add_records(database, writer, changes.records, changes.on_duplicate));
        return {};
    };
    auto status = apply();
    if (!status) {
        (void)writer.roll_back();
        return fail(std::move(status).error());
    }
    return writer.commit(Durability::kDeferred);
}

/// The vectors of `texts` put into `records`, embedded here where no lock is held.
Status embed_ahead(Database& database, const std::vector<NewRecord*>& records) {
    std::vector<std::string_view> texts;
    texts.reserve(records.size());
    for (const NewRecord* const record : records) texts.push_back(record->text);
    REEL_ASSIGN(Embedder* const embedder, database.embedder());
    REEL_ASSIGN(const std::vector<float> vectors, embedder->embed(texts, TextRole::kDocument));
    const size_t dimension = database.config().embedder.dimension;
    if (vectors.size() != texts.size() * dimension) return {};  // add_records() names what is wrong
    for (size_t i = 0; i < records.size(); ++i) {
        const auto first = vectors.begin() + static_cast<ptrdiff_t>(i * dimension);
        records[i]->vector.assign(first, first + static_cast<ptrdiff_t>(dimension));
    }
    return {};
}

/// Records whose text is to be embedded for sure: one whose id is there may keep the stored vector.
Result<std::vector<NewRecord*>> find_texts(Writer& writer, std::vector<NewRecord>& records) {
    std::vector<NewRecord*> texts;
    for (NewRecord& record : records) {
        if (!record.vector.empty() || record.text.empty()) continue;
        if (record.id) {
            REEL_ASSIGN(const auto stored, writer.find_number(*record.id));
            if (stored) continue;
        }
        texts.push_back(&record);
    }
    return texts;
}

bool needs_embedding(const Changes& changes) {
    return std::any_of(changes.records.begin(), changes.records.end(),
                       [](const NewRecord& record) { return record.vector.empty(); });
}

}  // namespace

Result<CommitInfo> Database::write(const Changes& changes) {
    if (!needs_embedding(changes)) return write_group(changes);
    Changes ready = changes;
    REEL_ASSIGN(const auto texts,
                state_->with_writer([&](Writer& writer) { return find_texts(writer, ready.records); }));
    if (!texts.empty()) REEL_TRY(embed_ahead(*this, texts));
    return write_group(ready);
}

Result<CommitInfo> Database::write_group(const Changes& changes) {
    const auto lead = [&](std::span<GroupCommit::Ticket* const> group) {
        const auto all = state_->with_writer([&](Writer& writer) -> Status {
            bool wants_sync = false;
            for (GroupCommit::Ticket* const ticket : group) {
                ticket->outcome = commit_changes(*this, writer, *ticket->changes);
                wants_sync = wants_sync || ticket->changes->durability == Durability::kSynced;
            }
            // Also where a commit failed: what came before it must be as durable as was asked for.
            if (wants_sync) REEL_TRY(writer.sync_deferred());
            state_->publish();
            return {};
        });
        if (all) return;
        for (GroupCommit::Ticket* const ticket : group) {
            if (!ticket->outcome || *ticket->outcome) ticket->outcome = fail(all.error());
        }
    };
    GroupCommit::Ticket ticket(changes);
    return state_->group().run(ticket, lead);
}

// --- Back to an earlier state ---

namespace {

bool same_content(const RecordView& a, const RecordView& b) {
    return a.text == b.text && a.metadata == b.metadata &&
           std::equal(a.vector.begin(), a.vector.end(), b.vector.begin(), b.vector.end());
}

class Restoration {
public:
    Restoration(const Snapshot& then, const Snapshot& now, Writer& writer)
        : then_(then), now_(now), writer_(writer) {}

    Status run() {
        for (uint64_t n = 0; n < then_.count(); ++n) {
            if (then_.live().contains(n) && !now_.live().contains(n)) REEL_TRY(bring_back(n));
        }
        for (uint64_t n = 0; n < now_.count(); ++n) {
            const bool is_new = now_.live().contains(n) && !then_.live().contains(n);
            if (is_new && !settled_.contains(n)) REEL_TRY(writer_.remove(n));
        }
        return {};
    }

private:
    Status bring_back(uint64_t n) {
        REEL_ASSIGN(const std::string id, then_.id_of(n));
        REEL_ASSIGN(const RecordView record, then_.view(n));
        REEL_ASSIGN(const auto present, now_.find(id));
        if (present) {
            settled_.insert(*present);
            REEL_ASSIGN(const RecordView other, now_.view(*present));
            if (same_content(record, other)) return {};
            REEL_TRY(writer_.remove(*present));
        }
        return writer_.append(id, record);
    }

    const Snapshot& then_;
    const Snapshot& now_;
    Writer& writer_;
    std::unordered_set<uint64_t> settled_;  ///< live records that have the id of one that was brought back
};

}  // namespace

Result<CommitInfo> Database::restore(Moment moment) {
    return state_->with_writer([&](Writer& writer) -> Result<CommitInfo> {
        REEL_TRY(check_nothing_pending(writer));
        REEL_ASSIGN(const auto now, writer.snapshot());
        auto state = find_moment(*now, writer.identity(), moment);
        if (!state) return fail(std::move(state).error().at(path()));
        auto status = Restoration(*now->as_of(*state), *now, writer).run();
        if (!status) {
            (void)writer.roll_back();
            return fail(std::move(status).error());
        }
        REEL_ASSIGN(const CommitInfo info, writer.commit());
        state_->publish();
        return info;
    });
}

Result<CompactReport> Database::compact(KeepHistory keep_history) {
    return state_->with_writer([&](Writer& writer) -> Result<CompactReport> {
        REEL_TRY(check_nothing_pending(writer));
        REEL_TRY(writer.sync_deferred());
        const auto [folder_path, name] = resolve_path(path());
        PosixFolder folder(folder_path);
        REEL_ASSIGN(Compacted compacted, compact_store(folder, name, writer, keep_history));
        const auto status = compacted.synced;
        state_->replace_writer(status ? std::move(compacted.writer) : nullptr);
        if (!status) return fail(status.error());
        state_->publish();
        return compacted.report;
    });
}

}  // namespace reel
