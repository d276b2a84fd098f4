#include <algorithm>

#include "base/json.h"
#include "base/json_scan.h"
#include "base/try.h"
#include "ingest/passages.h"

namespace reel {

namespace {

constexpr size_t kUnknownModelTokens = 256;

/// What passages of one text share.
struct Source {
    std::optional<std::string> id;
    std::string metadata;  // "{" and the members that all passages have
};

/// Token ends of a passage as the model would read it alone. Inside a word they may be more than in the whole
/// text.
Result<size_t> count_tokens(std::string_view text, Embedder& embedder) {
    REEL_ASSIGN(const auto ends, embedder.token_ends(text));
    return ends.size();
}

bool parts_a_word(std::string_view text, const Passage& passage) {
    const auto inside = [&](size_t at) {
        const auto is_space = [](char c) { return c == ' ' || (c >= '\t' && c <= '\r'); };
        return at > 0 && at < text.size() && !is_space(text[at - 1]) && !is_space(text[at]);
    };
    return inside(passage.begin) || inside(passage.end);
}

/// The most tokens by which a passage that parts a word exceeds the size when it is read alone.
Result<size_t> find_excess(std::string_view text, std::span<const Passage> passages, size_t size,
                           Embedder& embedder) {
    size_t excess = 0;
    for (const Passage& passage : passages) {
        if (!parts_a_word(text, passage)) continue;
        REEL_ASSIGN(const size_t count,
                    count_tokens(text.substr(passage.begin, passage.end - passage.begin), embedder));
        if (count > size) excess = std::max(excess, count - size);
    }
    return excess;
}

/// Passages of which each alone has at most limit.size tokens.
Result<std::vector<Passage>> cut_to_fit(std::string_view text, const PassageLimit& limit,
                                        Embedder& embedder) {
    REEL_ASSIGN(const auto ends, embedder.token_ends(text));
    PassageLimit tried = limit;
    while (true) {
        auto passages = cut_passages(text, ends, tried);
        if (passages.size() <= 1 && ends.size() <= limit.size) return passages;
        REEL_ASSIGN(const size_t excess, find_excess(text, passages, limit.size, embedder));
        if (excess == 0) return passages;
        if (excess + tried.overlap + 1 > tried.size) {
            return fail(ErrorCode::kLimit, "the text cannot be cut into passages of " +
                                               std::to_string(limit.size) + " tokens that overlap by " +
                                               std::to_string(limit.overlap) +
                                               "; choose a larger size or a smaller overlap");
        }
        tried.size -= excess;
    }
}

/// The user's members, with "source" behind them if they have none.
Result<std::string> shared_metadata(const std::string& metadata, std::string_view source) {
    std::vector<JsonMember> members;
    if (!metadata.empty()) REEL_TRY(scan_json_object(metadata, members));
    std::string object = "{";
    bool has_source = false;
    for (const JsonMember& member : members) {
        for (const std::string_view taken : {"passage", "passages", "offset", "length"}) {
            if (!is_json_string(member.key, taken)) continue;
            return fail(ErrorCode::kInvalidArgument, "the text is cut into passages, whose metadata key \"" +
                                                         std::string(taken) +
                                                         "\" is also one of the user's; rename it");
        }
        has_source = has_source || is_json_string(member.key, "source");
        append_json_member(object, member.key, member.value);
    }
    if (!has_source && !source.empty()) append_json_member(object, "\"source\"", quote_json(source));
    return object;
}

NewRecord passage_record(const Source& source, std::string_view text, const Passage& passage, size_t number,
                         size_t count) {
    NewRecord record;
    if (source.id) record.id = *source.id + "#" + std::to_string(number);
    record.text = text.substr(passage.begin, passage.end - passage.begin);
    record.metadata = source.metadata;
    append_json_member(record.metadata, "\"passage\"", std::to_string(number));
    append_json_member(record.metadata, "\"passages\"", std::to_string(count));
    append_json_member(record.metadata, "\"offset\"", std::to_string(passage.begin));
    append_json_member(record.metadata, "\"length\"", std::to_string(passage.end - passage.begin));
    record.metadata += "}";
    return record;
}

}  // namespace

Result<PassageLimit> passage_limit(const PassageSettings& settings, const EmbedderDescription& description,
                                   Embedder& embedder) {
    size_t most = settings.size != 0 ? settings.size : kUnknownModelTokens;
    if (description.max_tokens != 0) {
        if (settings.size > description.max_tokens) {
            return fail(ErrorCode::kInvalidArgument,
                        "passages of " + std::to_string(settings.size) + " tokens are longer than the " +
                            std::to_string(description.max_tokens) + " that " + description.model + " reads");
        }
        size_t added = 0;
        if (!description.document_prefix.empty()) {
            REEL_ASSIGN(const size_t prefix, count_tokens(description.document_prefix, embedder));
            added += prefix;
        }
        const size_t readable = description.max_tokens - std::min<size_t>(description.max_tokens, added);
        most = settings.size == 0 ? readable : std::min(most, readable);
    }
    const PassageLimit limit{most, settings.overlap};
    REEL_TRY(check_passage_limit(limit));
    return limit;
}

Result<std::vector<NewRecord>> source_records(NewRecord record, std::string_view place,
                                              const PassageLimit& limit, Embedder& embedder) {
    std::vector<NewRecord> records;
    // No tokeniser makes more tokens than bytes of a text that its model knows; embed() would refuse one that
    // did.
    const bool fits = record.text.size() <= limit.size;
    if (!record.vector.empty() || fits) {
        records.push_back(std::move(record));
        return records;
    }
    REEL_TRY(check_passage_limit(limit));
    REEL_ASSIGN(const auto passages, cut_to_fit(record.text, limit, embedder));
    if (passages.size() == 1) {
        records.push_back(std::move(record));
        return records;
    }
    REEL_ASSIGN(std::string metadata, shared_metadata(record.metadata, record.id ? *record.id : place));
    const Source source{record.id, std::move(metadata)};
    records.reserve(passages.size());
    for (size_t i = 0; i < passages.size(); ++i) {
        records.push_back(passage_record(source, record.text, passages[i], i + 1, passages.size()));
    }
    return records;
}

}  // namespace reel
