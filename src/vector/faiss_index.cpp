#include "vector/faiss_index.h"

#include "base/plugin.h"
#include "base/try.h"

namespace reel {

Result<std::unique_ptr<TrustedIndex>> load_trusted_faiss(const std::string& path) {
    REEL_ASSIGN(LoadTrustedFaiss* const load, load_plugin_as<LoadTrustedFaiss>("faiss", "reel_faiss_load"));
    Result<std::unique_ptr<TrustedIndex>> index =
        fail(ErrorCode::kUnsupported, "no answer from the FAISS module");
    load(path.c_str(), &index);
    return index;
}

}  // namespace reel
