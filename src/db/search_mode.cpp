#include <array>

#include "reel/search.h"

namespace reel {

namespace {

constexpr std::array<std::string_view, 4> kNames{"auto", "vector", "text", "hybrid"};

}  // namespace

std::string_view to_string(SearchMode mode) { return kNames[static_cast<size_t>(mode)]; }

std::optional<SearchMode> find_search_mode(std::string_view name) {
    for (size_t i = 0; i < kNames.size(); ++i) {
        if (kNames[i] == name) return static_cast<SearchMode>(i);
    }
    return std::nullopt;
}

}  // namespace reel
