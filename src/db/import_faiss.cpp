// Placing a FAISS index beside its store.
#include <filesystem>

#include "base/try.h"
#include "db/state.h"

namespace reel {

Status Database::import_faiss(const std::string& path, bool trusted) {
    REEL_TRY(use_faiss(path, trusted));
    const std::string beside = state_->path + ".faiss";
    std::error_code error;
    if (!std::filesystem::equivalent(path, beside, error)) {
        const std::string temporary = beside + ".new";
        std::filesystem::copy_file(path, temporary, std::filesystem::copy_options::overwrite_existing, error);
        if (error) return fail(ErrorCode::kIo, temporary + ": cannot copy the index: " + error.message());
        REEL_TRY(rename_over(temporary, beside));
    }
    const auto size = std::filesystem::file_size(beside, error);
    if (error) return fail(ErrorCode::kIo, beside + ": " + error.message());
    return write_sidecar_stamp(*state_->snapshot, beside, size);
}

}  // namespace reel
