// A question made ready: what is asked of vectors and what of words.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "db/state.h"

namespace reel {

struct PreparedQuestion {
    SearchMode mode = SearchMode::kVector;  ///< not kAuto
    std::vector<float> vector;              ///< empty for kText
    std::string text;                       ///< empty for kVector
    std::vector<uint64_t> known_rows;       ///< of the ids that were given: not among the hits
};

Status check_options(const SearchOptions& options);

/// Checks options and question. `embed` is called where words are to become a vector; none: they cannot.
Result<PreparedQuestion> prepare_question(
    const Snapshot& snapshot, const std::string& path, const Question& question, const SearchOptions& options,
    const std::function<Result<std::vector<float>>(std::string_view)>& embed);

/// Of everything that the order of an answer depends on: pages of one question have the same.
uint32_t fingerprint(const Question& question, const SearchOptions& options);

}  // namespace reel
