#include "db/search_plan.h"

#include <algorithm>
#include <cstdio>

namespace reel {

namespace {

// Nanoseconds, one thread, as measured (docs/design/0010-search-planning.md). They only have to rank the
// ways.
constexpr double kScanByte = 0.05;      ///< of columns and vectors read in order
constexpr double kRandomByte = 0.06;    ///< of vectors read here and there
constexpr double kRandomRow = 40;       ///< and what each costs before its first byte
constexpr double kCodeRowExtra = 1;     ///< a code's factors and its place in the heap
constexpr double kListExtra = 15;       ///< looking at a partition's centroid
constexpr double kQueryExtra = 20'000;  ///< making ready for codes

double exact_row(const PlanInput& in) { return kRandomRow + 4.0 * in.dimension * kRandomByte; }
double rows_cost(const PlanInput& in) { return static_cast<double>(in.matching) * exact_row(in); }
double scan_cost(const PlanInput& in, uint64_t rows) {
    return static_cast<double>(rows) * 4.0 * in.dimension * kScanByte;
}

double column_cost(const PlanInput& in) {
    const double row = (in.dimension / 2.0 + 24) * kScanByte;
    return static_cast<double>(in.column_rows) * row +
           scan_cost(in, in.live - std::min(in.live, in.column_rows)) +
           static_cast<double>(in.k + 20) * exact_row(in);
}

double code_cost(const PlanInput& in, double recall) {
    const double row = (in.dimension / 8.0 + 16) * kScanByte + kCodeRowExtra;
    // Of partitions a search looks into a share that grows with recall; a filter makes it look further.
    double share = 1;
    if (in.lists > 1) {
        const double wanted = recall >= 0.98 ? 0.03 : 0.012;
        const double thinning =
            static_cast<double>(in.live) / static_cast<double>(std::max<uint64_t>(in.matching, 1));
        share = std::min(1.0, wanted * std::min(thinning, 100.0));
    }
    return kQueryExtra + share * static_cast<double>(in.code_rows) * row +
           static_cast<double>(in.lists) * kListExtra +
           scan_cost(in, in.live - std::min(in.live, in.code_rows)) +
           static_cast<double>(10 * in.k + 50) * exact_row(in);
}

std::string in_digits(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.3g", value);
    return text;
}

std::string of_rows(uint64_t rows) { return std::to_string(rows) + (rows == 1 ? " record" : " records"); }

}  // namespace

Plan plan_search(const PlanInput& in) {
    if (in.matching == 0) return {PlanKind::kNone, 1, "no record can be a hit"};
    const double scan = scan_cost(in, in.live);
    const double column = in.column_rows > 0 ? column_cost(in) : scan;
    const double exact = std::min(scan, column);
    const bool may_be_exact = !in.has_knobs && (!in.recall || *in.recall >= 1);
    const bool must_be_exact = in.recall && *in.recall >= 1;
    const double recall = in.recall.value_or(kDefaultRecall);
    const bool has_codes = in.code_rows > 0 && !must_be_exact;
    const double codes = has_codes ? code_cost(in, recall) : exact;
    const double rows = rows_cost(in);

    if (!in.has_knobs && in.matching < in.live && rows <= std::min(exact, codes)) {
        return {PlanKind::kRows, 1,
                "the filter leaves " + of_rows(in.matching) + ", which are compared one by one"};
    }
    const bool cheap = !in.recall && exact <= kExactBudgetMs * 1e6;
    if (has_codes && !(may_be_exact && cheap) && (in.has_knobs || codes < exact)) {
        return {PlanKind::kCodes, std::min(recall, 0.9999),
                in.recall || in.has_knobs
                    ? "a recall below 1 was asked for"
                    : "an exact search would take about " + in_digits(exact / 1e6) + " ms" +
                          ", so a recall of " + in_digits(kDefaultRecall) + " is aimed at"};
    }
    if (in.column_rows > 0 && column < scan) {
        return {PlanKind::kExact, 1,
                must_be_exact ? "an exact answer was asked for" : "an exact answer costs little here"};
    }
    return {PlanKind::kScan, 1,
            in.column_rows > 0 ? "so few vectors are read as quickly themselves"
                               : "no column covers these records; `reel seal` makes it"};
}

}  // namespace reel
