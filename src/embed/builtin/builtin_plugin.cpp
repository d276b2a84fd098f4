// The module reel_builtin.so: the built-in model behind the Embedder interface.
#include <algorithm>
#include <cmath>
#include <mutex>

#include "base/try.h"
#include "embed/builtin/encoder.h"
#include "embed/builtin/model_file.h"
#include "embed/builtin/parallel.h"
#include "embed/builtin/wordpiece.h"
#include "embed/builtin_embedder.h"

namespace reel::builtin {

namespace {

using Pieces = std::vector<uint32_t>;

/// Texts [first, last) of a call, which one thread embeds at once.
struct Chunk {
    size_t first, last;
};

/// Large chunks while there is much left, small ones at the end, so that all
/// threads stop at about the same time.
std::vector<Chunk> divide(std::span<const Pieces> texts, size_t threads) {
    constexpr size_t kMostPieces = 512;
    constexpr size_t kFewestPieces = 64;
    size_t left = 0;
    for (const Pieces& text : texts) left += text.size();
    std::vector<Chunk> chunks;
    for (size_t first = 0; first < texts.size();) {
        const size_t goal = std::clamp(left / (2 * threads), kFewestPieces, kMostPieces);
        size_t last = first;
        size_t pieces = 0;
        do {
            pieces += texts[last++].size();
        } while (last < texts.size() && pieces + texts[last].size() <= goal);
        chunks.push_back({first, last});
        left -= pieces;
        first = last;
    }
    return chunks;
}

std::string text_name(size_t index) { return "text " + std::to_string(index) + " (from 0)"; }

class BuiltinEmbedder final : public Embedder {
public:
    static Result<std::unique_ptr<Embedder>> create(const BuiltinOptions& options);

    Result<EmbedderDescription> describe() override;
    Result<std::vector<float>> embed(std::span<const std::string_view> texts, TextRole role) override;
    Result<std::vector<size_t>> token_ends(std::string_view text) override;

private:
    BuiltinEmbedder(ModelFiles files, Vocabulary vocabulary, std::unique_ptr<MatmulBackend> backend,
                    Precision precision, size_t threads)
        : files_(std::move(files)),
          vocabulary_(std::move(vocabulary)),
          backend_(std::move(backend)),
          precision_(precision),
          threads_(threads) {}

    [[nodiscard]] Result<Pieces> read(std::string_view text, size_t index) const;
    Result<const Encoder*> prepare_encoder();

