// How the command ends: the one place where errors become exit codes.
#pragma once

#include <span>
#include <string_view>

#include "reel/error.h"

namespace reel::cli {

enum class ExitCode : int {
    kOk = 0,
    kPartly = 1,   ///< done, but something was skipped, or verify found damage
    kInvalid = 2,  ///< the command line or the input is wrong, or a file is no store
    kNotFound = 3,
    kDamaged = 4,
    kLocked = 5,
    kSystem = 6,       ///< disk full, no permission, any other error of the system
    kUnavailable = 7,  ///< an embedding server cannot be reached or answers rubbish
    kConflict = 8,     ///< taken, or made with other settings
    kUnsupported = 9,
    kInterrupted = 130,
    kPipeClosed = 141,  ///< nobody reads the output any more
};

ExitCode exit_code_of(ErrorCode code);

struct ExitCodeMeaning {
    ExitCode code;
    std::string_view meaning;
};

/// For --help and docs/cli.md, in ascending order.
std::span<const ExitCodeMeaning> exit_code_meanings();

}  // namespace reel::cli
