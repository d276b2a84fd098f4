#include "text/build_text_index.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>
#include <vector>

#include "text/index_run.h"
#include "text/merge_indexes.h"

namespace reel {

namespace {

/// A run of this many entries becomes an index of its own, to be merged.
constexpr size_t kMaxRunPostings = size_t{4} << 20U;
/// A thread is started for no fewer rows.
constexpr uint64_t kMinRowsOfThread = 2048;
constexpr uint64_t kRowsOfReport = 256;

struct RowRange {
    uint64_t first, last;  ///< [first, last)
};

/// The index of some rows: a run, or a part that is used again.
struct Piece {
    uint64_t first_row = 0;
    ByteBuffer bytes = {};              ///< of a run
    const TextIndex* reused = nullptr;  ///< else
};

Error interrupted() { return {ErrorCode::kInterrupted, "building the index of words was stopped"}; }

/// Turns texts of row ranges into pieces, on several threads.
class RunBuilder {
public:
    RunBuilder(const TextOfRow& text_of, const AnalyzerConfig& config, const BuildControl& control)
        : text_of_(text_of), config_(config), control_(control) {}

    Status run(std::span<const RowRange> gaps, std::vector<Piece>& pieces) {
        uint64_t rows = 0;
        for (const RowRange& gap : gaps) rows += gap.last - gap.first;
        total_ = rows;
        const unsigned wanted =
            control_.threads != 0 ? control_.threads : std::max(1U, std::thread::hardware_concurrency());
        const auto threads = static_cast<unsigned>(std::min<uint64_t>(wanted, 1 + rows / kMinRowsOfThread));
        divide(gaps, threads == 1 ? rows : std::max(kMinRowsOfThread, rows / (uint64_t{threads} * 4)));
        std::vector<std::jthread> others;
        others.reserve(threads - 1);
        for (unsigned i = 1; i < threads; ++i) others.emplace_back([this] { work(false); });
        work(true);
        others.clear();
        if (!status_) return status_;
        std::move(pieces_.begin(), pieces_.end(), std::back_inserter(pieces));
        if (control_.progress) control_.progress(total_, total_);
        return {};
    }

private:
    void divide(std::span<const RowRange> gaps, uint64_t rows) {
        for (const RowRange& gap : gaps) {
            for (uint64_t first = gap.first; first < gap.last; first += rows) {
                tasks_.push_back({first, std::min(gap.last, first + rows)});
            }
        }
    }

    void work(bool reports) {
        auto analyzer = Analyzer::create(config_);
        if (!analyzer) return stop(std::move(analyzer).error());
        IndexRun run(std::move(*analyzer));
        for (size_t task = next_task_++; task < tasks_.size(); task = next_task_++) {
            if (auto status = build(tasks_[task], run, reports); !status) {
                return stop(std::move(status).error());
            }
        }
    }

    Status build(const RowRange& rows, IndexRun& run, bool reports) {
        uint64_t first = rows.first;
        for (uint64_t row = rows.first; row < rows.last; ++row) {
            if (row % kRowsOfReport == 0) REEL_TRY(report(reports));
            REEL_TRY(add_row(row, run));
            if (run.posting_count() >= kMaxRunPostings) {
                REEL_TRY(finish(run, first));
                first = row + 1;
            }
        }
        return run.row_count() > 0 ? finish(run, first) : Status();
    }

    Status add_row(uint64_t row, IndexRun& run) {
        const auto text = text_of_(row);
        if (text) return run.add(*text);
        if (text.error().code == ErrorCode::kInterrupted) return fail(text.error());
        run.add_unreadable();
        return {};
    }

    Status finish(IndexRun& run, uint64_t first_row) {
        REEL_ASSIGN(ByteBuffer bytes, run.finish());
        const std::lock_guard lock(mutex_);
        pieces_.push_back({first_row, std::move(bytes)});
        return {};
    }

    Status report(bool reports) {
        done_ += kRowsOfReport;
        if (control_.is_cancelled() || is_stopped_) return fail(interrupted());
        if (reports && control_.progress) control_.progress(std::min<uint64_t>(done_, total_), total_);
        return {};
    }

    void stop(Error error) {
        const std::lock_guard lock(mutex_);
        if (status_) status_ = fail(std::move(error));
        is_stopped_ = true;
        next_task_ = tasks_.size();
    }

