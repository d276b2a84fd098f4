// Early return on error, for functions that return Result or Status.
#pragma once

#include <utility>

#include "reel/error.h"

#define REEL_CONCAT_INNER(a, b) a##b
#define REEL_CONCAT(a, b) REEL_CONCAT_INNER(a, b)

/// Returns the error of `expression` from the enclosing function, if it has one.
#define REEL_TRY(expression) REEL_TRY_INNER(REEL_CONCAT(reel_try_, __COUNTER__), expression)
#define REEL_TRY_INNER(result, expression)                           \
    do {                                                             \
        auto&& result = (expression);                                \
        if (!result) return ::reel::fail(std::move(result).error()); \
    } while (false)

/// REEL_ASSIGN(auto size, file.size()): declares or assigns the value, or returns the error.
#define REEL_ASSIGN(target, expression) \
    REEL_ASSIGN_INNER(REEL_CONCAT(reel_assign_, __COUNTER__), target, expression)
#define REEL_ASSIGN_INNER(result, target, expression)            \
    auto result = (expression);                                  \
    if (!result) return ::reel::fail(std::move(result).error()); \
    target = std::move(*result)
