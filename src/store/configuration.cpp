#include "store/configuration.h"

#include "base/json.h"
#include "base/try.h"

namespace reel {

Status check_config(const StoreConfig& config) {
    const uint32_t dimension = config.embedder.dimension;
    if (dimension >= 1 && dimension <= kMaxDimension) return {};
    return fail(ErrorCode::kInvalidArgument, "a store's dimension is between 1 and " +
                                                 std::to_string(kMaxDimension) + ", not " +
                                                 std::to_string(dimension));
}

std::string configuration_to_json(const StoreConfig& config) {
    const EmbedderDescription& e = config.embedder;
    OrderedJson json;
    json["format"] = kFormatVersion;
    json["embedder"] = {{"kind", e.kind},
                        {"model", e.model},
                        {"digest", e.digest},
                        {"precision", e.precision},
                        {"dimension", e.dimension},
                        {"max_tokens", e.max_tokens},
                        {"document_prefix", e.document_prefix},
                        {"query_prefix", e.query_prefix}};
    json["metric"] = std::string(to_string(config.metric));
    json["passages"] = {{"size", config.passages.size}, {"overlap", config.passages.overlap}};
    // Null, as in stores that were made before there was an index of words, stands for the defaults.
    if (config.text_index == TextIndexSettings()) {
        json["text_index"] = nullptr;
    } else {
        json["text_index"] = {{"enabled", config.text_index.enabled}, {"stemmer", config.text_index.stemmer}};
    }
    return dump_json(json);
}

Result<StoreConfig> parse_configuration(std::string_view text) {
    auto parsed = parse_json(text);
    if (!parsed) return fail(ErrorCode::kCorrupt, "the store's configuration is " + parsed.error().message);
    try {
        const Json& json = *parsed;
        const auto format = json.at("format").get<uint64_t>();
        if (format != kFormatVersion) {
            return fail(ErrorCode::kUnsupported, "the store has format version " + std::to_string(format) +
                                                     "; this Reel reads version " +
                                                     std::to_string(kFormatVersion));
        }
        StoreConfig config;
        const Json& e = json.at("embedder");
        config.embedder.kind = e.at("kind").get<std::string>();
        config.embedder.model = e.value("model", "");
        config.embedder.digest = e.value("digest", "");
        config.embedder.precision = e.value("precision", "");
        config.embedder.dimension = e.at("dimension").get<uint32_t>();
        config.embedder.max_tokens = e.value("max_tokens", 0U);
        config.embedder.document_prefix = e.value("document_prefix", "");
        config.embedder.query_prefix = e.value("query_prefix", "");
        const auto metric = find_metric(json.at("metric").get<std::string>());
        if (!metric)
            return fail(ErrorCode::kUnsupported,
                        "the store's metric is unknown to this Reel; use a newer one");
        config.metric = *metric;
        if (const auto passages = json.find("passages"); passages != json.end()) {
            config.passages.size = passages->value("size", 0U);
            config.passages.overlap = passages->value("overlap", 0U);
        }
        if (const auto index = json.find("text_index"); index != json.end() && index->is_object()) {
            config.text_index.enabled = index->value("enabled", true);
            config.text_index.stemmer = index->value("stemmer", "");
        }
        REEL_TRY(check_config(config));
        return config;
    } catch (const std::exception& error) {
        return fail(ErrorCode::kCorrupt,
                    std::string("the store's configuration is not as expected: ") + error.what());
    }
}

}  // namespace reel
