#include "cli/ingest_run.h"

#include <algorithm>
#include <span>

#include "base/posix_file.h"
#include "base/try.h"
#include "cli/signals.h"

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

std::string counted(uint64_t count, std::string_view one, std::string_view many) {
    return with_separators(count) + " " + std::string(count == 1 ? one : many);
}

}  // namespace

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
    const bool given = store_.database.config().embedder.kind == "none";
    if (given || !record.vector.empty()) return push(std::move(record), place);
    auto pushed = push_passages(std::move(record), place);
    if (pushed || policy_.on_bad_record == OnBadRecord::kStop || !is_about_a_record(pushed.error().code)) {
        return pushed;
    }
    skip_unreadable(pushed.error());
    return {};
}

Status IngestRun::push_passages(NewRecord record, const std::string& place) {
    REEL_ASSIGN(Embedder* const embedder, prepare_embedder());
    auto records = source_records(std::move(record), place, *passage_limit_, *embedder);
    if (!records) return fail(std::move(records).error().at(place));
    if (policy_.on_bad_record == OnBadRecord::kSkip) {
        // A source is added whole or not at all: no new passages beside old ones.
        auto free = check_not_taken(*records);
        if (!free) return fail(std::move(free).error().at(place));
    }
    for (NewRecord& passage : *records) REEL_TRY(push(std::move(passage), place));
    return {};
}

Status IngestRun::check_not_taken(const std::vector<NewRecord>& records) const {
    for (const NewRecord& record : records) {
        if (!record.id) continue;
        REEL_ASSIGN(const auto stored, store_.database.find(*record.id));
        if (!stored) continue;
        const std::string_view metadata = record.metadata.empty() ? std::string_view("{}") : record.metadata;
        if (stored->text != record.text || stored->metadata != metadata) {
            return fail(
                ErrorCode::kAlreadyExists,
                "the id \"" + *record.id + "\" is there with other content; give the new one another id");
        }
    }
    return {};
}

Status IngestRun::push(NewRecord record, const std::string& place) {
    pending_.bytes += record.text.size() + record.metadata.size() + record.vector.size() * sizeof(float);
    pending_.records.push_back(std::move(record));
    pending_.places.push_back(place);
    const size_t most_bytes = embeds_ ? kBatchTextBytes : kBatchBytes;
    const uint64_t wanted = std::min<uint64_t>(kBatchRecords, records_a_commit() - added_since_commit_);
    if (pending_.records.size() < wanted && pending_.bytes < most_bytes) return {};
    return flush();
}

void IngestRun::skip_unreadable(const Error& error) {
    ++failed_;
    context_.messages.error(error);
}

Status IngestRun::flush() {
    const auto status = add_range(0, pending_.records.size());
    pending_ = Pending();
    REEL_TRY(status);
    REEL_TRY(check_interrupt());
    return commit_if_due();
}

/// The store takes all of a call or nothing, and cannot say where a record
/// came from: halving finds the one at fault, whose place is then named.
Status IngestRun::add_range(size_t first, size_t count) {
    if (count == 0) return {};
    const auto outcomes = store_.database.add(std::span(pending_.records).subspan(first, count));
    if (outcomes) {
        const auto added =
            static_cast<uint64_t>(std::count(outcomes->begin(), outcomes->end(), AddOutcome::kAdded));
        added_ += added;
        added_since_commit_ += added;
        skipped_ += count - added;
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

Status IngestRun::commit_if_due() {
    if (added_since_commit_ == 0) return {};
    const bool waited = embeds_ && policy_.commit_every == 0 &&
                        std::chrono::steady_clock::now() - last_commit_ >= kEmbeddingTimeACommit;
    if (!waited && added_since_commit_ < records_a_commit()) return {};
    return commit();
}

Status IngestRun::commit() {
    REEL_ASSIGN(const CommitInfo info, store_.database.commit());
    last_commit_ = std::chrono::steady_clock::now();
    added_since_commit_ = 0;
    if (info.records_added == 0) return {};
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
    if (skipped_ > 0) text += ", skipped " + with_separators(skipped_) + " already there";
    if (failed_ > 0) text += ", " + with_separators(failed_) + " could not be added";
    context_.messages.summary(text, JsonLine()
                                        .number("added", added_)
                                        .number("skipped", skipped_)
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
