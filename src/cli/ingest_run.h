// What add and import share: records go to the store in batches, commits come
// often enough that an interrupted run loses little, and the end is told.
#pragma once

#include <chrono>
#include <string>
#include <unordered_map>
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
    OnDuplicate on_duplicate = OnDuplicate::kError;
};

/// --on-duplicate, of add and import.
extern const OptionGroup kDuplicateOptions;
Result<OnDuplicate> read_on_duplicate(const Arguments& arguments);

/// One run into one store. A commit is printed (under --json) when it is durable.
class IngestRun {
public:
    IngestRun(WritableStore store, StoreRequest request, const IngestPolicy& policy, Context& context);

    /// Takes a record; a text longer than the model reads becomes passages, which stand in one
    /// commit, together with the deletion of what the store holds of the source and is replaced.
    /// `place` says in messages where it comes from. kInterrupted after Ctrl-C.
    Status add(NewRecord record, const std::string& place);

    /// Something of the input that could not be read at all: reported and counted.
    void skip_unreadable(const Error& error);

    /// Commits the rest if `read` is no error, closes the store and reports. A new
    /// store in which nothing was committed is removed again if the run failed.
    Result<ExitCode> finish(Status read);

    /// For the progress bar; a total of 0 is unknown.
    void show_progress(uint64_t done, uint64_t total) {
        progress_.update(added_ + replaced_ + skipped_, done, total);
    }

    [[nodiscard]] Database& database() { return store_.database; }

private:
    struct Pending {
        std::vector<NewRecord> records;
        std::vector<std::string> places;
        std::vector<std::string> deletions;  ///< before the records are added
        size_t bytes = 0;
    };

    /// A text with its own id, as its records were before the run.
    struct Source {
        std::optional<std::string> id;
        std::vector<std::string> stored;
    };

    Status push(NewRecord record, const std::string& place);
    Status push_source(NewRecord record, const std::string& place);
    Result<std::vector<NewRecord>> cut(NewRecord record, const std::string& place);
    [[nodiscard]] Result<Source> find_source(const NewRecord& record) const;
    Status settle_duplicates(const Source& source, std::vector<NewRecord>& records);
    [[nodiscard]] Status check_not_taken(const Source& source, const std::vector<NewRecord>& records) const;
    Status plan_replacement(const Source& source, const std::vector<NewRecord>& records);
    Status flush();
    Status remove_replaced();
    void count_outcome(AddOutcome outcome);
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
    bool in_source_ = false;                               ///< between a source's records no commit is made
    std::unordered_map<std::string, size_t> uncommitted_;  ///< replacing: passages of a source; 0: whole
    bool embedder_ready_;
    std::optional<PassageLimit> passage_limit_;
    uint64_t added_ = 0;
    uint64_t replaced_ = 0;
    uint64_t skipped_ = 0;
    uint64_t deleted_ = 0;  ///< what was left of a replaced source
    uint64_t failed_ = 0;
    uint64_t changes_since_commit_ = 0;
    uint64_t committed_ = 0;
    uint64_t commits_ = 0;
};

}  // namespace reel::cli
