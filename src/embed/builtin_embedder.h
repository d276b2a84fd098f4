// The embedder that needs no service: all-MiniLM-L6-v2, computed in this process.
#pragma once

#include <memory>
#include <string>

#include "reel/embedder.h"
#include "reel/error.h"

namespace reel {

struct BuiltinOptions {
    /// Folder of model.safetensors and vocab.txt; empty: $REEL_MODEL_DIR, else
    /// $XDG_CACHE_HOME/reel/all-MiniLM-L6-v2, else ~/.cache/reel/all-MiniLM-L6-v2.
    std::string model_dir;

    /// "f32", "bf16" or "auto": bf16 where the CPU computes it natively, else
    /// f32. Asking for bf16 on another CPU gives f32 too, which describe() says:
    /// the vectors of both agree to a cosine of 0.9999, so a store of one can be
    /// asked with the other.
    std::string precision = "auto";

    /// Most threads of one call; 0: one for each core this process may use.
    unsigned threads = 0;
};

/// Loads the module reel_builtin.so. kUnsupported if this installation has
/// none, kNotFound or kCorrupt if the model is missing or not the one
/// expected, kInvalidArgument for an unknown precision. The weights are laid
/// out at the first embed(); describe() and token_ends() do without.
Result<std::unique_ptr<Embedder>> make_builtin_embedder(const BuiltinOptions& options);

/// The C-linkage function of the module, and its name.
using BuiltinEntry = void(const BuiltinOptions& options, Result<std::unique_ptr<Embedder>>& made);
inline constexpr const char* kBuiltinEntryName = "reel_make_builtin_embedder";

}  // namespace reel
