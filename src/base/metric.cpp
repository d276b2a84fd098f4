#include "reel/metric.h"

#include <array>
#include <utility>

namespace reel {
namespace {

constexpr std::array<std::pair<Metric, std::string_view>, 3> kNames{{
    {Metric::kL2, "l2"},
    {Metric::kCosine, "cosine"},
    {Metric::kInnerProduct, "ip"},
}};

}  // namespace

std::string_view to_string(Metric metric) {
    for (const auto& [value, name] : kNames) {
        if (value == metric) return name;
    }
    return "unknown";
}

std::optional<Metric> find_metric(std::string_view name) {
    for (const auto& [value, known] : kNames) {
        if (known == name) return value;
    }
    return std::nullopt;
}

}  // namespace reel
