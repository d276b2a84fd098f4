#include "cli/exit_code.h"

namespace reel::cli {

ExitCode exit_code_of(ErrorCode code) {
    switch (code) {
        case ErrorCode::kInvalidArgument:
        case ErrorCode::kLimit: return ExitCode::kInvalid;
        case ErrorCode::kNotFound: return ExitCode::kNotFound;
        case ErrorCode::kCorrupt: return ExitCode::kDamaged;
        case ErrorCode::kLocked: return ExitCode::kLocked;
        case ErrorCode::kReadOnly:
        case ErrorCode::kNoSpace:
        case ErrorCode::kIo:
        case ErrorCode::kPoisoned: return ExitCode::kSystem;
        case ErrorCode::kUnavailable: return ExitCode::kUnavailable;
        case ErrorCode::kAlreadyExists:
        case ErrorCode::kConflict: return ExitCode::kConflict;
        case ErrorCode::kUnsupported: return ExitCode::kUnsupported;
        case ErrorCode::kInterrupted: return ExitCode::kInterrupted;
    }
    return ExitCode::kSystem;
}

std::span<const ExitCodeMeaning> exit_code_meanings() {
    static constexpr ExitCodeMeaning kMeanings[] = {
        {ExitCode::kOk, "done"},
        {ExitCode::kPartly,
         "done in part: something was skipped and named, or verify or repair found damage"},
        {ExitCode::kInvalid, "the command line or the input is wrong, larger than a limit, or no store"},
        {ExitCode::kNotFound, "no such file, record or model"},
        {ExitCode::kDamaged, "the store is damaged"},
        {ExitCode::kLocked, "another process writes to the store"},
        {ExitCode::kSystem, "disk full, read-only, no permission, or another error of the system"},
        {ExitCode::kUnavailable, "an embedding server cannot be reached or answers rubbish"},
        {ExitCode::kConflict, "the name or id is taken, or the store was made with other settings"},
        {ExitCode::kUnsupported, "not something this build of Reel does"},
        {ExitCode::kInterrupted, "interrupted; what was committed stays"},
        {ExitCode::kPipeClosed, "nobody reads the output any more"},
    };
    return kMeanings;
}

}  // namespace reel::cli
