#include "db/vector_search.h"

#include <bit>
#include <thread>

#include "base/try.h"
#include "db/snapshot_vectors.h"
#include "vector/certified_scan.h"
#include "vector/rank_rows.h"

namespace reel {

namespace {

/// The numbers of a set's rows, ascending.
std::vector<uint64_t> list_rows(const RowSet& rows, uint64_t expected) {
    std::vector<uint64_t> list;
    list.reserve(expected);
    for (uint64_t first = 0; first < rows.row_count; first += 64) {
        const uint64_t word = first / 64;
        uint64_t included = word < rows.excluded.size() ? ~rows.excluded[word] : ~uint64_t{0};
        if (rows.row_count - first < 64) included &= (uint64_t{1} << (rows.row_count - first)) - 1;
        for (; included != 0; included &= included - 1)
            list.push_back(first + static_cast<uint64_t>(std::countr_zero(included)));
    }
    return list;
}

template <class Part>
uint64_t uncovered_by(const std::vector<Part>& parts, const Snapshot& snapshot) {
    const uint64_t covered = covered_rows(parts, snapshot.count());
    return snapshot.count() - std::min(covered, snapshot.count());
}

uint64_t count_lists(const std::vector<CodePart>& parts) {
    uint64_t lists = 0;
    for (const CodePart& part : parts) lists += part.codes->lists();
    return lists;
}

class Search {
public:
    Search(const View& view, const VectorAsk& ask, const SearchOptions& options)
        : view_(view),
          snapshot_(*view.snapshot),
          vectors_(snapshot_),
          ask_(ask),
          options_(options),
          metric_(snapshot_.config().metric),
          queries_(ask.query.size() / snapshot_.dimension()) {}

    Result<VectorFound> run() {
        REEL_ASSIGN(const bool answered, ask_faiss());
        if (answered) return std::move(found_);
        if (snapshot_.sealed() != nullptr && !snapshot_.sealed()->vector_table_is_whole()) {
            return fail(ErrorCode::kCorrupt,
                        "the table of vector offsets has a wrong checksum, so an answer could be "
                        "wrong; `reel verify` lists what is damaged");
        }
        const auto columns = view_.indexes->int8(snapshot_);
        const auto codes = view_.indexes->codes(snapshot_);
        found_.plan = plan_search(input(columns, codes));
        REEL_TRY(carry_out(columns, codes));
        if (const auto damaged = vectors_.damaged_row()) {
            return fail(ErrorCode::kCorrupt, "the vector of record " + std::to_string(*damaged) +
                                                 " is not where the tables say, so an answer could be wrong; "
                                                 "`reel verify` lists what is damaged");
        }
        return std::move(found_);
    }

private:
    /// An index beside the store serves whole stores, one query at a time.
    Result<bool> ask_faiss() {
        const FaissSidecar* sidecar = view_.sidecar.get();
        const bool is_whole = ask_.rows.excluded.data() == snapshot_.live().excluded.data();
        if (sidecar == nullptr || !sidecar->fits(snapshot_) || !is_whole || queries_ != 1) return false;
        if (sidecar->is_trusted()) {
            // What FAISS finds is as near as the index's type allows.
            if (options_.recall == 1.0 || options_.probes || options_.rerank) return false;
        } else if (!view_.indexes->int8(snapshot_).empty()) {
            return false;
        }
        auto nearest = sidecar->search(snapshot_, ask_.query, ask_.k, options_.threads);
        if (nearest) {
            found_.used_faiss = true;
            found_.plan.reason = "an index of FAISS that fits stands beside the store";
            std::erase_if(*nearest,
                          [this](const Neighbor& one) { return !(one.distance <= options_.max_distance); });
            found_.nearest.push_back(*std::move(nearest));
            return true;
        }
        // An index can always be done without: only a broken one is passed over, not a wrong question.
        if (nearest.error().code == ErrorCode::kConflict) return false;
        return fail(std::move(nearest).error());
    }

