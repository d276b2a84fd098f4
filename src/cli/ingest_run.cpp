#include "cli/ingest_run.h"

#include <algorithm>
#include <span>
#include <unordered_set>

#include "base/posix_file.h"
#include "base/try.h"
#include "cli/signals.h"
#include "ingest/stored_source.h"

namespace reel::cli {

namespace {

constexpr size_t kBatchRecords = 1024;
constexpr size_t kBatchBytes = size_t{8} << 20U;
// Ctrl-C waits for the batch that is being embedded: about two seconds' work.
constexpr size_t kBatchTextBytes = size_t{64} << 10U;
constexpr uint64_t kEmbeddedRecordsACommit = 4096;
constexpr auto kEmbeddingTimeACommit = std::chrono::seconds(10);

/// Whether the record itself is at fault, so that the next one may do better.
bool is_about_a_record(ErrorCode code) {
    return code == ErrorCode::kInvalidArgument || code == ErrorCode::kAlreadyExists ||
           code == ErrorCode::kLimit;
}

Error taken(const std::string& id) {
    return {ErrorCode::kAlreadyExists,
            "the id \"" + id +
                "\" is there with other content; give the new one another id, or say --on-duplicate replace"};
}

constexpr OptionSpec kDuplicateSpecs[] = {
    {"--on-duplicate", "WHAT",
     "if an id is there with other content: error (default), skip, or replace; the same content is always "
     "skipped"},
};

}  // namespace

const OptionGroup kDuplicateOptions{"What is there already", kDuplicateSpecs};

Result<OnDuplicate> read_on_duplicate(const Arguments& arguments) {
    const std::string word = arguments.find("--on-duplicate").value_or("error");
    if (word == "error") return OnDuplicate::kError;
    if (word == "skip") return OnDuplicate::kSkip;
    if (word == "replace") return OnDuplicate::kReplace;
    return fail(ErrorCode::kInvalidArgument,
                "--on-duplicate must be error, skip or replace, not \"" + word + "\"");
}

IngestRun::IngestRun(WritableStore store, StoreRequest request, const IngestPolicy& policy, Context& context)
    : store_(std::move(store)),
      request_(std::move(request)),
      policy_(policy),
      context_(context),
      progress_(context.messages),
      embedder_ready_(store_.is_new) {}

uint64_t IngestRun::records_a_commit() const {
    if (policy_.commit_every != 0) return policy_.commit_every;
    return embeds_ ? kEmbeddedRecordsACommit : UINT64_MAX;
}

Result<Embedder*> IngestRun::prepare_embedder() {
    embeds_ = true;
    if (!embedder_ready_) REEL_TRY(attach_embedder(store_.database, request_));
    embedder_ready_ = true;
    REEL_ASSIGN(Embedder* const embedder, store_.database.embedder());
    if (!passage_limit_) {
        const StoreConfig& config = store_.database.config();
        REEL_ASSIGN(passage_limit_, passage_limit(config.passages, config.embedder, *embedder));
    }
    return embedder;
}

Status IngestRun::add(NewRecord record, const std::string& place) {
    REEL_TRY(check_interrupt());
    // A store of given vectors has no passages, and of a record with its vector none are made: each is for
    // itself, unless it takes the place of passages.
    const bool given = store_.database.config().embedder.kind == "none";
    if (given || (!record.vector.empty() && policy_.on_duplicate != OnDuplicate::kReplace)) {
        REEL_TRY(push(std::move(record), place));
        return commit_if_due();
    }
    auto pushed = push_source(std::move(record), place);
    in_source_ = false;
    if (pushed) pushed = commit_if_due();
    if (pushed || policy_.on_bad_record == OnBadRecord::kStop || !is_about_a_record(pushed.error().code)) {
        return pushed;
    }
    skip_unreadable(pushed.error());
    return {};
}

Status IngestRun::push_source(NewRecord record, const std::string& place) {
    in_source_ = true;
    REEL_ASSIGN(const Source source, find_source(record));
    REEL_ASSIGN(auto records, cut(std::move(record), place));
    const auto settled = settle_duplicates(source, records);
    if (!settled) return fail(settled.error().at(place));
    for (NewRecord& each : records) REEL_TRY(push(std::move(each), place));
    return {};
}

/// The records of one text; one whose vector is given stays whole.
Result<std::vector<NewRecord>> IngestRun::cut(NewRecord record, const std::string& place) {
    std::vector<NewRecord> records;
    if (!record.vector.empty()) {
        records.push_back(std::move(record));
        return records;
    }
    REEL_ASSIGN(Embedder* const embedder, prepare_embedder());
    auto passages = source_records(std::move(record), place, *passage_limit_, *embedder);
    if (!passages) return fail(std::move(passages).error().at(place));
    return passages;
}

Result<IngestRun::Source> IngestRun::find_source(const NewRecord& record) const {
    Source source{record.id, {}};
    if (!record.id || store_.database.live_count() == 0) return source;
    REEL_ASSIGN(source.stored, find_source_ids(store_.database, *record.id));
    return source;
}

/// A source is added, skipped or replaced whole: no new passages beside old ones.
Status IngestRun::settle_duplicates(const Source& source, std::vector<NewRecord>& records) {
    switch (policy_.on_duplicate) {
        case OnDuplicate::kError: return check_not_taken(source, records);
        case OnDuplicate::kReplace: return plan_replacement(source, records);
        case OnDuplicate::kSkip: break;
    }
    if (source.stored.empty()) return {};
    skipped_ += records.size();
    records.clear();
    return {};
}

Status IngestRun::check_not_taken(const Source& source, const std::vector<NewRecord>& records) const {
    std::unordered_set<std::string_view> fresh;
    for (const NewRecord& record : records) fresh.insert(record.id ? *record.id : std::string_view());
    for (const std::string& id : source.stored) {
        if (fresh.count(id) == 0) return fail(taken(id));
    }
    // What stops at the first bad record is told of others by the store.
    if (policy_.on_bad_record == OnBadRecord::kStop) return {};
    for (const NewRecord& record : records) {
        if (!record.id) continue;
        REEL_ASSIGN(const auto stored, store_.database.find(*record.id));
        if (!stored) continue;
        const std::string_view metadata = record.metadata.empty() ? std::string_view("{}") : record.metadata;
        if (stored->text != record.text || stored->metadata != metadata) return fail(taken(*record.id));
    }
    return {};
}

/// Notes which of the source's records, stored or pending, are not among the new ones.
Status IngestRun::plan_replacement(const Source& source, const std::vector<NewRecord>& records) {
    if (!source.id) return {};
    std::unordered_set<std::string> old(source.stored.begin(), source.stored.end());
    const auto pending = uncommitted_.find(*source.id);
    if (pending != uncommitted_.end()) {
        // The same source again: what is pending of it must be in the store before it can be deleted there.
        const size_t passages = pending->second;
        REEL_TRY(flush());
        for (size_t n = passages == 0 ? 0 : 1; n <= passages; ++n)
            old.insert(source_record_id(*source.id, n));
    }
    for (const NewRecord& record : records) old.erase(record.id.value_or(""));
    pending_.deletions.insert(pending_.deletions.end(), old.begin(), old.end());
    const bool whole = records.size() == 1 && records.front().id == source.id;
    uncommitted_[*source.id] = whole ? 0 : records.size();
    return {};
}

Status IngestRun::push(NewRecord record, const std::string& place) {
    pending_.bytes += record.text.size() + record.metadata.size() + record.vector.size() * sizeof(float);
    pending_.records.push_back(std::move(record));
    pending_.places.push_back(place);
    const size_t most_bytes = embeds_ ? kBatchTextBytes : kBatchBytes;
    // A source's records may be more than a commit's share.
    const uint64_t due = records_a_commit() - std::min(records_a_commit(), changes_since_commit_);
    const uint64_t wanted = std::min<uint64_t>(kBatchRecords, std::max<uint64_t>(due, 1));
    if (pending_.records.size() < wanted && pending_.bytes < most_bytes) return {};
    return flush();
}

void IngestRun::skip_unreadable(const Error& error) {
    ++failed_;
    context_.messages.error(error);
}

Status IngestRun::flush() {
    REEL_TRY(remove_replaced());
    const auto status = add_range(0, pending_.records.size());
    pending_ = Pending();
    REEL_TRY(status);
    return check_interrupt();
}

Status IngestRun::remove_replaced() {
    if (pending_.deletions.empty()) return {};
    REEL_ASSIGN(const auto outcomes, store_.database.remove(pending_.deletions));
    const auto removed = std::count(outcomes.begin(), outcomes.end(), RemoveOutcome::kRemoved);
    deleted_ += static_cast<uint64_t>(removed);
    changes_since_commit_ += static_cast<uint64_t>(removed);
    pending_.deletions.clear();
    return {};
}

/// The store takes all of a call or nothing, and cannot say where a record
/// came from: halving finds the one at fault, whose place is then named.
Status IngestRun::add_range(size_t first, size_t count) {
    if (count == 0) return {};
    const auto outcomes =
        store_.database.add(std::span(pending_.records).subspan(first, count), policy_.on_duplicate);
    if (outcomes) {
        for (const AddOutcome outcome : *outcomes) count_outcome(outcome);
        return {};
    }
    if (!is_about_a_record(outcomes.error().code)) return fail(outcomes.error());
    if (count > 1) {
        REEL_TRY(add_range(first, count / 2));
        return add_range(first + count / 2, count - count / 2);
    }
    Error error = outcomes.error().at(pending_.places[first]);
    if (policy_.on_bad_record == OnBadRecord::kStop) return fail(std::move(error));
    skip_unreadable(error);
    return {};
}

void IngestRun::count_outcome(AddOutcome outcome) {
    switch (outcome) {
        case AddOutcome::kAdded: ++added_; break;
        case AddOutcome::kReplaced: ++replaced_; break;
        case AddOutcome::kSkipped: ++skipped_; return;
    }
    ++changes_since_commit_;
}

Status IngestRun::commit_if_due() {
    if (changes_since_commit_ == 0) return {};
    const bool waited = embeds_ && policy_.commit_every == 0 &&
                        std::chrono::steady_clock::now() - last_commit_ >= kEmbeddingTimeACommit;
    if (!waited && changes_since_commit_ < records_a_commit()) return {};
    // What is left of a source belongs to the same commit.
    REEL_TRY(flush());
    return commit();
}

Status IngestRun::commit() {
    REEL_ASSIGN(const CommitInfo info, store_.database.commit());
    last_commit_ = std::chrono::steady_clock::now();
    changes_since_commit_ = 0;
    uncommitted_.clear();
    if (info.records_added == 0 && info.records_deleted == 0) return {};
    ++commits_;
    committed_ += info.records_added;
    if (context_.output.is_json()) {
        context_.output.json(JsonLine().number("commit", info.commit).number("records", info.records_added));
        // What nobody reads any more is no reason to stop; main() tells at the end.
        (void)context_.output.flush();
    }
    return {};
}

Error IngestRun::with_outcome(Error error) const {
    error.message += commits_ == 0 ? "; nothing was added"
                                   : "; before that " + counted(committed_, "record", "records") + " in " +
                                         counted(commits_, "commit", "commits") +
                                         " were added, which a second run skips";
    return error;
}

void IngestRun::report() const {
    std::string text = "added " + with_separators(added_);
    if (replaced_ > 0) text += ", replaced " + with_separators(replaced_);
    if (deleted_ > 0) text += ", deleted " + with_separators(deleted_) + " of replaced texts";
    if (skipped_ > 0) text += ", skipped " + with_separators(skipped_) + " already there";
    if (failed_ > 0) text += ", " + with_separators(failed_) + " could not be added";
    context_.messages.summary(text, JsonLine()
                                        .number("added", added_)
                                        .number("replaced", replaced_)
                                        .number("skipped", skipped_)
                                        .number("deleted", deleted_)
                                        .number("failed", failed_)
                                        .number("commits", commits_));
}

Result<ExitCode> IngestRun::finish(Status read) {
    Status status = std::move(read);
    if (status) status = flush();
    if (status) status = commit();
    if (!status && store_.is_new && commits_ == 0) {
        // Still under our lock. A store that could not be removed is empty, which harms nobody.
        (void)remove_file(store_.database.path());
    }
    const Status closed = store_.database.close();
    context_.messages.clear_bar();
    if (!status) return fail(with_outcome(std::move(status).error()));
    REEL_TRY(closed);
    report();
    return failed_ > 0 ? ExitCode::kPartly : ExitCode::kOk;
}

}  // namespace reel::cli
