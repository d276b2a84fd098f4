// Commits of several threads that share one sync.
#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "reel/database.h"

namespace reel {

/// Threads queue their changes; whoever finds no leader at work leads: it takes the whole queue,
/// makes each entry a commit and syncs once for all. The others wait for it.
class GroupCommit {
public:
    struct Ticket {
        explicit Ticket(const Changes& wanted) : changes(&wanted) {}
        const Changes* changes;
        std::optional<Result<CommitInfo>> outcome;
        bool done = false;
    };

    /// Waits until `ticket` has its outcome. `lead` is called without any lock of this object's.
    template <class Lead>
    Result<CommitInfo> run(Ticket& ticket, const Lead& lead) {
        std::unique_lock lock(mutex_);
        queue_.push_back(&ticket);
        changed_.wait(lock, [&] { return ticket.done || !has_leader_; });
        if (ticket.done) return outcome_of(ticket);
        has_leader_ = true;
        std::vector<Ticket*> group;
        group.swap(queue_);
        lock.unlock();
        {
            const Reign reign(*this, group);
            lead(std::span<Ticket* const>(group));
        }
        return outcome_of(ticket);
    }

private:
    static Result<CommitInfo> outcome_of(Ticket& ticket) {
        if (ticket.outcome) return *std::move(ticket.outcome);
        return fail(ErrorCode::kIo, "the thread that led the group commit gave up; try again");
    }

    /// Ends a leader's work even if an embedder of the caller's throws: the others must not wait for ever.
    class Reign {
    public:
        Reign(GroupCommit& commits, std::span<Ticket* const> group) : commits_(commits), group_(group) {}
        Reign(const Reign&) = delete;
        Reign& operator=(const Reign&) = delete;
        ~Reign() {
            const std::lock_guard lock(commits_.mutex_);
            for (Ticket* const one : group_) one->done = true;
            commits_.has_leader_ = false;
            commits_.changed_.notify_all();
        }

    private:
        GroupCommit& commits_;
        std::span<Ticket* const> group_;
    };

    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<Ticket*> queue_;
    bool has_leader_ = false;
};

}  // namespace reel
