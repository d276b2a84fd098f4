#include "text/snippet.h"

#include <algorithm>
#include <map>

#include "base/utf8.h"

namespace reel {

namespace {

constexpr size_t kMaxTextBytes = size_t{4} << 20U;
constexpr size_t kMostBytesToWord = 24;  // how far a cut moves to reach the end of a word

struct Match {
    size_t begin, end;  ///< in the text
    size_t word;        ///< of the query
};

bool is_code_point_start(char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80; }

size_t count_code_points(std::string_view text) {
    return static_cast<size_t>(std::count_if(text.begin(), text.end(), is_code_point_start));
}

size_t next_code_point(std::string_view text, size_t at) {
    do ++at;
    while (at < text.size() && !is_code_point_start(text[at]));
    return at;
}

size_t previous_code_point(std::string_view text, size_t at) { return code_point_floor(text, at - 1); }

/// Does the code point at `at` belong to the one before it: combining marks of the general blocks, joiners
/// and selectors of emoji? Not all of UAX 29's clusters, which would take ICU.
bool continues_cluster(std::string_view text, size_t at) {
    const std::string_view rest = text.substr(at);
    const auto byte = [&](size_t i) { return i < rest.size() ? static_cast<unsigned char>(rest[i]) : 0U; };
    const bool is_combining = byte(0) == 0xCC || (byte(0) == 0xCD && byte(1) < 0xB0);   // U+0300 to U+036F
    const bool is_symbol_mark = byte(0) == 0xE2 && byte(1) == 0x83 && byte(2) >= 0x90;  // from U+20D0
    const bool is_selector = byte(0) == 0xEF && byte(1) == 0xB8 && byte(2) < 0xB0;      // U+FE00 to U+FE2F
    const bool is_skin = rest.starts_with("\xF0\x9F\x8F") && byte(3) >= 0xBB;           // from U+1F3FB
    constexpr std::string_view kJoiner = "\xE2\x80\x8D";
    const bool is_joined = rest.starts_with(kJoiner) || text.substr(0, at).ends_with(kJoiner);
    return is_combining || is_symbol_mark || is_selector || is_skin || is_joined;
}

bool is_white_space(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }

/// The cut at or behind `at` where a word begins, if that is near; at most `limit`.
size_t cut_forward(std::string_view text, size_t at, size_t limit) {
    if (at == 0) return at;
    for (size_t i = at; i < limit && i - at < kMostBytesToWord; ++i) {
        if (is_white_space(text[i - 1]) && !is_white_space(text[i])) return i;
    }
    while (at < limit && continues_cluster(text, at)) at = next_code_point(text, at);
    return at;
}

/// The cut at or before `at` where a word ends, if that is near; at least `limit`.
size_t cut_backward(std::string_view text, size_t at, size_t limit) {
    if (at == text.size()) return at;
    for (size_t i = at; i > limit && at - i < kMostBytesToWord; --i) {
        if (is_white_space(text[i]) && !is_white_space(text[i - 1])) return i;
    }
    while (at > limit && continues_cluster(text, at)) at = previous_code_point(text, at);
    return at;
}

/// The matches [first, last) that fit into a snippet and have the most different words, then the most.
std::pair<size_t, size_t> best_window(std::string_view text, const std::vector<Match>& matches,
                                      size_t max_code_points) {
    std::map<size_t, size_t> words;
    std::pair<size_t, size_t> best{0, 1};
    std::pair<size_t, size_t> best_value{0, 0};
    size_t first = 0;
    size_t width = 0;  // code points from the first match's begin to the last one's end
    for (size_t last = 0; last < matches.size(); ++last) {
        const size_t known = last == first ? matches[last].begin : matches[last - 1].end;
        width = last == first ? 0 : width;
        width += count_code_points(text.substr(known, matches[last].end - known));
        ++words[matches[last].word];
        while (first < last && width > max_code_points) {
            const size_t begin = matches[first].begin;
            width -= count_code_points(text.substr(begin, matches[first + 1].begin - begin));
            if (--words[matches[first].word] == 0) words.erase(matches[first].word);
            ++first;
        }
        const std::pair<size_t, size_t> value{words.size(), last + 1 - first};
        if (value > best_value) {
            best_value = value;
            best = {first, last + 1};
        }
    }
    return best;
}

/// Bytes [begin, end) of the text to show, `begin` to `end` of the matches in the middle.
std::pair<size_t, size_t> widen(std::string_view text, size_t begin, size_t end, size_t max_code_points) {
    const size_t used = count_code_points(text.substr(begin, end - begin));
    size_t left = max_code_points - std::min(used, max_code_points);
    size_t from = begin;
    for (size_t before = left / 3; before > 0 && from > 0; --before, --left) {
        from = previous_code_point(text, from);
    }
    size_t to = end;
    for (; left > 0 && to < text.size(); --left) to = next_code_point(text, to);
    for (; left > 0 && from > 0; --left) from = previous_code_point(text, from);
    return {cut_forward(text, from, begin), cut_backward(text, to, end)};
}

/// The end of the code points of text[begin, end) that fit.
size_t fit(std::string_view text, size_t begin, size_t end, size_t max_code_points) {
    size_t at = begin;
    for (size_t i = 0; i < max_code_points && at < end; ++i) at = next_code_point(text, at);
    return std::min(at, end);
}

}  // namespace

Result<Snippet> make_snippet(std::string_view text, const TextQuery& query, size_t max_code_points,
                             Analyzer& analyzer) {
    const std::string_view read = text.substr(0, code_point_floor(text, kMaxTextBytes));
    std::vector<Match> matches;
    REEL_TRY(analyzer.analyze(read, [&](std::string_view term, size_t begin, size_t end) {
        const size_t word = query.find_wanted(term);
        if (word != SIZE_MAX) matches.push_back({begin, end, word});
    }));
    std::pair<size_t, size_t> window{0, 0};
    if (!matches.empty()) window = best_window(read, matches, max_code_points);
    const bool has_match = window.first < window.second;
    const size_t begin = has_match ? matches[window.first].begin : 0;
    const size_t matches_end = has_match ? matches[window.second - 1].end : 0;
    const size_t end = fit(text, begin, matches_end, max_code_points);
    const auto [from, to] = widen(text, begin, end, max_code_points);

    Snippet snippet;
    snippet.text = text.substr(from, to - from);
    snippet.offset = from;
    snippet.is_cut_before = from > 0;
    snippet.is_cut_after = to < text.size();
    for (const Match& match : matches) {
        if (match.begin < to && match.end > from) {
            snippet.marks.emplace_back(std::max(match.begin, from) - from, std::min(match.end, to) - from);
        }
    }
    return snippet;
}

}  // namespace reel