    ModelFiles files_;
    Vocabulary vocabulary_;
    std::unique_ptr<MatmulBackend> backend_;
    Precision precision_;
    size_t threads_;
    std::mutex mutex_;
    std::unique_ptr<Encoder> encoder_;
};

Result<std::unique_ptr<Embedder>> BuiltinEmbedder::create(const BuiltinOptions& options) {
    if (options.precision != "auto" && options.precision != "f32" && options.precision != "bf16") {
        return fail(ErrorCode::kInvalidArgument,
                    "precision \"" + options.precision + "\" is not one of auto, f32, bf16");
    }
    REEL_ASSIGN(const std::string folder, find_model_folder(options.model_dir));
    REEL_ASSIGN(ModelFiles files, open_model(folder));
    auto vocabulary = Vocabulary::parse(as_text(files.vocabulary.bytes()));
    if (!vocabulary) return fail(vocabulary.error().at(folder));
    if (vocabulary->size() != kVocabularySize) {
        return fail(ErrorCode::kCorrupt, folder + "/vocab.txt has " + std::to_string(vocabulary->size()) +
                                             " pieces, the model " + std::to_string(kVocabularySize));
    }
    REEL_ASSIGN(auto backend, MatmulBackend::create());
    const bool is_bf16 = options.precision != "f32" && backend->has_native_bf16();
    const size_t threads = options.threads == 0 ? usable_cores() : options.threads;
    return std::unique_ptr<Embedder>(
        new BuiltinEmbedder(std::move(files), std::move(*vocabulary), std::move(backend),
                            is_bf16 ? Precision::kBf16 : Precision::kF32, threads));
}

Result<EmbedderDescription> BuiltinEmbedder::describe() {
    EmbedderDescription description;
    description.kind = "builtin";
    description.model = kModelName;
    description.digest = files_.digest;
    description.precision = precision_ == Precision::kBf16 ? "bf16" : "f32";
    description.dimension = kHidden;
    description.max_tokens = kMaxPieces - 2;
    return description;
}

Result<Pieces> BuiltinEmbedder::read(std::string_view text, size_t index) const {
    if (text.empty()) {
        return fail(ErrorCode::kInvalidArgument, text_name(index) + " is empty; there is nothing to embed");
    }
    auto tokens = tokenize(text, vocabulary_);
    if (!tokens) return fail(tokens.error().at(text_name(index)));
    if (tokens->ids.size() > kMaxPieces - 2) {
        return fail(ErrorCode::kLimit, text_name(index) + " has " + std::to_string(tokens->ids.size()) +
                                           " tokens, " + kModelName + " reads at most " +
                                           std::to_string(kMaxPieces - 2) + "; cut it into passages");
    }
    Pieces pieces;
    pieces.reserve(tokens->ids.size() + 2);
    pieces.push_back(vocabulary_.start_of_text());
    pieces.insert(pieces.end(), tokens->ids.begin(), tokens->ids.end());
    pieces.push_back(vocabulary_.end_of_text());
    return pieces;
}

Result<const Encoder*> BuiltinEmbedder::prepare_encoder() {
    const std::lock_guard lock(mutex_);
    if (!encoder_) {
        const auto weights = Safetensors::parse(files_.weights.bytes());
        if (!weights) return fail(weights.error().at("model.safetensors"));
        REEL_ASSIGN(encoder_, Encoder::create(*weights, *backend_, precision_, threads_));
    }
    return encoder_.get();
}

// The role makes no difference: this model has no prefixes.
Result<std::vector<float>> BuiltinEmbedder::embed(std::span<const std::string_view> texts, TextRole) {
    std::vector<Pieces> pieces(texts.size());
    constexpr size_t kTextsAtOnce = 64;
    const size_t groups = (texts.size() + kTextsAtOnce - 1) / kTextsAtOnce;
    REEL_TRY(run_parallel(groups, threads_, [&](size_t group) -> Status {
        const size_t end = std::min(texts.size(), (group + 1) * kTextsAtOnce);
        for (size_t i = group * kTextsAtOnce; i < end; ++i) {
            REEL_ASSIGN(pieces[i], read(texts[i], i));
        }
        return {};
    }));
    REEL_ASSIGN(const Encoder* const encoder, prepare_encoder());
    std::vector<float> vectors(texts.size() * kHidden);
    const std::vector<Chunk> chunks = divide(pieces, threads_);
    REEL_TRY(run_parallel(chunks.size(), threads_, [&](size_t number) -> Status {
        backend_->enter_thread();
        const Chunk& chunk = chunks[number];
        const std::vector<std::span<const uint32_t>> ids(pieces.begin() + static_cast<ptrdiff_t>(chunk.first),
                                                         pieces.begin() + static_cast<ptrdiff_t>(chunk.last));
        return encoder->encode(ids, vectors.data() + chunk.first * kHidden);
    }));
    for (size_t i = 0; i < vectors.size(); ++i) {
        if (!std::isfinite(vectors[i])) {
            return fail(ErrorCode::kUnavailable, text_name(i / kHidden) +
                                                     " gave a vector that is not finite; "
                                                     "the model's weights or this CPU are at fault");
        }
    }
    return vectors;
}

Result<std::vector<size_t>> BuiltinEmbedder::token_ends(std::string_view text) {
    REEL_ASSIGN(Tokens tokens, tokenize(text, vocabulary_));
    return std::move(tokens.ends);
}

}  // namespace

}  // namespace reel::builtin

extern "C" __attribute__((visibility("default"))) void reel_make_builtin_embedder(
    const reel::BuiltinOptions& options, reel::Result<std::unique_ptr<reel::Embedder>>& made) {
    made = reel::builtin::BuiltinEmbedder::create(options);
}
