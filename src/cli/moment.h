// COMMIT|TIME on the command line: points of a store's history.
#pragma once

#include <string_view>

#include "cli/options.h"
#include "reel/database.h"

namespace reel::cli {

/// --as-of, of commands that read.
extern const OptionGroup kHistoryOptions;

/// A whole number is a commit, everything else a time. kInvalidArgument naming `place` ("--to").
Result<Moment> parse_moment(std::string_view text, std::string_view place);

/// How a command that reads opens its store: as of --as-of, if that is given.
Result<OpenOptions> read_open_options(const Arguments& arguments);

}  // namespace reel::cli
