// Commits of several threads that share one sync.
#pragma once

#include <condition_variable>
#include <mutex>
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
        Result<CommitInfo> outcome = CommitInfo{};
        bool done = false;
    };

    /// Waits until `ticket` has its outcome. `lead` is called without any lock of this object's.
    template <class Lead>
    Result<CommitInfo> run(Ticket& ticket, const Lead& lead) {
        std::unique_lock lock(mutex_);
        queue_.push_back(&ticket);
        changed_.wait(lock, [&] { return ticket.done || !has_leader_; });
        if (ticket.done) return std::move(ticket.outcome);
        has_leader_ = true;
        std::vector<Ticket*> group;
        group.swap(queue_);
        lock.unlock();
        lead(std::span<Ticket* const>(group));
        lock.lock();
        for (Ticket* const one : group) one->done = true;
        has_leader_ = false;
        changed_.notify_all();
        return std::move(ticket.outcome);
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<Ticket*> queue_;
    bool has_leader_ = false;
};

}  // namespace reel
