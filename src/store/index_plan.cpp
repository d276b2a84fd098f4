#include <algorithm>
#include <bit>

#include "store/index_section.h"

namespace reel {

namespace {

constexpr size_t kQuickFanOut = 8;

/// A commit that becomes a seal does not rewrite more than this: somebody is waiting for it.
constexpr uint64_t kMostQuickRecords = 131'072;

/// Sections whose counts differ by less than a factor of eight or so.
unsigned tier_of(uint64_t record_count) { return static_cast<unsigned>(std::bit_width(record_count)) / 3; }

/// How many of `kept`, from its end, stand without a gap in front of `begin`.
size_t count_adjacent(std::span<const SectionEntry> kept, uint64_t begin) {
    size_t count = 0;
    for (auto before = kept.rbegin(); before != kept.rend(); ++before, ++count) {
        if (before->first_record + before->record_count != begin) break;
        begin = before->first_record;
    }
    return count;
}

/// How many of `adjacent`, from its end, a new section of `record_count` records behind them swallows.
size_t count_merged_quickly(std::span<const SectionEntry> adjacent, uint64_t record_count) {
    size_t merged = 0;
    uint64_t covered = record_count;
    while (true) {
        const unsigned tier = tier_of(covered);
        size_t run = merged;
        uint64_t run_covered = covered;
        while (run < adjacent.size()) {
            const uint64_t count = adjacent[adjacent.size() - 1 - run].record_count;
            if (tier_of(count) > tier || run_covered + count > kMostQuickRecords) break;
            run_covered += count;
            ++run;
        }
        if (run - merged + 1 < kQuickFanOut) return merged;
        merged = run;
        covered = run_covered;
    }
}

size_t count_merged_thoroughly(std::span<const SectionEntry> adjacent, uint64_t record_count) {
    size_t merged = 0;
    uint64_t covered = record_count;
    while (merged < adjacent.size()) {
        const uint64_t count = adjacent[adjacent.size() - 1 - merged].record_count;
        if (count >= 2 * covered) break;
        covered += count;
        ++merged;
    }
    return merged;
}

size_t count_merged(std::span<const SectionEntry> kept, uint64_t first_record, uint64_t record_count,
                    SealEffort effort) {
    const auto adjacent = kept.last(count_adjacent(kept, first_record));
    return effort == SealEffort::kThorough ? count_merged_thoroughly(adjacent, record_count)
                                           : count_merged_quickly(adjacent, record_count);
}

/// Cuts a range where its weight reaches the limit.
void add_planned(std::vector<PlannedSection>& made, PlannedSection range,
                 const std::function<uint64_t(uint64_t, uint64_t)>& weight_of) {
    if (!range.replaced.empty()) {  // weighed before it was merged
        made.push_back(std::move(range));
        return;
    }
    const uint64_t end = range.first_record + range.record_count;
    uint64_t first = range.first_record;
    uint64_t weight = 0;
    for (uint64_t next = first; next < end; ++next) {
        const uint64_t more = weight_of(next, 1);
        if (next > first && weight + more > kMaxIndexSectionBytes) {
            made.push_back({first, next - first, {}});
            first = next;
            weight = 0;
        }
        weight += more;
    }
    made.push_back({first, end - first, {}});
}

}  // namespace

IndexPlan plan_index(std::span<const SectionEntry> usable, uint64_t record_count, SealEffort effort,
                     const std::function<uint64_t(uint64_t first, uint64_t count)>& weight_of) {
    IndexPlan plan;
    uint64_t next = 0;
    const auto fill_gap = [&](uint64_t end) {
        if (end <= next) return;
        PlannedSection range{next, end - next, {}};
        uint64_t weight = weight_of(range.first_record, range.record_count);
        size_t merged = count_merged(plan.kept, range.first_record, range.record_count, effort);
        for (size_t i = 0; i < merged; ++i) weight += plan.kept[plan.kept.size() - 1 - i].size;
        if (weight >= kMaxIndexSectionBytes) merged = 0;
        for (; merged > 0; --merged) {
            const SectionEntry& before = plan.kept.back();
            range.first_record = before.first_record;
            range.record_count += before.record_count;
            range.replaced.insert(range.replaced.begin(), before);
            plan.kept.pop_back();
        }
        add_planned(plan.made, std::move(range), weight_of);
    };
    for (const SectionEntry& entry : usable) {
        fill_gap(entry.first_record);
        plan.kept.push_back(entry);
        next = entry.first_record + entry.record_count;
    }
    fill_gap(record_count);
    return plan;
}

}  // namespace reel
