// What can be asked of a store, and what is answered.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "reel/export.h"
#include "reel/record.h"

namespace reel {

enum class SearchMode : uint8_t {
    kAuto,    ///< hybrid where the question has words and the store can embed them, else what is possible
    kVector,  ///< nearness of vectors alone
    kText,    ///< words alone: BM25
    kHybrid,  ///< both, fused
};
REEL_API std::string_view to_string(SearchMode mode);
REEL_API std::optional<SearchMode> find_search_mode(std::string_view name);

/// How the answers of both halves of a hybrid search become one.
enum class Fusion : uint8_t {
    kRank,  ///< reciprocal rank fusion: sum of weight / (60 + rank) (Cormack, Clarke, Buettcher, SIGIR 2009)
    kWeighted,  ///< sum of weight x score: distances scaled to [0, 1] over the candidates, BM25 by what the
                ///< question's words could give at most
};

/// A question. Of text, vector and like/unlike at least one; text may stand beside a vector, which is
/// then used in place of the text's own.
struct Question {
    std::string text;  ///< words as people type them; docs/text-search.md says what else is understood
    std::vector<float> vector;      ///< dimension floats
    std::vector<std::string> like;  ///< ids: near the mean of their vectors (of unit vectors under cosine)
    std::vector<std::string>
        unlike;  ///< ids: moved away from the mean of theirs (Rocchio 1971); with `like` alone
    bool keep_examples = false;  ///< whether the records that are liked or not may be hits themselves
};

struct SearchOptions {
    size_t k = 10;         ///< hits wanted
    unsigned threads = 0;  ///< 0: as many as pay
    SearchMode mode = SearchMode::kAuto;

    /// A filter over the metadata (docs/filters.md); empty: all records.
    std::string filter = {};
    /// Only hits whose vector is at most this far.
    float max_distance = std::numeric_limits<float>::infinity();

    /// The share of the true k nearest that a search by vectors should find. 1: all, proven. None: 1
    /// where that costs little (some hundred thousand records), 0.99 in larger stores.
    std::optional<double> recall = {};
    std::optional<uint64_t> probes = {};  ///< partitions to look into, in place of what recall calls for
    std::optional<uint64_t> rerank =
        {};  ///< vectors to read exactly at most, in place of what recall calls for

    Fusion fusion = Fusion::kRank;
    double vector_weight = 0.7;  ///< of hybrid search; 1 - this is the words' weight

    /// At most `per_group` hits with the same value of this metadata key; empty: no groups. Records
    /// without the key are each a group.
    std::string group_by = {};
    size_t per_group = 1;

    /// Maximal marginal relevance (Carbonell and Goldstein, SIGIR 1998): 1 picks by relevance alone (by
    /// vectors: the cosine to the question), 0 by difference from the hits before alone. None: off.
    std::optional<double> diversity_lambda = {};

    std::string cursor = {};    ///< SearchAnswer::next of the page before, with everything else as it was
    size_t snippet_length = 0;  ///< code points; 0: no snippets
};

/// One answer of a search.
struct Hit {
    uint64_t record_number = 0;
    /// In the store's metric; smaller is nearer. NaN where the question had no vector.
    float distance = std::numeric_limits<float>::quiet_NaN();
    std::string id;
    std::string text;
    std::string metadata;      ///< a JSON object as text, without "doc_id"
    float text_score = 0;      ///< BM25; 0: no word of the question, or not asked
    uint32_t vector_rank = 0;  ///< from 1 among the candidates by vector; 0: not one of them
    uint32_t text_rank = 0;    ///< from 1 among the candidates by words; 0: not one of them
    double score = 0;          ///< what the order is by, larger is better: -distance, BM25 or the fused score
    std::string snippet;       ///< the part of the text that fits best
    std::vector<std::pair<size_t, size_t>> marks;  ///< byte ranges of `snippet` that matched
};

/// How an answer was found.
struct SearchReport {
    std::string plan;            ///< "exact", "codes", "partitions", "scan", "rows", "faiss", "none"
    std::string reason;          ///< why, in one sentence
    uint64_t records = 0;        ///< live ones
    uint64_t matching = 0;       ///< of those, let through by the filter
    uint64_t column_bytes = 0;   ///< read from columns, codes and postings
    uint64_t exact_vectors = 0;  ///< vectors read in full
    uint64_t exact_bytes = 0;
    uint64_t lists = 0;  ///< partitions there are
    uint64_t lists_probed = 0;
    uint64_t rows_without_index = 0;  ///< not sealed yet, or their section is damaged
    uint64_t postings = 0;            ///< blocks of the index of words that were read, up to 128 rows each
    double embed_ms = 0;
    double filter_ms = 0;
    double vector_ms = 0;
    double text_ms = 0;
    double fetch_ms = 0;
    std::vector<std::string> warnings;  ///< damaged sections that were gone around
};

struct SearchAnswer {
    std::vector<Hit> hits;
    std::string next;  ///< cursor of the next page; empty: there are no more, or the candidates are used up
                       ///< that a hybrid or diverse answer was chosen from (max(100, 10 k) of each half)
    SearchReport report;
};

/// A metadata key as records use it.
struct KeyInfo {
    std::string key;                                       ///< dotted path
    uint64_t records = 0;                                  ///< that have it
    std::vector<std::pair<std::string, uint64_t>> types;   ///< "string", "number", ... and records
    std::vector<std::pair<std::string, uint64_t>> common;  ///< most common values as in filters, with counts
    bool common_is_exact = true;                           ///< else the counts are at least these
    std::string least;                                     ///< smallest number; empty: there is none
    std::string greatest;
    uint64_t distinct = 0;          ///< different values
    bool distinct_is_exact = true;  ///< else estimated, to some 3 %
};

}  // namespace reel
