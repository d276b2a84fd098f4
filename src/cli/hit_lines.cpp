#include "cli/hit_lines.h"

#include <cmath>
#include <cstdio>

#include "cli/progress.h"

namespace reel::cli {

namespace {

std::string marks_json(const Hit& hit) {
    std::string list = "[";
    for (const auto& [begin, end] : hit.marks) {
        if (list.size() > 1) list += ',';
        list.append("[").append(std::to_string(begin)).append(",").append(std::to_string(end)).append("]");
    }
    return list + "]";
}

/// Runs of white space as one space, at the ends too.
std::string in_one_line(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (const char c : text) {
        const bool is_space = c == ' ' || (c >= '\t' && c <= '\r');
        if (!is_space) {
            out += c;
        } else if (out.empty() || out.back() != ' ') {
            out += ' ';
        }
    }
    return out;
}

std::string milliseconds(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.1f ms", value);
    return text;
}

std::string times_text(const SearchReport& report) {
    return "embedding " + milliseconds(report.embed_ms) + ", filter " + milliseconds(report.filter_ms) +
           ", vectors " + milliseconds(report.vector_ms) + ", words " + milliseconds(report.text_ms) +
           ", texts of hits " + milliseconds(report.fetch_ms);
}

}  // namespace

void add_scores(JsonLine& line, const Hit& hit) {
    line.text("id", hit.id)
        .number("record", hit.record_number)
        .number("score", static_cast<float>(hit.score));
    if (!std::isnan(hit.distance)) line.number("distance", hit.distance);
    if (hit.vector_rank > 0) line.number("vector_rank", uint64_t{hit.vector_rank});
    if (hit.text_rank > 0) {
        line.number("text_score", hit.text_score).number("text_rank", uint64_t{hit.text_rank});
    }
}

JsonLine hit_line(const Hit& hit, bool with_snippet) {
    JsonLine line;
    add_scores(line, hit);
    line.text("text", hit.text).raw("metadata", hit.metadata);
    if (with_snippet) line.text("snippet", hit.snippet).raw("marks", marks_json(hit));
    return line;
}

std::string hit_head(const Output& output, const Hit& hit, size_t rank, SearchMode mode) {
    char head[80];
    if (mode == SearchMode::kHybrid) {
        std::snprintf(head, sizeof head, "%3zu  %-8.5f %-10.4f ", rank, hit.score,
                      static_cast<double>(hit.distance));
    } else {
        const double value = mode == SearchMode::kText ? hit.score : static_cast<double>(hit.distance);
        std::snprintf(head, sizeof head, "%3zu  %-10.4f ", rank, value);
    }
    return head + output.shown(hit.id);
}

std::string shown_snippet(const Output& output, const Hit& hit) {
    const std::string_view snippet = hit.snippet;
    std::string line;
    const auto add = [&](size_t begin, size_t end, bool is_marked) {
        if (begin >= end) return;
        const std::string piece = output.shown(in_one_line(snippet.substr(begin, end - begin)));
        const bool is_bold = is_marked && output.is_terminal();
        line.append(is_bold ? "\x1b[1m" : "").append(piece).append(is_bold ? "\x1b[0m" : "");
    };
    size_t next = 0;
    for (const auto& [begin, end] : hit.marks) {
        add(next, begin, false);
        add(begin, end, true);
        next = end;
    }
    add(next, snippet.size(), false);
    const size_t first = line.find_first_not_of(' ');
    line.erase(0, first == std::string::npos ? line.size() : first);
    while (line.ends_with(' ')) line.pop_back();
    if (!hit.text.starts_with(snippet)) line.insert(0, "...");
    return hit.text.ends_with(snippet) ? line : line + "...";
}

JsonLine report_line(const SearchReport& report, SearchMode mode) {
    JsonLine line;
    line.text("mode", to_string(mode))
        .text("plan", report.plan)
        .text("reason", report.reason)
        .number("records", report.records)
        .number("matching", report.matching)
        .number("column_bytes", report.column_bytes)
        .number("exact_vectors", report.exact_vectors)
        .number("exact_bytes", report.exact_bytes)
        .number("lists", report.lists)
        .number("lists_probed", report.lists_probed)
        .number("rows_without_index", report.rows_without_index)
        .number("postings", report.postings)
        .number("embed_ms", static_cast<float>(report.embed_ms))
        .number("filter_ms", static_cast<float>(report.filter_ms))
        .number("vector_ms", static_cast<float>(report.vector_ms))
        .number("text_ms", static_cast<float>(report.text_ms))
        .number("fetch_ms", static_cast<float>(report.fetch_ms));
    return line;
}

void print_report(Output& output, const SearchReport& report, SearchMode mode) {
    const auto row = [&](std::string_view name, const std::string& value) {
        output.line(std::string(name) + std::string(14 - name.size(), ' ') + value);
    };
    output.line("");
    row("mode", std::string(to_string(mode)));
    if (mode != SearchMode::kText) row("plan", report.plan + " (" + report.reason + ")");
    row("records", with_separators(report.matching) + " of " + with_separators(report.records) + " match");
    if (report.lists > 0) {
        row("partitions",
            with_separators(report.lists_probed) + " of " + with_separators(report.lists) + " looked into");
    }
    if (mode != SearchMode::kText)
        row("not indexed", counted(report.rows_without_index, "record", "records"));
    row("indexes read", with_separators(report.column_bytes) + " bytes, " + with_separators(report.postings) +
                            " blocks of words");
    if (mode != SearchMode::kText) {
        row("vectors read", with_separators(report.exact_vectors) + " in full, " +
                                with_separators(report.exact_bytes) + " bytes");
    }
    row("time", times_text(report));
}

}  // namespace reel::cli
