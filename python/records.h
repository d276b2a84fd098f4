// Records and JSON between Python and the library.
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "reel/record.h"

namespace reel::python {

namespace nb = nanobind;

/// Read where it lies if it is float32 and contiguous; nanobind converts what is not.
using Matrix = nb::ndarray<const float, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
using Vector = nb::ndarray<const float, nb::ndim<1>, nb::c_contig, nb::device::cpu>;

/// A str as it is, None as "", anything else through json.dumps.
std::string json_text(nb::handle value);

/// What json.loads makes of `text`.
nb::object from_json(const std::string& text);

/// An array, or a sequence of numbers.
std::vector<float> vector_from(nb::handle value);

/// A str, or a sequence of str and int.
std::vector<std::string> ids_from(nb::handle value);

/// One record for each of `ids`; None counts as a list of what a record may be without.
std::vector<NewRecord> records_from(nb::handle ids, const std::optional<Matrix>& vectors,
                                    nb::handle metadatas, nb::handle texts);

/// rows x columns values as an array that owns them.
template <class T>
auto array_of(std::vector<T> values, size_t rows, size_t columns) {
    auto owned = std::make_unique<std::vector<T>>(std::move(values));
    T* data = owned->data();
    const nb::capsule owner(owned.release(),
                            [](void* pointer) noexcept { delete static_cast<std::vector<T>*>(pointer); });
    return nb::ndarray<nb::numpy, T, nb::ndim<2>>(data, {rows, columns}, owner);
}

void bind_records(nb::module_& module);

}  // namespace reel::python
