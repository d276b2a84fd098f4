#include "store/repair_number.h"

#include <algorithm>
#include <unordered_set>

#include "container/fragment.h"
#include "container/movie_reader.h"
#include "store/repair_rows.h"

namespace reel {

namespace {

void sort_unique(std::vector<uint64_t>& numbers) {
    std::sort(numbers.begin(), numbers.end());
    numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
}

/// A place of the file whose number is sure: what stands before it has a number below `below`, what stands
/// behind it at least `from`.
struct Marker {
    uint64_t offset = 0;
    uint64_t below = 0;
    uint64_t from = 0;
};

/// The tables of a seal, if they are as they were written.
struct SealTables {
    const FoundSeal* seal = nullptr;
    MovieTables tables;
};

class Numberer {
public:
    Numberer(ByteView file, const Evidence& evidence, std::vector<FoundRecord> found, uint32_t dimension,
             WorkBudget& budget)
        : file_(file), evidence_(evidence), dimension_(dimension), budget_(budget) {
        out_.records = std::move(found);
    }

    NumberedRecords run() {
        collect_tombstones();
        match_checksums();
        read_seal_tables();
        add_records_by_tables();
        place_by_tables();
        judge_the_rest();
        apply_deletions();
        return std::move(out_);
    }

private:
    // --- Claims ---

    void claim(FoundRecord& record, uint64_t number, Judgement judgement) {
        record.number = number;
        record.judgement = judgement;
        claimed_.insert(number);
    }

    [[nodiscard]] bool is_checked(uint64_t number) const {
        return evidence_.count_checked({number, number + 1}) != 0;
    }

    // --- By checksum ---

    void collect_tombstones() {
        for (const FoundCommit& commit : evidence_.commits) {
            const auto& tombstones = commit.record.tombstones;
            tombstones_.insert(tombstones_.end(), tombstones.begin(), tombstones.end());
        }
        for (const FoundSeal& seal : evidence_.seals) {
            for (const Tombstone& tombstone : seal.seal.tombstones)
                tombstones_.push_back(tombstone.record_number);
        }
        sort_unique(tombstones_);
    }

    void match_checksums() {
        if (evidence_.checksums.empty()) return;
        std::vector<size_t> order;
        for (size_t i = 0; i < out_.records.size(); ++i) {
            if (out_.records[i].is_whole()) order.push_back(i);
        }
        const auto checksum = [this](size_t i) { return out_.records[i].checksum; };
        std::stable_sort(order.begin(), order.end(),
                         [&](size_t a, size_t b) { return checksum(a) < checksum(b); });
        for (size_t first = 0; first < order.size();) {
            size_t last = first;
            while (last < order.size() && checksum(order[last]) == checksum(order[first])) ++last;
            match_equal({order.data() + first, last - first}, checksum(order[first]));
            first = last;
        }
    }

    /// Records of one content: each gets one of the numbers that had it. Where there are fewer records than
    /// numbers, a live number must not go without.
    void match_equal(std::span<const size_t> records, uint32_t checksum) {
        std::vector<uint64_t> numbers;
        const auto& expected = evidence_.checksums;
        for (auto at = std::lower_bound(expected.begin(), expected.end(), ExpectedChecksum{checksum, 0});
             at != expected.end() && at->checksum == checksum; ++at) {
            if (!claimed_.contains(at->record_number)) numbers.push_back(at->record_number);
        }
        if (numbers.empty()) return;
        if (records.size() < numbers.size()) {
            std::stable_partition(numbers.begin(), numbers.end(), [this](uint64_t number) {
                return !std::binary_search(tombstones_.begin(), tombstones_.end(), number);
            });
            numbers.resize(records.size());
            std::sort(numbers.begin(), numbers.end());
        }
        for (size_t i = 0; i < records.size(); ++i) {
            FoundRecord& record = out_.records[records[i]];
            if (i < numbers.size())
                claim(record, numbers[i], Judgement::kVerified);
            else
                record.judgement = Judgement::kCopy;
        }
    }

    // --- By tables ---

