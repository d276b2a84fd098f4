// Queries: any bytes are read without a crash, and the index answers them as an index of the same texts in
// other parts does. The texts are the input's lines.
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "text/search_text.h"
#include "text/snippet.h"

namespace {

using Texts = std::vector<std::string>;

reel::OwnedTextIndex index_of(const Texts& texts, size_t first, size_t last) {
    const auto text_of = [&](uint64_t row) -> reel::Result<std::string_view> { return texts[first + row]; };
    auto index = reel::index_in_memory(last - first, text_of, {}, {.threads = 1});
    if (!index) std::abort();
    return std::move(*index);
}

std::vector<reel::TextHit> ask(const std::vector<reel::TextPart>& parts, const Texts& texts,
                               const reel::TextQuery& query) {
    const auto collection = reel::TextCollection::create(parts, {texts.size(), {}});
    reel::TextSearchOptions options;
    options.limit = 5;
    options.text_of = [&](uint64_t row) -> reel::Result<std::string_view> { return texts[row]; };
    reel::TextSearchStats stats;
    const auto answer = reel::search_text(*collection, query, options, stats);
    if (!answer || !answer->damaged_parts.empty()) std::abort();
    return answer->hits;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const size_t line_end = std::min(input.find('\n'), input.size());
    auto analyzer = reel::Analyzer::create({});
    const auto query = reel::TextQuery::parse(input.substr(0, line_end), *analyzer);
    if (!query) return 0;
    Texts texts;
    for (size_t at = line_end; at < input.size();) {
        const size_t end = std::min(input.find('\n', at + 1), input.size());
        texts.emplace_back(input.substr(at + 1, end - at - 1));
        at = end;
    }
    const size_t middle = texts.size() / 2;
    const auto all = index_of(texts, 0, texts.size());
    const auto head = index_of(texts, 0, middle);
    const auto tail = index_of(texts, middle, texts.size());
    const auto hits = ask({{0, &all.index}}, texts, *query);
    if (hits != ask({{0, &head.index}, {middle, &tail.index}}, texts, *query)) {
        std::fprintf(stderr, "two parts answer otherwise than one\n");
        std::abort();
    }
    for (const reel::TextHit& hit : hits) {
        const auto snippet = reel::make_snippet(texts[hit.row], *query, 20, *analyzer);
        if (!snippet) std::abort();
    }
    return 0;
}
