// What the tests of filters share.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "filter/column_builder.h"
#include "filter/evaluate.h"
#include "filter/filter.h"

namespace reel::filter_test {

inline Filter filter_of(std::string_view text) {
    auto filter = Filter::parse(text);
    if (!filter) ADD_FAILURE() << text << ": " << filter.error().message;
    return filter ? *filter : *Filter::parse("false");
}

inline bool matches(std::string_view filter, std::string_view metadata) {
    const auto result = filter_of(filter).matches(metadata);
    if (!result) ADD_FAILURE() << metadata << ": " << result.error().message;
    return result && *result;
}

inline std::string error_of(std::string_view filter) {
    const auto parsed = Filter::parse(filter);
    return parsed ? "no error: " + parsed->describe() : parsed.error().message;
}

/// Metadata of rows in memory; "" cannot be read.
struct Rows {
    std::vector<std::string> texts;

    [[nodiscard]] MetadataOf from(uint64_t first) const {
        return [this, first](uint64_t row) -> Result<std::string_view> {
            const std::string& text = texts[first + row];
            if (text.empty()) return fail(ErrorCode::kCorrupt, "the record is damaged");
            return std::string_view(text);
        };
    }
    [[nodiscard]] MetadataOf all() const { return from(0); }
    [[nodiscard]] RowSet live(std::span<const uint64_t> excluded = {}) const {
        return {texts.size(), excluded};
    }
};

/// Columns with the bytes they lie in.
struct Built {
    ByteBuffer data;
    FilterPart part;
};

/// Over rows [first, first + count). The result must not be moved from while `part` is used.
inline void build(const Rows& rows, uint64_t first, uint64_t count, Built& built,
                  const ColumnLimits& limits = {}) {
    auto data = build_columns(count, rows.from(first), {}, limits);
    ASSERT_TRUE(data) << data.error().message;
    built.data = *std::move(data);
    auto columns = Columns::parse(built.data, count);
    ASSERT_TRUE(columns) << columns.error().message;
    built.part = {first, *columns};
}

inline std::vector<uint64_t> rows_of(const MatchingRows& matching) {
    std::vector<uint64_t> rows;
    for (uint64_t row = 0; row < matching.row_count; ++row) {
        if (matching.contains(row)) rows.push_back(row);
    }
    EXPECT_EQ(rows.size(), matching.count);
    return rows;
}

inline std::vector<uint64_t> evaluate(const Filter& filter, const Rows& rows,
                                      std::span<const FilterPart> parts, FilterStats* stats = nullptr,
                                      std::span<const uint64_t> excluded = {}) {
    const auto matching = evaluate_filter(filter, parts, rows.live(excluded), rows.all(), stats);
    if (!matching) {
        ADD_FAILURE() << filter.describe() << ": " << matching.error().message;
        return {};
    }
    return rows_of(*matching);
}

}  // namespace reel::filter_test
