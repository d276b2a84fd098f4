// An embedder whose vectors follow from the text alone.
#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "reel/embedder.h"

namespace reel {

class StubEmbedder final : public Embedder {
public:
    explicit StubEmbedder(uint32_t dimension) {
        description.kind = "none";
        description.dimension = dimension;
    }

    Result<EmbedderDescription> describe() override { return description; }

    Result<std::vector<float>> embed(std::span<const std::string_view> texts, TextRole) override {
        ++calls;
        texts_embedded += texts.size();
        std::vector<float> vectors;
        for (const std::string_view text : texts) {
            const std::vector<float> one = vector_of(text);
            vectors.insert(vectors.end(), one.begin(), one.end());
        }
        vectors.resize(vectors.size() + surplus);
        return vectors;
    }

    Result<std::vector<size_t>> token_ends(std::string_view text) override {
        return std::vector<size_t>{text.size()};
    }

    /// Counts of each letter's place in the alphabet, never all zero.
    [[nodiscard]] std::vector<float> vector_of(std::string_view text) const {
        std::vector<float> vector(description.dimension, 0.125F);
        for (const char c : text) vector[static_cast<unsigned char>(c) % vector.size()] += 1;
        return vector;
    }

    EmbedderDescription description;
    size_t surplus = 0;  ///< numbers too many in every answer
    std::atomic<int> calls = 0;
    std::atomic<size_t> texts_embedded = 0;
};

}  // namespace reel
