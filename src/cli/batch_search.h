// `reel search --batch`: many questions in one run.
#pragma once

#include "cli/command.h"
#include "cli/search_request.h"
#include "cli/store_request.h"

namespace reel::cli {

/// Answers the questions of request.batch in their order and prints a line each under --json
/// ({"query","hits"}), a few for people, or writes the two matrices of request.batch_out: float32 distances
/// and uint64 record numbers, one row a question and k columns, infinity and 2^64 - 1 where there are fewer
/// hits. A matrix that is there is never replaced.
Status search_batch(Database& database, const SearchRequest& request, const StoreRequest& server,
                    Context& context);

}  // namespace reel::cli
