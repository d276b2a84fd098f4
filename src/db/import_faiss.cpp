// Placing a FAISS index beside its store.
#include "base/try.h"
#include "db/state.h"

namespace reel {

Status Database::import_faiss(const std::string& path, bool trusted) {
    REEL_TRY(use_faiss(path, trusted));
    const std::string beside = state_->path() + ".faiss";
    REEL_ASSIGN(const uint64_t size, copy_index(path, beside));
    const auto snapshot = state_->snapshot();
    return write_sidecar_stamp(*snapshot, beside, size);
}

}  // namespace reel
