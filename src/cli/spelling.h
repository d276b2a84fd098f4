// "Did you mean ...?"
#pragma once

#include <span>
#include <string_view>

namespace reel::cli {

/// The one of `known` that takes the fewest changed, added, dropped or swapped
/// letters to make from `word`; empty if none is near.
std::string_view find_near_spelling(std::string_view word, std::span<const std::string_view> known);

}  // namespace reel::cli
