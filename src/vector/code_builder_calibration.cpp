#include "vector/code_builder_calibration.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <mutex>
#include <thread>

#include "base/try.h"
#include "vector/code_builder_rows.h"
#include "vector/code_search_part.h"
#include "vector/query_vector.h"
#include "vector/scan_threads.h"

namespace reel {
namespace {

constexpr size_t kHits = 10;
constexpr uint64_t kMostQueries = 256;
constexpr uint64_t kRowsPerQuery = 128;  ///< so that the calibration of a small section costs little
constexpr size_t kDepth = 1000;          ///< candidates among which the true hits are looked for

/// The order of the candidates hardly depends on it.
constexpr float kEpsilon = 1.0F;

/// Every second query is a row moved this far towards another one, because questions are not rows.
constexpr float kMixed = 0.3F;

class Calibration {
public:
    Calibration(const CodeSection& section, const VectorSource& source, uint64_t first_row,
                std::span<const uint32_t> list_of, const Kernel& kernel, const BuildControl& control)
        : section_(section),
          source_(source),
          first_row_(first_row),
          list_of_(list_of),
          kernel_(kernel),
          control_(control),
          rows_(sample_rows(list_of.size(),
                            std::clamp<uint64_t>(list_of.size() / kRowsPerQuery, 16, kMostQueries), 1)) {}

    Status run(CodeHead* head) {
        const unsigned asked = control_.threads != 0 ? control_.threads : std::thread::hardware_concurrency();
        std::atomic<size_t> next{0};
        run_on_threads(count_scan_threads(0, rows_.size(), std::max(1U, asked)), [&](unsigned) {
            Worker worker(*this);
            for (size_t i = next.fetch_add(1); i < rows_.size() && !control_.is_cancelled();
                 i = next.fetch_add(1))
                worker.ask(i);
            const std::lock_guard lock(mutex_);
            list_ranks_.insert(list_ranks_.end(), worker.list_ranks.begin(), worker.list_ranks.end());
            ranks_.insert(ranks_.end(), worker.ranks.begin(), worker.ranks.end());
        });
        if (control_.is_cancelled()) return fail(ErrorCode::kInterrupted, "building the codes was stopped");
        fill(list_ranks_, head->lists, head->probes);
        fill(ranks_, static_cast<uint32_t>(std::min<size_t>(list_of_.size(), kDepth)), head->ranks);
        return {};
    }

private:
    /// For each recall the smallest number below which so many of the ranks are.
    static void fill(std::vector<uint32_t>& ranks, uint32_t most, std::span<uint32_t> table) {
        std::sort(ranks.begin(), ranks.end());
        for (size_t i = 0; i < table.size(); ++i) {
            const auto wanted =
                static_cast<size_t>(std::ceil(static_cast<double>(ranks.size()) * kCalibratedRecalls[i]));
            table[i] = ranks.empty() ? most : ranks[std::max<size_t>(wanted, 1) - 1] + 1;
        }
    }

    /// One thread's queries.
    class Worker {
    public:
        explicit Worker(const Calibration& all)
            : all_(all),
              query_(all.section_, all.kernel_),
              vector_(all.source_.dimension()),
              other_(all.source_.dimension()),
              rotated_(all.section_.layout().size()),
              list_rank_(all.section_.lists()),
              candidates_(kDepth) {}

        void ask(size_t number) {
            const uint64_t row = all_.rows_[number];
            if (!read(row, vector_)) return;
            if (number % 2 == 1 && read(all_.rows_[(number * 7 + 3) % all_.rows_.size()], other_)) mix();
            const Metric metric = all_.section_.head().metric;
            const auto exact = QueryVector::make(vector_, metric, &all_.kernel_);
            if (!exact) return;  // a mixture of opposite rows
            all_.section_.rotation().apply(vector_.data(), rotated_.data());
            query_.prepare(rotated_.data());
            scan_all(row);
            note_ranks(*exact);
        }

        std::vector<uint32_t> list_ranks;
        std::vector<uint32_t> ranks;

    private:
        bool read(uint64_t row, std::vector<float>& out) const {
            const std::byte* bytes = nullptr;
            all_.source_.locate(all_.first_row_ + row, {&bytes, 1});
            return read_vector(bytes, all_.source_.dimension(), all_.section_.head().metric, out.data());
        }

        void mix() {
            double square = 0;
            for (size_t i = 0; i < vector_.size(); ++i) {
                vector_[i] += kMixed * (other_[i] - vector_[i]);
                square += static_cast<double>(vector_[i]) * static_cast<double>(vector_[i]);
            }
            if (all_.section_.head().metric != Metric::kCosine || square == 0.0) return;
            const auto scale = static_cast<float>(1.0 / std::sqrt(square));
            for (float& value : vector_) value *= scale;
        }

        void scan_all(uint64_t own_row) {
            candidates_.reset(kDepth);
            const auto& lists = query_.find_lists(all_.section_.lists());
            const auto is_other = [own_row](uint64_t row) { return row != own_row; };
            for (size_t i = 0; i < lists.size(); ++i) {
                const uint32_t list = lists[i].list;
                list_rank_[list] = static_cast<uint32_t>(i);
                const CodeTerms terms = query_.terms_of(lists[i], kEpsilon);
                for (uint32_t number = 0; number < all_.section_.list_chunks(list); ++number) {
                    if (const auto chunk = all_.section_.chunk(list, number))
                        query_.scan(*chunk, terms, 0, is_other, candidates_);
                }
            }
        }

        void note_ranks(const QueryVector& exact) {
            const auto& found = candidates_.sort();
            located_.resize(found.size());
            distances_.resize(found.size());
            for (size_t i = 0; i < found.size(); ++i)
                all_.source_.locate(all_.first_row_ + found[i].row, {&located_[i], 1});
            exact.distances(located_, RowOrder::kBigEndian, distances_);
            TopK nearest(kHits);
            for (size_t i = 0; i < found.size(); ++i) nearest.offer(i, distances_[i]);
            for (const Neighbor& hit : nearest.take()) {
                ranks.push_back(static_cast<uint32_t>(hit.row));
                list_ranks.push_back(list_rank_[all_.list_of_[found[hit.row].row]]);
            }
        }

        const Calibration& all_;
        SectionQuery query_;
        std::vector<float> vector_;
        std::vector<float> other_;
        AlignedFloats rotated_;
        std::vector<uint32_t> list_rank_;
        Candidates candidates_;
        std::vector<const std::byte*> located_;
        std::vector<float> distances_;
    };

    const CodeSection& section_;
    const VectorSource& source_;
    uint64_t first_row_;
    std::span<const uint32_t> list_of_;
    const Kernel& kernel_;
    const BuildControl& control_;
    std::vector<uint64_t> rows_;
    std::mutex mutex_;
    std::vector<uint32_t> list_ranks_;
    std::vector<uint32_t> ranks_;
};

}  // namespace

Status calibrate_codes(ByteView data, const VectorSource& source, uint64_t first_row,
                       std::span<const uint32_t> list_of, const Kernel& kernel, const BuildControl& control,
                       CodeHead* head) {
    REEL_ASSIGN(const auto section, CodeSection::parse(data, head->dimension, head->rows));
    return Calibration(*section, source, first_row, list_of, kernel, control).run(head);
}

}  // namespace reel