    void read_seal_tables() {
        for (const FoundSeal& seal : evidence_.seals) {
            if (seal.movie.empty() || !budget_.spend(seal.movie.size())) continue;
            auto tables = MovieTables::parse(seal.movie);
            if (tables && check_movie(seal.movie, seal.seal)) seals_.push_back({&seal, *tables});
        }
    }

    [[nodiscard]] std::vector<RecordRow> rows_of(const FoundCommit& commit) {
        if (commit.moof.empty() || !budget_.spend(commit.moof.size())) return {};
        auto fragment =
            parse_fragment(commit.moof, commit.record.own_offset, commit.record.file_id, dimension_);
        return fragment ? std::move(fragment->rows) : std::vector<RecordRow>();
    }

    static uint64_t shift_of(const FoundCommit& commit) { return commit.offset - commit.record.own_offset; }
    static uint64_t shift_of(const FoundSeal& seal) { return *seal.movie_offset - seal.seal.own_offset; }

    /// Numbers whose checksum is known and that no box was found for: their payloads may stand there still.
    void add_records_by_tables() {
        if (evidence_.count_checked({0, evidence_.known_end}) <= claimed_.size()) return;
        std::vector<FoundRecord> added;
        for (const FoundCommit& commit : evidence_.commits) {
            const uint64_t first = commit.record.first_record_number;
            const auto& checksums = commit.record.record_checksums;
            bool is_complete = true;
            for (size_t i = 0; i < checksums.size() && is_complete; ++i)
                is_complete = claimed_.contains(first + i);
            if (is_complete) continue;
            const std::vector<RecordRow> rows = rows_of(commit);
            for (size_t i = 0; i < rows.size(); ++i)
                add_by_row(rows[i], first + i, {shift_of(commit)}, checksums[i], added);
        }
        add_by_movies(added);
        insert(std::move(added));
    }

    void add_by_movies(std::vector<FoundRecord>& added) {
        std::vector<ExpectedChecksum> by_number = evidence_.checksums;
        std::sort(by_number.begin(), by_number.end(), [](const auto& a, const auto& b) {
            return std::pair(a.record_number, a.checksum) < std::pair(b.record_number, b.checksum);
        });
        for (const FoundSeal& seal : evidence_.seals) {
            // A tool may have moved the samples and written other offsets: the records' checksums tell.
            const auto tables =
                seal.movie.empty() ? fail(ErrorCode::kCorrupt, "") : MovieTables::parse(seal.movie);
            if (!tables) continue;
            for (const ExpectedChecksum& expected : by_number) {
                if (expected.record_number >= tables->count()) break;
                if (claimed_.contains(expected.record_number)) continue;
                add_by_row(tables->row(expected.record_number), expected.record_number, {shift_of(seal), 0},
                           expected.checksum, added);
            }
        }
    }

    void add_by_row(const RecordRow& row, uint64_t number, std::initializer_list<uint64_t> shifts,
                    uint32_t expected, std::vector<FoundRecord>& added) {
        for (const uint64_t shift : shifts) {
            if (claimed_.contains(number) || !budget_.spend(uint64_t{row.metadata_size} + row.text_size))
                return;
            auto record = read_row(file_, row, shift, 4 * dimension_, expected);
            if (!record) continue;
            claim(*record, number, Judgement::kVerified);
            added.push_back(*record);
        }
    }

    /// Puts `added` in their places, instead of the faulty places that they are.
    void insert(std::vector<FoundRecord> added) {
        if (added.empty()) return;
        std::unordered_set<uint64_t> begins;
        for (const FoundRecord& record : added) begins.insert(record.begin);
        std::erase_if(out_.records, [&](const FoundRecord& record) {
            return !record.is_whole() && begins.contains(record.begin);
        });
        out_.records.insert(out_.records.end(), added.begin(), added.end());
        std::stable_sort(out_.records.begin(), out_.records.end(),
                         [](const FoundRecord& a, const FoundRecord& b) { return a.begin < b.begin; });
    }

