// FAISS indexes beside a store: finding, using, writing and placing them.
#include <filesystem>

#include "base/try.h"
#include "db/state.h"

namespace reel {

void Database::State::find_sidecar(View& view) const {
    const std::string beside = path_ + ".faiss";
    if (!file_exists(beside) || view.snapshot->kind() != FileKind::kReel) return;
    auto opened = FaissSidecar::open(beside, *view.snapshot, false, true);
    if (opened) {
        view.sidecar = *std::move(opened);
    } else {
        view.sidecar_warning = "not used: " + opened.error().message;
    }
}

Status Database::use_faiss(const std::string& path, bool trusted) {
    REEL_ASSIGN(std::shared_ptr<const FaissSidecar> sidecar,
                FaissSidecar::open(path, *state_->snapshot(), trusted, false));
    state_->use_sidecar(std::move(sidecar));
    return {};
}

Status Database::export_faiss(const std::string& path) const {
    std::error_code error;
    if (std::filesystem::equivalent(path, state_->path(), error)) {
        return fail(ErrorCode::kInvalidArgument, path + ": is the store itself; give the index another path");
    }
    const auto snapshot = state_->snapshot();
    return unless_cut(*snapshot, state_->path(), write_faiss_sidecar(*snapshot, path));
}

Status Database::import_faiss(const std::string& path, bool trusted) {
    REEL_TRY(use_faiss(path, trusted));
    const std::string beside = state_->path() + ".faiss";
    REEL_ASSIGN(const uint64_t size, copy_index(path, beside));
    const auto snapshot = state_->snapshot();
    return write_sidecar_stamp(*snapshot, beside, size);
}

}  // namespace reel
