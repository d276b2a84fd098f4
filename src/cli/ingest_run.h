// What add and import share: records go to the store in batches, commits come
// often enough that an interrupted run loses little, and the end is told.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/exit_code.h"
#include "cli/progress.h"
#include "cli/store_request.h"
#include "ingest/passages.h"
#include "reel/database.h"

namespace reel::cli {

enum class OnBadRecord : unsigned char {
    kStop,  ///< the run ends with the record's error
    kSkip,  ///< it is reported and counted
};

struct IngestPolicy {
    /// Records a commit; 0: one commit at the end if all vectors are given, else
    /// every 4,096 records or ten seconds, whichever comes first.
    uint64_t commit_every = 0;
    OnBadRecord on_bad_record = OnBadRecord::kStop;
};

/// One run into one store. A commit is printed (under --json) when it is durable.
class IngestRun {
public:
    IngestRun(WritableStore store, StoreRequest request, const IngestPolicy& policy, Context& context);

    /// Takes a record; a text longer than the model reads becomes passages.
    /// `place` says in messages where it comes from. kInterrupted after Ctrl-C.
    Status add(NewRecord record, const std::string& place);

    /// Something of the input that could not be read at all: reported and counted.
    void skip_unreadable(const Error& error);

    /// Commits the rest if `read` is no error, closes the store and reports. A new
    /// store in which nothing was committed is removed again if the run failed.
    Result<ExitCode> finish(Status read);

    /// For the progress bar; a total of 0 is unknown.
    void show_progress(uint64_t done, uint64_t total) { progress_.update(added_ + skipped_, done, total); }

    [[nodiscard]] Database& database() { return store_.database; }

private:
    struct Pending {
        std::vector<NewRecord> records;
        std::vector<std::string> places;
        size_t bytes = 0;
    };

    Status push(NewRecord record, const std::string& place);
    Status push_passages(NewRecord record, const std::string& place);
    [[nodiscard]] Status check_not_taken(const std::vector<NewRecord>& records) const;
    Status flush();
    Status add_range(size_t first, size_t count);
    Status commit_if_due();
    Status commit();
    Result<Embedder*> prepare_embedder();
    [[nodiscard]] uint64_t records_a_commit() const;
    Error with_outcome(Error error) const;
    void report() const;

    WritableStore store_;
    StoreRequest request_;
    IngestPolicy policy_;
    Context& context_;
    Progress progress_;
    Pending pending_;
    std::chrono::steady_clock::time_point last_commit_ = std::chrono::steady_clock::now();
    bool embeds_ = false;
    bool embedder_ready_;
    std::optional<PassageLimit> passage_limit_;
    uint64_t added_ = 0;
    uint64_t skipped_ = 0;
    uint64_t failed_ = 0;
    uint64_t added_since_commit_ = 0;
    uint64_t committed_ = 0;
    uint64_t commits_ = 0;
};

}  // namespace reel::cli
