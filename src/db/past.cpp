// Looking at a store's history.
#include <unordered_map>

#include "base/checksum.h"
#include "base/try.h"
#include "db/state.h"
#include "store/history.h"

namespace reel {

Result<std::vector<CommitEntry>> Database::history(uint64_t limit) const {
    const auto view = state_->view();
    std::vector<CommitEntry> entries;
    if (view->snapshot->kind() != FileKind::kReel) {
        return fail(ErrorCode::kInvalidArgument,
                    path() + ": is not a store of this format and has no history");
    }
    if (limit == 0) return entries;
    auto status = visit_history(*view->snapshot, view->identity, [&](const CommitRecordBox& commit) {
        entries.push_back({commit.commit_number, commit.commit_time_ms, commit.record_count,
                           commit.tombstones.size(), commit.own_offset, to_hex(commit.chain_hash)});
        return entries.size() < limit;
    });
    if (!status) status = fail(std::move(status).error().at(path()));
    REEL_TRY(unless_cut(*view->snapshot, path(), std::move(status)));
    return entries;
}

namespace {

bool same_boxes(const Snapshot& snapshot, uint64_t a, uint64_t b) {
    const auto first = snapshot.view(a);
    const auto second = snapshot.view(b);
    return first && second && first->text == second->text && first->metadata == second->metadata &&
           as_text(first->vector) == as_text(second->vector);
}

/// Record numbers that are live in `one` and not in `other`, with their ids.
Result<std::vector<std::pair<std::string, uint64_t>>> only_in(const Snapshot& one, const Snapshot& other) {
    std::vector<std::pair<std::string, uint64_t>> records;
    for (uint64_t n = 0; n < one.count(); ++n) {
        if (!one.live().contains(n) || other.live().contains(n)) continue;
        REEL_ASSIGN(std::string id, one.id_of(n));
        records.emplace_back(std::move(id), n);
    }
    return records;
}

}  // namespace

Result<std::vector<Difference>> Database::diff(Moment from, Moment to) const {
    const auto view = state_->view();
    const Snapshot& newest = *view->snapshot;
    const auto at = [&](const Moment& moment) -> Result<std::shared_ptr<const Snapshot>> {
        auto state = find_moment(newest, view->identity, moment);
        if (!state) return fail(std::move(state).error().at(path()));
        return newest.as_of(*state);
    };
    REEL_ASSIGN(const auto before, at(from));
    REEL_ASSIGN(const auto after, at(to));
    REEL_ASSIGN(const auto gone, unless_cut(newest, path(), only_in(*before, *after)));
    REEL_ASSIGN(const auto come, unless_cut(newest, path(), only_in(*after, *before)));
    std::unordered_map<std::string, uint64_t> come_by_id(come.begin(), come.end());
    std::vector<Difference> differences;
    for (const auto& [id, n] : gone) {
        const auto twin = come_by_id.find(id);
        if (twin == come_by_id.end()) {
            differences.push_back({Difference::Kind::kRemoved, id});
            continue;
        }
        if (!same_boxes(newest, n, twin->second)) differences.push_back({Difference::Kind::kChanged, id});
        come_by_id.erase(twin);
    }
    for (const auto& [id, n] : come) {
        if (come_by_id.contains(id)) differences.push_back({Difference::Kind::kAdded, id});
    }
    return unless_cut(newest, path(), Result<std::vector<Difference>>(std::move(differences)));
}

}  // namespace reel
