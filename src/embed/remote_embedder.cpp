#include "embed/remote_embedder.h"

#include "base/plugin.h"
#include "base/try.h"

namespace reel {

Result<std::unique_ptr<Embedder>> make_remote_embedder(const RemoteOptions& options) {
    REEL_ASSIGN(auto* const make,
                load_plugin_as<MakeRemoteEmbedderEntry>("http", "reel_make_remote_embedder"));
    std::unique_ptr<Embedder> embedder;
    Error error;
    if (!make(options, embedder, error)) return fail(std::move(error));
    return embedder;
}

}  // namespace reel
