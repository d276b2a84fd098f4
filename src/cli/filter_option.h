// --filter, of commands that work on some of the records.
#pragma once

#include "cli/options.h"

namespace reel::cli {

inline constexpr OptionSpec kFilterSpec{
    "--filter", "EXPR",
    "only records whose metadata fit, for example 'year >= 2008 and lang = \"en\"' (docs/filters.md; 'reel "
    "keys' lists what there is)"};

/// The expression; empty without the option. kInvalidArgument for one that is given empty: a variable of a
/// script that is not set must not mean all records.
Result<std::string> read_filter(const Arguments& arguments);

}  // namespace reel::cli
