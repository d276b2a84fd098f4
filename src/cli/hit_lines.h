// Hits and reports as `reel search` prints them.
#pragma once

#include "cli/json_line.h"
#include "cli/output.h"
#include "reel/search.h"

namespace reel::cli {

/// {"id","record","score"}, then what the question asked for: {"distance","vector_rank"} of vectors,
/// {"text_score","text_rank"} of words, each where the hit has it.
void add_scores(JsonLine& line, const Hit& hit);

/// {"id","record","score",...,"text","metadata"}, with snippets {"snippet","marks"}.
JsonLine hit_line(const Hit& hit, bool with_snippet);

/// "  1  0.1234     id": the rank and what the order is by, of hybrid the distance as well.
std::string hit_head(const Output& output, const Hit& hit, size_t rank, SearchMode mode);

/// The snippet in one line; on a terminal the marks are bold.
std::string shown_snippet(const Output& output, const Hit& hit);

/// {"mode","plan","reason",...}: every field of the report.
JsonLine report_line(const SearchReport& report, SearchMode mode);
void print_report(Output& output, const SearchReport& report, SearchMode mode);

}  // namespace reel::cli
