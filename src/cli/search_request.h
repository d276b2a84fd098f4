// What `reel search` was asked.
#pragma once

#include <optional>
#include <string>

#include "cli/options.h"
#include "reel/database.h"
#include "reel/search.h"

namespace reel::cli {

/// Code points of a text that people are shown.
inline constexpr size_t kExcerptCodePoints = 180;

struct SearchRequest {
    Question question;                       ///< without the vector of a file
    bool has_words = false;                  ///< there is a QUERY, even an empty one
    std::optional<std::string> vector_file;  ///< --vector-file
    std::optional<std::string> batch;        ///< --batch; then there is no question
    std::optional<std::string> batch_out;
    SearchOptions options;
    bool wants_page = false;      ///< the cursor of the next page too
    bool wants_snippets = false;  ///< even under --json or where no words are searched for
    bool wants_report = false;
    bool wants_metadata = false;
};

/// The groups of options of `reel search`.
extern const OptionGroup kQuestionOptions;
extern const OptionGroup kSelectionOptions;
extern const OptionGroup kMethodOptions;
extern const OptionGroup kAnswerOptions;

/// kInvalidArgument naming the option. Reads the QUERY "-" from standard input.
Result<SearchRequest> read_search_request(const Arguments& arguments);

/// The mode that a question of words (or of none), with or without a vector of its own, has in a store:
/// what SearchMode::kAuto comes to there.
SearchMode resolve_mode(SearchMode asked, bool has_words, bool has_vector, const StoreConfig& config);

}  // namespace reel::cli