    const TextOfRow& text_of_;
    const AnalyzerConfig& config_;
    const BuildControl& control_;
    uint64_t total_ = 0;
    std::vector<RowRange> tasks_;
    std::atomic<size_t> next_task_{0};
    std::atomic<uint64_t> done_{0};
    std::atomic<bool> is_stopped_{false};
    std::mutex mutex_;
    Status status_;
    std::vector<Piece> pieces_;
};

/// Those of `reuse` that can be, as pieces, and the rows between them.
Status plan(uint64_t row_count, std::span<const ReusableIndex> reuse, const AnalyzerConfig& config,
            std::vector<Piece>& pieces, std::vector<RowRange>& gaps) {
    uint64_t next = 0;
    uint64_t covered = 0;
    for (const ReusableIndex& old : reuse) {
        const uint64_t last = old.first_row + old.index->row_count();
        if (old.first_row < covered || last < old.first_row || last > row_count) {
            return fail(ErrorCode::kInvalidArgument,
                        "the index of rows " + std::to_string(old.first_row) + " to " + std::to_string(last) +
                            " overlaps another or ends behind row " + std::to_string(row_count));
        }
        covered = last;
        REEL_ASSIGN(const bool is_same, is_current(old.index->identity(), config));
        if (!is_same || old.index->row_count() == 0 || old.index->is_damaged() || !old.index->verify()) {
            continue;
        }
        if (next < old.first_row) gaps.push_back({next, old.first_row});
        pieces.push_back({old.first_row, {}, old.index});
        next = last;
    }
    if (next < row_count) gaps.push_back({next, row_count});
    return {};
}

Result<ByteBuffer> merge_pieces(std::vector<Piece>& pieces) {
    std::sort(pieces.begin(), pieces.end(),
              [](const Piece& a, const Piece& b) { return a.first_row < b.first_row; });
    if (pieces.size() == 1 && pieces[0].reused == nullptr) return std::move(pieces[0].bytes);
    std::vector<TextIndex> runs;
    runs.reserve(pieces.size());
    std::vector<const TextIndex*> parts;
    parts.reserve(pieces.size());
    for (const Piece& piece : pieces) {
        if (piece.reused == nullptr) {
            const auto rows = load_le<uint32_t>(piece.bytes.data() + IndexHeader::kRowCount);
            REEL_ASSIGN(TextIndex run, TextIndex::parse(piece.bytes, rows));
            runs.push_back(std::move(run));
        }
        parts.push_back(piece.reused != nullptr ? piece.reused : &runs.back());
    }
    return merge_indexes(parts);
}

Result<ByteBuffer> try_build(uint64_t row_count, const TextOfRow& text_of, const AnalyzerConfig& config,
                             std::span<const ReusableIndex> reuse, const BuildControl& control) {
    std::vector<Piece> pieces;
    std::vector<RowRange> gaps;
    REEL_TRY(plan(row_count, reuse, config, pieces, gaps));
    REEL_TRY(RunBuilder(text_of, config, control).run(gaps, pieces));
    return merge_pieces(pieces);
}

}  // namespace

Result<ByteBuffer> build_text_index(uint64_t row_count, const TextOfRow& text_of,
                                    const AnalyzerConfig& config, std::span<const ReusableIndex> reuse,
                                    const BuildControl& control) {
    if (row_count > kMaxSectionRows) {
        return fail(ErrorCode::kLimit,
                    std::to_string(row_count) + " texts are more than one index takes; divide them");
    }
    auto built = try_build(row_count, text_of, config, reuse, control);
    // Only merging shows that an old index contradicts itself; now it is known and not used.
    if (!built && built.error().code == ErrorCode::kCorrupt) {
        return try_build(row_count, text_of, config, reuse, control);
    }
    return built;
}

Result<OwnedTextIndex> index_in_memory(uint64_t row_count, const TextOfRow& text_of,
                                       const AnalyzerConfig& config, const BuildControl& control) {
    REEL_ASSIGN(ByteBuffer bytes, build_text_index(row_count, text_of, config, {}, control));
    REEL_ASSIGN(TextIndex index, TextIndex::parse(bytes, row_count));
    return OwnedTextIndex{std::move(bytes), std::move(index)};
}

}  // namespace reel
