#include "ingest/sync_plan.h"

#include <algorithm>
#include <set>
#include <unordered_map>
#include <unordered_set>

#include "base/try.h"

namespace reel {

namespace {

class Planner {
public:
    Planner(const KnownFiles& known, const std::vector<FoundFile>& found,
            const std::vector<std::string>& unreadable, const HashFile& hash)
        : known_(known), found_(found), hash_(hash), held_(unreadable.begin(), unreadable.end()) {}

    Result<SyncPlan> run() {
        for (const FoundFile& file : found_) there_.insert(file.path);
        for (const auto& [path, file] : known_) {
            if (file.complete) by_hash_.emplace(file.stamp.sha256, path);
            if (file.complete) sizes_.insert(file.stamp.bytes);
        }
        for (const FoundFile& file : found_) REEL_TRY(look_at(file));
        for (const auto& [path, file] : known_) {
            if (is_gone(path)) forget(path);
        }
        plan_.known = known_.size();
        return std::move(plan_);
    }

private:
    using Kind = FileChange::Kind;

    Status look_at(const FoundFile& file) {
        const auto known = known_.find(file.path);
        const bool is_known = known != known_.end();
        if (is_known && known->second.complete && known->second.stamp.mtime_ns == file.mtime_ns &&
            known->second.stamp.bytes == file.bytes) {
            ++plan_.unchanged;
            return {};
        }
        FileChange change{is_known ? Kind::kChanged : Kind::kNew, file.path, {}, {}};
        if (sizes_.count(file.bytes) > 0) {
            const auto hash = hash_(file);
            if (!hash) {
                if (hash.error().code == ErrorCode::kInterrupted) return fail(hash.error());
                return {};
            }
            find_origin(file, *hash, change);
        }
        plan_.changes.push_back(std::move(change));
        return {};
    }

    /// Its own records before those of a file that is gone, those before a copy's.
    void find_origin(const FoundFile& file, const std::string& hash, FileChange& change) {
        const auto known = known_.find(file.path);
        if (known != known_.end() && known->second.complete && known->second.stamp.sha256 == hash) {
            change.kind = Kind::kTouched;
            change.from = file.path;
        } else {
            const auto [begin, end] = by_hash_.equal_range(hash);
            for (auto at = begin; at != end; ++at) {
                // The kind decides what of a file's bytes is its text and its title.
                if (find_text_kind(at->second).value_or(TextKind::kText) != file.kind) continue;
                const bool moved = is_gone(at->second) && moved_.count(at->second) == 0;
                if (!change.from.empty() && !moved) continue;
                change.from = at->second;
                if (moved) break;
            }
            if (!change.from.empty() && is_gone(change.from) && moved_.insert(change.from).second &&
                change.kind == Kind::kNew) {
                change.kind = Kind::kRenamed;
            }
        }
        if (!change.from.empty()) change.stamp = {file.mtime_ns, file.bytes, hash};
    }

    /// Not found, and not because it or a folder above it could not be looked at.
    [[nodiscard]] bool is_gone(const std::string& path) const {
        if (there_.count(path) > 0) return false;
        for (size_t end = path.size(); end != std::string::npos && end > 0; end = path.rfind('/', end - 1)) {
            if (held_.count(path.substr(0, end)) > 0) return false;
        }
        return held_.count("") == 0;
    }

    void forget(const std::string& path) {
        plan_.gone.push_back(path);
        if (moved_.count(path) > 0) return;
        ++plan_.lost;
        plan_.changes.push_back({Kind::kDeleted, path, {}, {}});
    }

    const KnownFiles& known_;
    const std::vector<FoundFile>& found_;
    const HashFile& hash_;
    std::set<std::string> held_;
    std::unordered_set<std::string> there_;
    std::multimap<std::string, std::string> by_hash_;
    std::unordered_set<uint64_t> sizes_;
    std::unordered_set<std::string> moved_;  ///< gone files whose content was found elsewhere
    SyncPlan plan_;
};

}  // namespace

Result<SyncPlan> plan_sync(const KnownFiles& known, const std::vector<FoundFile>& found,
                           const std::vector<std::string>& unreadable, const HashFile& hash) {
    return Planner(known, found, unreadable, hash).run();
}

}  // namespace reel
