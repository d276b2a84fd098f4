#include "reel/error.h"

namespace reel {

std::string_view to_string(ErrorCode code) {
    switch (code) {
        case ErrorCode::kInvalidArgument: return "invalid_argument";
        case ErrorCode::kNotFound: return "not_found";
        case ErrorCode::kAlreadyExists: return "already_exists";
        case ErrorCode::kConflict: return "conflict";
        case ErrorCode::kCorrupt: return "corrupt";
        case ErrorCode::kUnsupported: return "unsupported";
        case ErrorCode::kLocked: return "locked";
        case ErrorCode::kReadOnly: return "read_only";
        case ErrorCode::kNoSpace: return "no_space";
        case ErrorCode::kIo: return "io";
        case ErrorCode::kUnavailable: return "unavailable";
        case ErrorCode::kLimit: return "limit";
        case ErrorCode::kPoisoned: return "poisoned";
        case ErrorCode::kInterrupted: return "interrupted";
    }
    return "unknown";
}

}  // namespace reel