    [[nodiscard]] PlanInput input(const std::vector<Int8Part>& columns,
                                  const std::vector<CodePart>& codes) const {
        PlanInput in;
        in.live = snapshot_.live_count();
        in.matching = ask_.matching;
        in.dimension = snapshot_.dimension();
        in.k = ask_.k;
        in.recall = options_.recall;
        in.has_knobs = options_.probes || options_.rerank;
        in.column_rows = covered_rows(columns, snapshot_.count());
        in.code_rows = covered_rows(codes, snapshot_.count());
        in.lists = count_lists(codes);
        return in;
    }

    Status carry_out(const std::vector<Int8Part>& columns, const std::vector<CodePart>& codes) {
        switch (found_.plan.kind) {
            case PlanKind::kNone: found_.nearest.resize(queries_); return {};
            case PlanKind::kRows: return compare_rows();
            case PlanKind::kScan:
            case PlanKind::kExact: return search_exactly(columns);
            case PlanKind::kCodes: return search_codes(codes);
        }
        return {};
    }

    Status compare_rows() {
        const auto list = list_rows(ask_.rows, ask_.matching);
        for (size_t i = 0; i < queries_; ++i) {
            REEL_ASSIGN(auto nearest, rank_rows(vectors_, list, query(i), metric_, ask_.k, ask_.rows,
                                                with_limits(ScanOptions())));
            found_.nearest.push_back(std::move(nearest));
        }
        found_.stats.exact_vectors += list.size() * queries_;
        return {};
    }

    /// Without a column, every vector.
    Status search_exactly(const std::vector<Int8Part>& columns) {
        const bool scan = found_.plan.kind == PlanKind::kScan;
        const std::vector<Int8Part>& parts = scan ? no_columns_ : columns;
        found_.uncovered = uncovered_by(columns, snapshot_);
        auto options = with_limits(CertifiedOptions());
        options.stats = &found_.stats;
        if (queries_ == 1) {
            REEL_ASSIGN(auto nearest,
                        certified_scan(vectors_, parts, ask_.query, metric_, ask_.k, ask_.rows, options));
            found_.nearest.push_back(std::move(nearest));
            return {};
        }
        REEL_ASSIGN(found_.nearest,
                    certified_scan_batch(vectors_, parts, ask_.query, metric_, ask_.k, ask_.rows, options));
        return {};
    }

    Status search_codes(const std::vector<CodePart>& parts) {
        found_.uncovered = uncovered_by(parts, snapshot_);
        auto options = with_limits(CodeSearchOptions());
        options.recall = found_.plan.recall;
        options.probes = options_.probes;
        options.rerank = options_.rerank;
        options.stats = &found_.stats;
        if (queries_ == 1) {
            REEL_ASSIGN(auto nearest,
                        code_search(vectors_, parts, ask_.query, metric_, ask_.k, ask_.rows, options));
            found_.nearest.push_back(std::move(nearest));
            return {};
        }
        REEL_ASSIGN(found_.nearest,
                    code_search_batch(vectors_, parts, ask_.query, metric_, ask_.k, ask_.rows, options));
        return {};
    }

    template <class Options>
    [[nodiscard]] Options with_limits(Options options) const {
        options.threads = options_.threads;
        options.max_distance = options_.max_distance;
        return options;
    }

    [[nodiscard]] std::span<const float> query(size_t i) const {
        return ask_.query.subspan(i * snapshot_.dimension(), snapshot_.dimension());
    }

    const View& view_;
    const Snapshot& snapshot_;
    SnapshotVectors vectors_;
    const VectorAsk& ask_;
    const SearchOptions& options_;
    const Metric metric_;
    const size_t queries_;
    const std::vector<Int8Part> no_columns_;
    VectorFound found_;
};

}  // namespace

Result<VectorFound> search_vectors(const View& view, const VectorAsk& ask, const SearchOptions& options) {
    return Search(view, ask, options).run();
}

Result<std::vector<float>> distances_of(const Snapshot& snapshot, std::span<const float> query,
                                        std::span<const uint64_t> rows) {
    REEL_ASSIGN(const QueryVector prepared, QueryVector::make(query, snapshot.config().metric));
    std::vector<float> distances;
    distances.reserve(rows.size());
    for (const uint64_t row : rows) distances.push_back(prepared.distance_to_row(snapshot.vector_at(row)));
    return distances;
}

}  // namespace reel
