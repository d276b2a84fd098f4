// Errors as values: what every call of the library that can fail returns.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

#include "reel/export.h"

namespace reel {

/// Why a call failed. The CLI's exit codes are derived from these in one table
/// (src/cli/exit_code.cpp).
enum class ErrorCode : uint8_t {
    kInvalidArgument,  ///< the caller's input is wrong: dimension, NaN, JSON, UTF-8, an option
    kNotFound,         ///< no such file, record, model
    kAlreadyExists,    ///< a file or an id that is taken with other content
    kConflict,         ///< the store was made with another model, dimension or metric
    kCorrupt,          ///< the bytes of a file contradict themselves
    kUnsupported,      ///< well formed, but not something this build does
    kLocked,           ///< another process writes to the store
    kReadOnly,         ///< the file or its medium cannot be written
    kNoSpace,          ///< the disk is full
    kIo,               ///< any other failure of the operating system
    kUnavailable,      ///< an embedder or a server cannot be reached or answers rubbish
    kLimit,            ///< larger than a documented limit
    kPoisoned,         ///< a sync failed earlier: this writer must be dropped
    kInterrupted,      ///< stopped by the user
};

/// A stable lower-case name, for example "invalid_argument".
REEL_API std::string_view to_string(ErrorCode code);

/// What went wrong: one sentence that says what, where (file offset, line,
/// field) and what to do.
struct Error {
    ErrorCode code = ErrorCode::kIo;
    std::string message;

    /// The same error with "`where`: " in front of the sentence.
    [[nodiscard]] Error at(std::string_view where) const {
        return {code, std::string(where) + ": " + message};
    }
};

/// A value or an Error, with std::expected's member names.
template <class T>
class [[nodiscard]] Result : public tl::expected<T, Error> {
public:
    using tl::expected<T, Error>::expected;
};

using Status = Result<void>;

inline tl::unexpected<Error> fail(ErrorCode code, std::string message) {
    return tl::unexpected<Error>(Error{code, std::move(message)});
}

inline tl::unexpected<Error> fail(Error error) { return tl::unexpected<Error>(std::move(error)); }

}  // namespace reel
