// What the bench programs share: an error ends them with its sentence.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string>
#include <type_traits>
#include <utility>

#include "reel/error.h"

namespace reel::bench {

[[noreturn]] inline void quit(const std::string& message) {
    std::fprintf(stderr, "%s\n", message.c_str());
    std::exit(1);
}

template <class T>
T expect(Result<T> result) {
    if (!result) quit(result.error().message);
    if constexpr (!std::is_void_v<T>) return std::move(*result);
}

}  // namespace reel::bench
