// Where the built-in model lies and whether it is the right one.
#pragma once

#include <string>

#include "base/mapping.h"
#include "reel/error.h"

namespace reel::builtin {

inline constexpr const char* kModelName = "all-MiniLM-L6-v2";

struct ModelFiles {
    Mapping weights;     ///< model.safetensors
    Mapping vocabulary;  ///< vocab.txt
    std::string digest;  ///< "sha256:..." of model.safetensors
};

/// `chosen` if it is not empty, else $REEL_MODEL_DIR, else
/// $XDG_CACHE_HOME/reel/all-MiniLM-L6-v2, else ~/.cache/reel/all-MiniLM-L6-v2:
/// where scripts/fetch_model.sh puts the model. kNotFound without a home folder.
Result<std::string> find_model_folder(const std::string& chosen);

/// Maps and checks both files; kNotFound or kCorrupt names the file and the
/// command that fetches it. Never touches the network.
Result<ModelFiles> open_model(const std::string& folder);

}  // namespace reel::builtin
