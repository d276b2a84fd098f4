#include "vector/code_search.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <string>

#include "base/try.h"
#include "vector/code_search_run.h"
#include "vector/scan_threads.h"

namespace reel {
namespace {

Status check_search(const VectorSource& truth, std::span<const CodePart> parts,
                    std::span<const float> one_query, size_t k, const CodeSearchOptions& options) {
    REEL_TRY(check_scan(one_query, truth.dimension(), k, options));
    if (!(options.recall > 0.0 && options.recall <= 1.0)) {
        return fail(ErrorCode::kInvalidArgument, "the recall asked for is " + std::to_string(options.recall) +
                                                     "; give a number above 0 up to 1");
    }
    return check_parts(parts);
}

Result<const Kernel*> kernel_for(const CodeSearchOptions& options) {
    if (options.kernel != nullptr) return options.kernel;
    return choose_kernel();
}

/// The queries of a batch, shared by threads.
class Batch {
public:
    Batch(std::span<const float> queries, size_t dimension, size_t k, const RowSet& rows)
        : queries_(queries),
          dimension_(dimension),
          k_(k),
          rows_(rows),
          answers_(queries.size() / dimension) {}

    void run(CodeSearcher& searcher) {
        for (size_t i = next_.fetch_add(1); i < answers_.size(); i = next_.fetch_add(1)) {
            auto found = searcher.search(queries_.subspan(i * dimension_, dimension_), k_, rows_);
            if (!found) {
                next_.store(answers_.size());
                const std::lock_guard lock(mutex_);
                if (i < failed_) {
                    failed_ = i;
                    error_ = std::move(found).error();
                }
                return;
            }
            answers_[i] = *std::move(found);
        }
    }

    Result<std::vector<std::vector<Neighbor>>> take() {
        if (failed_ == SIZE_MAX) return std::move(answers_);
        if (error_.code == ErrorCode::kInterrupted) return fail(std::move(error_));
        return fail(error_.at("query " + std::to_string(failed_)));
    }

    [[nodiscard]] size_t size() const { return answers_.size(); }

private:
    std::span<const float> queries_;
    size_t dimension_;
    size_t k_;
    const RowSet& rows_;
    std::atomic<size_t> next_{0};
    std::vector<std::vector<Neighbor>> answers_;
    std::mutex mutex_;
    size_t failed_ = SIZE_MAX;
    Error error_;
};

}  // namespace

Result<std::vector<Neighbor>> code_search(const VectorSource& truth, std::span<const CodePart> parts,
                                          std::span<const float> query, Metric metric, size_t k,
                                          const RowSet& rows, const CodeSearchOptions& options) {
    REEL_TRY(check_search(truth, parts, query, k, options));
    REEL_ASSIGN(const Kernel* const kernel, kernel_for(options));
    CodeSearcher searcher(truth, parts, metric, *kernel, options);
    auto found = searcher.search(query, k, rows);
    if (options.stats != nullptr) options.stats->add(searcher.stats());
    return found;
}

Result<std::vector<std::vector<Neighbor>>> code_search_batch(const VectorSource& truth,
                                                             std::span<const CodePart> parts,
                                                             std::span<const float> queries, Metric metric,
                                                             size_t k, const RowSet& rows,
                                                             const CodeSearchOptions& options) {
    const size_t dimension = truth.dimension();
    if (dimension == 0 || queries.size() % dimension != 0) {
        return fail(ErrorCode::kInvalidArgument, std::to_string(queries.size()) +
                                                     " floats are no whole number of queries of dimension " +
                                                     std::to_string(dimension));
    }
    if (queries.empty()) return std::vector<std::vector<Neighbor>>{};
    REEL_TRY(check_search(truth, parts, queries.first(dimension), k, options));
    REEL_ASSIGN(const Kernel* const kernel, kernel_for(options));
    Batch batch(queries, dimension, k, rows);
    const unsigned wanted =
        options.threads != 0 ? options.threads : std::max(1U, std::thread::hardware_concurrency());
    const unsigned threads = count_scan_threads(0, batch.size(), wanted);
    CodeSearchOptions each = options;
    each.threads = 1;
    std::mutex mutex;
    run_on_threads(threads, [&](unsigned) {
        CodeSearcher searcher(truth, parts, metric, *kernel, each);
        batch.run(searcher);
        const std::lock_guard lock(mutex);
        if (options.stats != nullptr) options.stats->add(searcher.stats());
    });
    return batch.take();
}

}  // namespace reel
