// Filters: no crash on any text; what is printed reads as the same filter; columns, the JSON text and the
// printed filter give the same answers. A line feed in the input ends the filter; what follows is one more
// record's metadata.
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "filter/column_builder.h"
#include "filter/evaluate.h"
#include "filter/filter.h"
#include "filter/parse.h"

namespace {

using namespace reel;

void check(bool good, const char* what) {
    if (good) return;
    std::fprintf(stderr, "%s\n", what);
    std::abort();
}

std::vector<std::string> fixed_records() {
    return {"{}",
            R"({"a": 1, "b": "x", "c": [1, "x", null], "d": {"e": true}})",
            R"({"a": 1.0, "b": "X%", "c": [], "d": [{"e": 2}, 3]})",
            R"({"a": 9007199254740993, "b": null, "year": 2008})",
            R"({"a": 18446744073709551615, "b": ["x", "y"], "a.b": -0.5})",
            R"({"a": {"b": {"c": "\u00e4"}}, "year": "2008", "category": "x"})"};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const size_t end = input.find('\n');
    const auto filter = Filter::parse(input.substr(0, end));
    if (!filter) return 0;
    if (filter->describe().size() > kMaxFilterBytes) return 0;
    const auto again = Filter::parse(filter->describe());
    check(again.has_value(), "what was printed cannot be read");
    check(again->describe() == filter->describe(), "what was printed reads as something else");
    std::vector<std::string> records = fixed_records();
    if (end != std::string_view::npos) {
        std::string own(input.substr(end + 1));
        // Twice, so that columns of one value come up as well.
        if (filter->matches(own)) records.insert(records.begin(), 2, std::move(own));
    }
    const MetadataOf metadata = [&](uint64_t row) -> Result<std::string_view> {
        return std::string_view(records[row]);
    };
    const auto built = build_columns(records.size(), metadata, {});
    check(built.has_value(), "columns cannot be built");
    const auto columns = Columns::parse(*built, records.size());
    check(columns.has_value(), "columns cannot be read");
    const FilterPart part{0, *columns};
    const auto matching = evaluate_filter(*filter, {&part, 1}, {records.size(), {}}, metadata);
    check(matching.has_value(), "columns cannot be asked");
    for (uint64_t row = 0; row < records.size(); ++row) {
        const bool expected = *filter->matches(records[row]);
        check(matching->contains(row) == expected, "columns give another answer than the JSON");
        check(*again->matches(records[row]) == expected, "the printed filter gives another answer");
    }
    return 0;
}
