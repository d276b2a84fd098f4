#include "embed/builtin_embedder.h"

#include "base/plugin.h"
#include "base/try.h"

namespace reel {

Result<std::unique_ptr<Embedder>> make_builtin_embedder(const BuiltinOptions& options) {
    REEL_ASSIGN(BuiltinEntry* const entry, load_plugin_as<BuiltinEntry>("builtin", kBuiltinEntryName));
    Result<std::unique_ptr<Embedder>> made;
    entry(options, made);
    return made;
}

}  // namespace reel
