#include "errors.h"

#include <string>

namespace reel::python {

namespace {

constexpr const char* kDoc =
    "What went wrong, and where, in one sentence.\n\n"
    "code: a stable name: invalid_argument, not_found, already_exists, conflict, corrupt, unsupported,\n"
    "locked, read_only, no_space, io, unavailable, limit, poisoned or interrupted.";

/// Sets the Python exception of class `type` for a Failure; others are passed on.
void translate(const std::exception_ptr& pointer, void* type) {
    try {
        std::rethrow_exception(pointer);
    } catch (const Failure& failure) {
        const nb::handle error_class(static_cast<PyObject*>(type));
        nb::object error = error_class(failure.what());
        error.attr("code") = std::string(to_string(failure.error().code)).c_str();
        PyErr_SetObject(error_class.ptr(), error.ptr());
    }
}

}  // namespace

void bind_errors(nb::module_& module) {
    const auto type = nb::steal(PyErr_NewExceptionWithDoc("reeldb.Error", kDoc, nullptr, nullptr));
    if (!type.is_valid()) nb::raise_python_error();
    module.attr("Error") = type;
    // The module is never unloaded, nor is its class.
    nb::register_exception_translator(translate, nb::handle(type).inc_ref().ptr());
}

}  // namespace reel::python