    /// What stands where a table says that record n stands is, or was, record n.
    void place_by_tables() {
        const FoundCommit* commit = nullptr;
        std::vector<RecordRow> rows;
        for (FoundRecord& record : out_.records) {
            if (record.judgement != Judgement::kOpen) continue;
            const auto next =
                std::upper_bound(evidence_.commits.begin(), evidence_.commits.end(), record.begin,
                                 [](uint64_t at, const FoundCommit& other) { return at < other.offset; });
            if (next != evidence_.commits.end() && &*next != commit) {
                commit = &*next;
                rows = rows_of(*commit);
            }
            std::optional<uint64_t> number;
            if (next != evidence_.commits.end()) {
                number = find_row(rows.size(), record.row.vector_offset - shift_of(*commit),
                                  [&](uint64_t i) { return rows[i].vector_offset; });
                if (number) *number += commit->record.first_record_number;
            }
            for (const SealTables& seal : seals_) {
                if (number || *seal.seal->movie_offset < record.begin) continue;
                number = find_row(seal.tables.count(), record.row.vector_offset - shift_of(*seal.seal),
                                  [&](uint64_t i) { return seal.tables.vector_offset(i); });
            }
            if (number) place(record, *number);
        }
    }

    template <class OffsetOf>
    static std::optional<uint64_t> find_row(uint64_t count, uint64_t vector_offset,
                                            const OffsetOf& offset_of) {
        uint64_t low = 0;
        uint64_t high = count;
        while (low < high) {
            const uint64_t middle = low + (high - low) / 2;
            if (offset_of(middle) < vector_offset)
                low = middle + 1;
            else
                high = middle;
        }
        if (low == count || offset_of(low) != vector_offset) return std::nullopt;
        return low;
    }

    void place(FoundRecord& record, uint64_t number) {
        if (claimed_.contains(number)) {
            record.judgement = Judgement::kCopy;
        } else if (!record.is_whole() || is_checked(number)) {
            record.number = number;
            record.judgement = Judgement::kDamaged;
        } else {
            claim(record, number, Judgement::kUnverified);
        }
    }

    // --- By what stands around ---

    [[nodiscard]] std::vector<Marker> markers() const {
        std::vector<Marker> markers;
        for (const FoundRecord& record : out_.records) {
            if (record.number) markers.push_back({record.begin, *record.number, *record.number + 1});
        }
        for (const FoundCommit& commit : evidence_.commits) {
            const uint64_t end = commit.record.first_record_number + commit.record.record_count;
            // Of a commit in a moved movie nothing follows from its place.
            if (!commit.moof.empty()) markers.push_back({commit.offset, end, end});
        }
        for (const FoundSeal& seal : evidence_.seals) {
            const uint64_t end = seal.seal.next_record_number;
            if (seal.movie_offset == seal.seal.own_offset) markers.push_back({*seal.movie_offset, end, end});
        }
        std::sort(markers.begin(), markers.end(),
                  [](const Marker& a, const Marker& b) { return a.offset < b.offset; });
        return markers;
    }

    void judge_the_rest() {
        const std::vector<Marker> sure = markers();
        claims_.assign(claimed_.begin(), claimed_.end());
        std::sort(claims_.begin(), claims_.end());
        size_t next = 0;
        for (size_t i = 0; i < out_.records.size();) {
            if (out_.records[i].judgement != Judgement::kOpen) {
                ++i;
                continue;
            }
            while (next < sure.size() && sure[next].offset <= out_.records[i].begin) ++next;
            const uint64_t from = next == 0 ? 0 : sure[next - 1].from;
            const uint64_t until = next == sure.size() ? file_.size() : sure[next].offset;
            std::vector<size_t> open;
            for (; i < out_.records.size() && out_.records[i].begin < until; ++i) {
                if (out_.records[i].judgement == Judgement::kOpen) open.push_back(i);
            }
            const uint64_t below = next == sure.size() ? evidence_.known_end : sure[next].below;
            // Behind all that is known there is no bound; ranges that were swapped bound each other the wrong
            // way.
            if (next == sure.size() && below <= from)
                judge_beyond(open);
            else
                judge_gap({std::min(from, below), std::max(from, below)}, open);
        }
    }

    void judge_beyond(const std::vector<size_t>& open) {
        for (const size_t i : open) {
            FoundRecord& record = out_.records[i];
            record.judgement = record.is_whole() ? Judgement::kUnverified : Judgement::kDamaged;
            out_.beyond.push_back(i);
        }
    }

