// The library's errors as Python's exception reeldb.Error.
#pragma once

#include <nanobind/nanobind.h>

#include <exception>
#include <type_traits>
#include <utility>

#include "reel/error.h"

namespace reel::python {

namespace nb = nanobind;

/// Carries an Error to where nanobind makes reeldb.Error of it.
class Failure : public std::exception {
public:
    explicit Failure(Error error) : error_(std::move(error)) {}
    [[nodiscard]] const char* what() const noexcept override { return error_.message.c_str(); }
    [[nodiscard]] const Error& error() const { return error_; }

private:
    Error error_;
};

void bind_errors(nb::module_& module);

/// The value of `result`, or Failure.
template <class T>
T take(Result<T> result) {
    if (!result) throw Failure(std::move(result.error()));
    if constexpr (!std::is_void_v<T>) return std::move(*result);
}

/// The value of a call of the library, during which other Python threads run.
template <class Call>
auto run(Call&& call) {
    auto result = [&] {
        const nb::gil_scoped_release release;
        return std::forward<Call>(call)();
    }();
    return take(std::move(result));
}

}  // namespace reel::python
