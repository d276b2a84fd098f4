#include "vector/code_search_run.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "base/try.h"
#include "vector/code_search_effort.h"
#include "vector/rank_rows.h"
#include "vector/scan_threads.h"

namespace reel {
namespace {

/// Rows compared at once, between two looks at whether the rest can still be nearer.
constexpr size_t kRerankRows = 16;

/// Of the rows to be compared next so many are fetched ahead of what the kernel fetches itself.
constexpr size_t kFetchedRows = 6;

/// Below this share of rows that count it is looked at how many of them the nearest lists have.
constexpr double kFiltered = 0.9;

/// Some rows of another source, as rows from 0. Those that do not count have no bytes.
class RangeSource final : public VectorSource {
public:
    RangeSource(const VectorSource& source, const RowSet& rows, uint64_t first, uint64_t count)
        : source_(source), rows_(rows), first_(first), count_(count) {}

    [[nodiscard]] uint64_t row_count() const override { return count_; }
    [[nodiscard]] uint32_t dimension() const override { return source_.dimension(); }
    void locate(uint64_t first_row, std::span<const std::byte*> out) const override {
        source_.locate(first_ + first_row, out);
        for (size_t i = 0; i < out.size(); ++i) {
            if (!rows_.contains(first_ + first_row + i)) out[i] = nullptr;
        }
    }

private:
    const VectorSource& source_;
    const RowSet& rows_;
    uint64_t first_;
    uint64_t count_;
};

size_t round_up(double count, uint64_t most) {
    return static_cast<size_t>(std::clamp(std::ceil(count), 1.0, static_cast<double>(most)));
}

void fetch_row(const std::byte* row, size_t bytes) {
    if (row == nullptr) return;
    for (size_t line = 0; line < bytes; line += 64) __builtin_prefetch(row + line);
}

uint64_t count_rows(const RowSet& rows, uint64_t end) {
    uint64_t count = 0;
    for (uint64_t row = 0; row < std::min(end, rows.row_count); ++row) count += rows.contains(row) ? 1 : 0;
    return count;
}

}  // namespace

Status check_parts(std::span<const CodePart> parts) {
    uint64_t end = 0;
    for (size_t i = 0; i < parts.size(); ++i) {
        const CodePart& part = parts[i];
        const bool fits = part.codes != nullptr && part.codes->head().rows == part.row_count;
        if (!fits || part.first_row < end || part.first_row + part.row_count < part.first_row) {
            return fail(ErrorCode::kInvalidArgument,
                        "part " + std::to_string(i) + " of the codes, rows from " +
                            std::to_string(part.first_row) +
                            " on: its section has another number of rows, or it overlaps the part before");
        }
        end = part.first_row + part.row_count;
    }
    return {};
}

CodeSearcher::CodeSearcher(const VectorSource& truth, std::span<const CodePart> parts, Metric metric,
                           const Kernel& kernel, const CodeSearchOptions& options)
    : truth_(truth),
      metric_(metric),
      kernel_(kernel),
      options_(options),
      epsilon_(epsilon_for(options.recall)) {
    const auto is_usable = [&](const CodePart& part) {
        return part.codes->head().metric == metric && part.codes->head().dimension == truth.dimension();
    };
    parts_ = std::vector<Part>(static_cast<size_t>(std::count_if(parts.begin(), parts.end(), is_usable)));
    size_t i = 0;
    for (const CodePart& part : parts) {
        if (!is_usable(part)) continue;
        parts_[i].part = &part;
        parts_[i++].query = std::make_unique<SectionQuery>(*part.codes, kernel);
    }
}

Result<std::vector<Neighbor>> CodeSearcher::search(std::span<const float> query, size_t k,
                                                   const RowSet& rows) {
    REEL_ASSIGN(const QueryVector exact, QueryVector::make(query, metric_, &kernel_));
    Search search{exact, rows, k, TopK(k, options_.max_distance)};
    REEL_TRY(compare_uncovered(search, query));
    if (!parts_.empty()) {
        prepare_parts(query);
        candidates_.reset(plan(search), code_distance(search.nearest.limit()));
        REEL_TRY(scan_units(search, candidates_));
        REEL_TRY(probe_on(search, candidates_));
        compare_extra_rows(search);
        rerank(search, candidates_.sort());
    }
    return finish(search, query);
}

/// The largest distance of the codes' kind for a distance as Metric defines it.
float CodeSearcher::code_distance(float distance) const {
    const float largest = std::numeric_limits<float>::max();
    return std::min(largest, metric_ == Metric::kCosine ? 2.0F * distance : distance);
}

void CodeSearcher::prepare_parts(std::span<const float> query) {
    if (metric_ == Metric::kCosine) {
        double square = 0;
        for (const float value : query) square += static_cast<double>(value) * static_cast<double>(value);
        const auto scale = 1.0 / std::sqrt(square);
        unit_query_.resize(query.size());
        std::transform(query.begin(), query.end(), unit_query_.begin(), [scale](float value) {
            return static_cast<float>(static_cast<double>(value) * scale);
        });
        query = unit_query_;
    }
    const Rotation* last = nullptr;
    for (Part& part : parts_) {
        const Rotation& rotation = part.part->codes->rotation();
        if (last == nullptr || last->seed() != rotation.seed()) rotate(query, rotation);
        last = &rotation;
        part.query->prepare(rotated_.data());
        part.is_damaged.store(false, std::memory_order_relaxed);
        part.found = 0;
        part.are_all_found = false;
    }
    units_.clear();
    scanned_units_ = 0;
    wanted_rows_.store(0);
    enough_rows_ = 0;
}

void CodeSearcher::rotate(std::span<const float> query, const Rotation& rotation) {
    rotated_.resize(rotation.size());
    rotation.apply(query.data(), rotated_.data());
}

/// Makes the units of the lists that the recall calls for; how many candidates to keep.
size_t CodeSearcher::plan(const Search& search) {
    double ranks = 0;
    for (size_t i = 0; i < parts_.size(); ++i) {
        Part& part = parts_[i];
        const CodeHead& head = part.part->codes->head();
        const double selectivity =
            estimate_selectivity(search.rows, part.part->first_row, part.part->row_count);
        const SearchEffort effort = effort_for(head, options_.recall, search.k, selectivity);
        part.probes =
            round_up(options_.probes ? static_cast<double>(*options_.probes) : effort.probes, head.lists);
        ranks += effort.ranks;
        if (!options_.probes && selectivity < kFiltered) {
            enough_rows_ +=
                static_cast<double>(part.probes) * selectivity * static_cast<double>(head.rows) / head.lists;
        }
        stats_.lists += head.lists;
        find_units(i, part.probes);
    }
    std::sort(units_.begin(), units_.end(),
              [](const Unit& a, const Unit& b) { return a.distance < b.distance; });
    const uint64_t rows = std::min(truth_.row_count(), search.rows.row_count);
    const double wanted = options_.rerank ? static_cast<double>(*options_.rerank) : ranks;
    return round_up(std::max(wanted, static_cast<double>(search.k)), std::max<uint64_t>(1, rows));
}

/// Makes units of the nearest `wanted` lists of a part, but for those that have been made before.
void CodeSearcher::find_units(size_t number, size_t wanted) {
    Part& part = parts_[number];
    std::vector<bool> made;
    if (part.found != 0) {
        made.resize(part.part->codes->lists());
        for (const Unit& unit : units_) {
            if (unit.part == number) made[unit.list] = true;
        }
    }
    const std::vector<ListDistance>& lists = part.query->find_lists(wanted);
    if (part.query->damaged_centroids() != 0) {
        part.is_damaged.store(true, std::memory_order_relaxed);
        ++stats_.damaged_blocks;
    }
    for (const ListDistance& list : lists) {
        if (made.empty() || !made[list.list]) add_list(static_cast<uint32_t>(number), list);
    }
    part.found = lists.size();
    part.are_all_found = wanted >= part.part->codes->lists();
}

void CodeSearcher::add_list(uint32_t number, const ListDistance& list) {
    const Part& part = parts_[number];
    const CodeTerms terms = part.query->terms_of(list, epsilon_);
    float distance = part.query->comparable_distance(list);
    if (!std::isfinite(distance)) distance = std::numeric_limits<float>::max();  // forged: still to be sorted
    const uint32_t chunks = part.part->codes->list_chunks(list.list);
    for (uint32_t chunk = 0; chunk < chunks; ++chunk)
        units_.push_back({distance, number, list.list, chunk, terms});
    ++stats_.lists_probed;
}

Status CodeSearcher::scan_units(const Search& search, Candidates& candidates) {
    uint64_t bytes = 0;
    for (size_t i = scanned_units_; i < units_.size(); ++i) {
        const Unit& unit = units_[i];
        const CodeSection& codes = *parts_[unit.part].part->codes;
        const uint32_t rows = codes.list_rows(unit.list) - unit.chunk * kCodeChunkRows;
        bytes += codes.layout().chunk_bytes(std::min(rows, kCodeChunkRows));
    }
    const size_t count = units_.size() - scanned_units_;
    const unsigned threads = count_scan_threads(bytes, count, options_.threads);
    if (threads == 1) {
        for (; scanned_units_ < units_.size() && !is_cancelled(); ++scanned_units_)
            scan_unit(units_[scanned_units_], search.rows, candidates, stats_);
    } else {
        std::vector<Candidates> found(threads, candidates);
        for (size_t i = 1; i < threads; ++i) found[i].clear();
        std::vector<ScanStats> stats(threads);
        std::atomic<size_t> next{scanned_units_};
        run_on_threads(threads, [&](unsigned thread) {
            for (size_t i = next.fetch_add(1); i < units_.size() && !is_cancelled(); i = next.fetch_add(1))
                scan_unit(units_[i], search.rows, found[thread], stats[thread]);
        });
        candidates = std::move(found[0]);
        for (size_t i = 1; i < threads; ++i) candidates.merge(found[i]);
        for (const ScanStats& part : stats) stats_.add(part);
        scanned_units_ = units_.size();
    }
    if (is_cancelled()) return fail(ErrorCode::kInterrupted, "the search was stopped");
    stats_.column_bytes += bytes;
    return {};
}

void CodeSearcher::scan_unit(const Unit& unit, const RowSet& rows, Candidates& candidates, ScanStats& stats) {
    Part& part = parts_[unit.part];
    const auto chunk = part.part->codes->chunk(unit.list, unit.chunk);
    if (!chunk) {
        part.is_damaged.store(true, std::memory_order_relaxed);
        ++stats.damaged_blocks;
        return;
    }
    stats.column_rows += chunk->rows;
    if (rows.excluded.empty() && rows.row_count >= part.part->first_row + part.part->row_count) {
        const auto all = [](uint64_t) { return true; };
        part.query->scan(*chunk, unit.terms, part.part->first_row, all, candidates);
        wanted_rows_.fetch_add(chunk->rows, std::memory_order_relaxed);
    } else {
        const auto is_wanted = [&rows](uint64_t row) { return rows.contains(row); };
        const uint32_t wanted = part.query->count(*chunk, part.part->first_row, is_wanted);
        wanted_rows_.fetch_add(wanted, std::memory_order_relaxed);
        if (wanted != 0) part.query->scan(*chunk, unit.terms, part.part->first_row, is_wanted, candidates);
    }
}

/// Where fewer rows that count stand in the lists so far than were to be expected of these lists (the filter
/// may leave little near the query), or fewer than k: more lists, twice as many each time.
Status CodeSearcher::probe_on(const Search& search, Candidates& candidates) {
    const double enough = std::max(enough_rows_, static_cast<double>(search.k));
    bool is_more = true;
    while (static_cast<double>(wanted_rows_.load()) < enough && is_more) {
        is_more = false;
        for (size_t i = 0; i < parts_.size(); ++i) {
            Part& part = parts_[i];
            if (part.are_all_found) continue;
            part.probes = std::min<uint64_t>(2 * part.probes, part.part->codes->lists());
            find_units(i, part.probes);
            is_more = true;
        }
        REEL_TRY(scan_units(search, candidates));
    }
    return {};
}

/// Rows in no part.
Status CodeSearcher::compare_uncovered(Search& search, std::span<const float> query) {
    const uint64_t rows = std::min(truth_.row_count(), search.rows.row_count);
    uint64_t covered = 0;
    for (const Part& part : parts_) {
        REEL_TRY(compare_range(search, query, covered, std::min(rows, part.part->first_row)));
        covered = part.part->first_row + part.part->row_count;
    }
    return compare_range(search, query, covered, rows);
}

Status CodeSearcher::compare_range(Search& search, std::span<const float> query, uint64_t first,
                                   uint64_t end) {
    if (first >= end) return {};
    const RangeSource range(truth_, search.rows, first, end - first);
    REEL_ASSIGN(const std::vector<Neighbor> found,
                flat_scan(range, query, metric_, search.k, {end - first, {}}, options_));
    for (const Neighbor& neighbor : found) search.nearest.offer(first + neighbor.row, neighbor.distance);
    stats_.exact_vectors += end - first;
    return {};
}

/// Rows that have no code, and those whose codes are damaged.
void CodeSearcher::compare_extra_rows(Search& search) {
    std::vector<uint64_t> extra;
    for (const Part& part : parts_) {
        const CodeSection& codes = *part.part->codes;
        const size_t first = extra.size();
        for (const uint32_t row : codes.loose_rows()) extra.push_back(part.part->first_row + row);
        if (part.is_damaged.load(std::memory_order_relaxed)) {
            for (const uint32_t row : codes.find_lost_rows()) extra.push_back(part.part->first_row + row);
        }
        std::sort(extra.begin() + static_cast<std::ptrdiff_t>(first), extra.end());
    }
    offer_rows(truth_, search.query, extra, search.rows, search.nearest);
    stats_.exact_vectors += extra.size();
}

void CodeSearcher::rerank(Search& search, const std::vector<Candidate>& candidates) {
    const size_t count = candidates.size();
    located_.assign(count, nullptr);
    for (size_t i = 0; i < count; ++i) {
        if (candidates[i].row < truth_.row_count()) truth_.locate(candidates[i].row, {&located_[i], 1});
    }
    const size_t row_bytes = size_t{truth_.dimension()} * sizeof(float);
    float distances[kRerankRows];
    for (size_t i = 0; i < std::min(count, kFetchedRows); ++i) fetch_row(located_[i], row_bytes);
    for (size_t first = 0; first < count; first += kRerankRows) {
        if (candidates[first].key > code_distance(search.nearest.limit())) return;
        const size_t rows = std::min(kRerankRows, count - first);
        for (size_t i = first + rows; i < std::min(count, first + rows + kFetchedRows); ++i)
            fetch_row(located_[i], row_bytes);
        search.query.distances({&located_[first], rows}, RowOrder::kBigEndian, {distances, rows});
        for (size_t i = 0; i < rows; ++i) search.nearest.offer(candidates[first + i].row, distances[i]);
        stats_.exact_vectors += rows;
    }
}

/// The answer; from the vectors alone where it has too few hits (a section whose checksums are right and
/// whose content is not may name a row twice, or not at all).
Result<std::vector<Neighbor>> CodeSearcher::finish(Search& search, std::span<const float> query) {
    std::vector<Neighbor> hits = search.nearest.take();
    hits.erase(std::unique(hits.begin(), hits.end()), hits.end());
    const bool is_short = hits.size() < search.k &&
                          options_.max_distance >= std::numeric_limits<float>::max() &&
                          hits.size() < count_rows(search.rows, truth_.row_count());
    if (!is_short || parts_.empty()) return hits;
    stats_.exact_vectors += truth_.row_count();
    return flat_scan(truth_, query, metric_, search.k, search.rows, options_);
}

}  // namespace reel
