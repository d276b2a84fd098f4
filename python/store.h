// reeldb.Store and the functions that make one.
#pragma once

#include <nanobind/nanobind.h>

namespace reel::python {

namespace nb = nanobind;

void bind_store(nb::module_& module);

}  // namespace reel::python
