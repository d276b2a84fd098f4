#include "store/repair_config.h"

#include <algorithm>
#include <map>

#include "base/try.h"
#include "store/configuration.h"
#include "store/foreign.h"

namespace reel {

namespace {

/// The dimension that most records have; proven ones weigh more than all others.
uint32_t common_dimension(const Evidence& evidence, const std::vector<FoundRecord>& found) {
    std::map<uint32_t, std::pair<uint64_t, uint64_t>> counts;  // dimension -> proven, all
    for (const FoundRecord& record : found) {
        if (!record.is_whole()) continue;
        auto& [proven, all] = counts[record.vector_bytes / 4];
        ++all;
        if (evidence.expects(record.checksum)) ++proven;
    }
    const auto most = std::max_element(counts.begin(), counts.end(),
                                       [](const auto& a, const auto& b) { return a.second < b.second; });
    return most == counts.end() ? 0 : most->first;
}

/// Cosine, the metric of a store for which nothing is said, unless it could not have taken one of the
/// vectors.
Metric likely_metric(ByteView file, const std::vector<FoundRecord>& found, uint32_t dimension,
                     const VectorCheck& check) {
    for (const FoundRecord& record : found) {
        if (!record.is_whole() || record.vector_bytes != 4 * dimension) continue;
        const std::vector<float> vector = floats_of(record.view(file).vector);
        if (!check(vector, Metric::kCosine) && check(vector, Metric::kL2)) return Metric::kL2;
    }
    return Metric::kCosine;
}

bool has_nothing_of_ours(const Evidence& evidence) { return !evidence.file_id && !evidence.configuration; }

}  // namespace

Result<RepairConfig> choose_config(ByteView file, const Evidence& evidence,
                                   const std::vector<FoundRecord>& found, const RepairOptions& options,
                                   const VectorCheck& check) {
    RepairConfig chosen;
    const uint32_t dimension = common_dimension(evidence, found);
    if (evidence.configuration) {
        REEL_ASSIGN(chosen.config, parse_configuration(*evidence.configuration));
        if (evidence.configuration_is_proven) return chosen;
        chosen.source = ConfigSource::kDamagedMovie;
        chosen.warning = "the configuration comes from a movie that no checksum proves";
        if (dimension == 0 || dimension == chosen.config.embedder.dimension) return chosen;
        // The damage is in the configuration itself.
        chosen = {};
    }
    StoreConfig& config = chosen.config;
    if (options.config_if_lost) {
        config = *options.config_if_lost;
        if (config.embedder.dimension == 0) config.embedder.dimension = dimension;
        chosen.source = ConfigSource::kOptions;
    } else if (has_nothing_of_ours(evidence)) {
        config = prototype_config(dimension);
        chosen.source = ConfigSource::kPrototype;
    } else {
        config.embedder.kind = "none";
        config.embedder.dimension = dimension;
        config.metric = likely_metric(file, found, dimension, check);
        chosen.source = ConfigSource::kGuess;
        chosen.warning = "the configuration is lost: the new store has vectors of " +
                         std::to_string(dimension) + " dimensions, the metric " +
                         std::string(to_string(config.metric)) +
                         " and no embedder; say --embedder and --metric if it had others";
    }
    return chosen;
}

std::vector<float> floats_of(ByteView vector) {
    std::vector<float> floats(vector.size() / 4);
    for (size_t i = 0; i < floats.size(); ++i) floats[i] = load_be_float(vector.data() + 4 * i);
    return floats;
}

}  // namespace reel