    /// Where every number of the gap that is left has a checksum, what does not have it is damaged.
    void judge_gap(NumberRange numbers, const std::vector<size_t>& open) {
        const uint64_t left = numbers.end - numbers.first - count_in(claims_, numbers);
        uint64_t claimed_unchecked = 0;
        for (auto at = std::lower_bound(claims_.begin(), claims_.end(), numbers.first);
             at != claims_.end() && *at < numbers.end; ++at) {
            claimed_unchecked += is_checked(*at) ? 0 : 1;
        }
        const uint64_t unchecked =
            numbers.end - numbers.first - evidence_.count_checked(numbers) - claimed_unchecked;
        // As many places as numbers: then they are those numbers, in this order.
        const bool counts_agree = left == open.size();
        uint64_t number = numbers.first;
        NumberGap gap{numbers, {}};
        for (const size_t i : open) {
            FoundRecord& record = out_.records[i];
            while (counts_agree && number < numbers.end && claimed_.contains(number)) ++number;
            const bool is_numbered = counts_agree && number < numbers.end;
            if (is_numbered) record.number = number;
            const bool damaged = !record.is_whole() || unchecked == 0 || (is_numbered && is_checked(number));
            record.judgement = damaged ? Judgement::kDamaged : Judgement::kUnverified;
            if (!damaged && !is_numbered) gap.unnumbered.push_back(i);
            if (is_numbered) claimed_.insert(number);
        }
        if (!gap.unnumbered.empty()) out_.gaps.push_back(std::move(gap));
    }

    // --- Deletions ---

    [[nodiscard]] std::vector<uint64_t> whole_numbers() const {
        std::vector<uint64_t> numbers;
        for (const FoundRecord& record : out_.records) {
            if (record.number && record.is_saved()) numbers.push_back(*record.number);
        }
        sort_unique(numbers);
        return numbers;
    }

    void apply_deletions() {
        const std::vector<uint64_t> whole = whole_numbers();
        for (const FoundSeal& seal : evidence_.seals) {
            for (const Tombstone& tombstone : seal.seal.tombstones)
                out_.deleted.push_back(tombstone.record_number);
        }
        for (const FoundCommit& commit : evidence_.commits) {
            const CommitRecordBox& record = commit.record;
            if (record.tombstones.empty()) continue;
            const uint64_t first = record.first_record_number;
            const bool is_whole =
                count_in(whole, {first, first + record.record_count}) == record.record_count;
            if (record.commit_number > evidence_.durable_through && !is_whole) {
                out_.warnings.push_back(
                    "commit " + std::to_string(record.commit_number) + " may never have been finished: its " +
                    std::to_string(record.tombstones.size()) + " deletions are not applied");
                continue;
            }
            out_.deleted.insert(out_.deleted.end(), record.tombstones.begin(), record.tombstones.end());
        }
        sort_unique(out_.deleted);
        for (FoundRecord& record : out_.records) {
            if (record.number && record.is_saved() &&
                std::binary_search(out_.deleted.begin(), out_.deleted.end(), *record.number)) {
                record.judgement = Judgement::kDeleted;
            }
        }
    }

    ByteView file_;
    const Evidence& evidence_;
    uint32_t dimension_;
    WorkBudget& budget_;
    NumberedRecords out_;
    std::vector<uint64_t> tombstones_;  ///< of all commits and seals, sorted
    std::vector<SealTables> seals_;
    std::unordered_set<uint64_t> claimed_;  ///< numbers that a record has
    std::vector<uint64_t> claims_;          ///< the same, sorted, before the rest was judged
};

}  // namespace

NumberedRecords number_records(ByteView file, const Evidence& evidence, std::vector<FoundRecord> found,
                               uint32_t dimension, WorkBudget& budget) {
    return Numberer(file, evidence, std::move(found), dimension, budget).run();
}

uint64_t count_in(const std::vector<uint64_t>& numbers, NumberRange range) {
    const auto first = std::lower_bound(numbers.begin(), numbers.end(), range.first);
    const auto last = std::lower_bound(first, numbers.end(), range.end);
    return static_cast<uint64_t>(last - first);
}

}  // namespace reel
