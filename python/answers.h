// Questions and answers between Python and the library.
#pragma once

#include <nanobind/nanobind.h>

#include <vector>

#include "reel/search.h"

namespace reel::python {

namespace nb = nanobind;

/// Of `query` (a str or a vector), `vector`, `like` and `unlike` (ids), each None or given.
Question question_from(nb::handle query, nb::handle vector, nb::handle like, nb::handle unlike);

/// SearchOptions from keyword arguments with the names of its members; ValueError names one that is none.
SearchOptions options_from(size_t k, const nb::kwargs& keywords);

/// (ids, distances, record_numbers): a list of lists, and two arrays of a row a question, which end in NaN
/// and -1 where there are fewer than k hits.
nb::tuple batch_arrays(const std::vector<std::vector<Hit>>& answers, size_t k);

nb::dict key_dict(const KeyInfo& key);

void bind_answers(nb::module_& module);

}  // namespace reel::python
