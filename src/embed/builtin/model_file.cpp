#include "embed/builtin/model_file.h"

#include <cstdlib>

#include "base/try.h"
#include "embed/builtin/checked_file.h"

namespace reel::builtin {

namespace {

constexpr std::string_view kWeightsHash = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db";
constexpr std::string_view kVocabularyHash =
    "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3";
constexpr const char* kAdvice =
    "; run scripts/fetch_model.sh to fetch the built-in model, or set REEL_MODEL_DIR";

std::string environment(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
}

Result<Mapping> open_part(const std::string& path, std::string_view hash, Stamp stamp) {
    auto part = map_checked_file(path, hash, stamp);
    if (!part) return fail(part.error().code, part.error().message + kAdvice);
    return part;
}

}  // namespace

Result<std::string> find_model_folder(const std::string& chosen) {
    if (!chosen.empty()) return chosen;
    if (const std::string folder = environment("REEL_MODEL_DIR"); !folder.empty()) return folder;
    std::string cache = environment("XDG_CACHE_HOME");
    if (cache.empty()) {
        const std::string home = environment("HOME");
        if (home.empty()) {
            return fail(ErrorCode::kNotFound,
                        "neither REEL_MODEL_DIR, XDG_CACHE_HOME nor HOME is set: "
                        "set REEL_MODEL_DIR to the folder of the built-in model");
        }
        cache = home + "/.cache";
    }
    return cache + "/reel/" + kModelName;
}

Result<ModelFiles> open_model(const std::string& folder) {
    ModelFiles files;
    REEL_ASSIGN(files.weights, open_part(folder + "/model.safetensors", kWeightsHash, Stamp::kRemember));
    REEL_ASSIGN(files.vocabulary, open_part(folder + "/vocab.txt", kVocabularyHash, Stamp::kNone));
    files.digest = "sha256:" + std::string(kWeightsHash);
    return files;
}

}  // namespace reel::builtin
