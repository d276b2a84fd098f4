#include "records.h"

#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <string_view>

namespace reel::python {

namespace {

/// The items of a list, tuple or other sequence that is no str; lives as long as this object.
class Items {
public:
    Items(nb::handle value, const char* what) {
        if (value.is_none()) return;
        if (nb::isinstance<nb::str>(value)) throw nb::type_error(what);
        sequence_ = nb::steal(PySequence_Fast(value.ptr(), what));
        if (!sequence_.is_valid()) nb::raise_python_error();
    }

    [[nodiscard]] bool is_given() const { return sequence_.is_valid(); }
    [[nodiscard]] size_t size() const {
        return is_given() ? static_cast<size_t>(PySequence_Fast_GET_SIZE(sequence_.ptr())) : 0;
    }
    [[nodiscard]] nb::handle operator[](size_t i) const {
        return PySequence_Fast_GET_ITEM(sequence_.ptr(), static_cast<Py_ssize_t>(i));
    }

private:
    nb::object sequence_;
};

std::string text_of(nb::handle value) {
    Py_ssize_t length = 0;
    const char* bytes = PyUnicode_AsUTF8AndSize(value.ptr(), &length);
    if (bytes == nullptr) nb::raise_python_error();
    return {bytes, static_cast<size_t>(length)};
}

std::string id_of(nb::handle value) {
    if (nb::isinstance<nb::str>(value)) return text_of(value);
    if (nb::isinstance<nb::int_>(value)) return text_of(nb::str(value));
    throw nb::type_error("an id is a str or an int");
}

void check_count(bool given, size_t count, size_t wanted, const char* what) {
    if (!given || count == wanted) return;
    const std::string sentence =
        std::to_string(count) + " " + what + " for " + std::to_string(wanted) + " records";
    throw nb::value_error(sentence.c_str());
}

}  // namespace

std::string json_text(nb::handle value) {
    if (value.is_none()) return "";
    if (nb::isinstance<nb::str>(value)) return text_of(value);
    return text_of(nb::module_::import_("json").attr("dumps")(value, nb::arg("ensure_ascii") = false,
                                                              nb::arg("allow_nan") = false));
}

nb::object from_json(const std::string& text) {
    return nb::module_::import_("json").attr("loads")(nb::str(text.data(), text.size()));
}

std::vector<float> vector_from(nb::handle value) {
    Vector array;
    if (nb::try_cast(value, array)) return {array.data(), array.data() + array.size()};
    std::vector<float> numbers;
    if (nb::try_cast(value, numbers)) return numbers;
    throw nb::type_error("a vector is a one-dimensional array or a sequence of numbers");
}

std::vector<std::string> ids_from(nb::handle value) {
    if (nb::isinstance<nb::str>(value)) return {text_of(value)};
    const Items items(value, "ids are a str or a sequence of str and int");
    std::vector<std::string> ids;
    ids.reserve(items.size());
    for (size_t i = 0; i < items.size(); ++i) ids.push_back(id_of(items[i]));
    return ids;
}

std::vector<NewRecord> records_from(nb::handle ids, const std::optional<Matrix>& vectors,
                                    nb::handle metadatas, nb::handle texts) {
    const Items id_items(ids, "ids are a sequence of str, int and None");
    const Items metadata_items(metadatas, "metadatas are a sequence of dict, str and None");
    const Items text_items(texts, "texts are a sequence of str and None");
    const size_t rows = vectors ? vectors->shape(0) : 0;
    const size_t count = id_items.is_given() ? id_items.size() : std::max(rows, text_items.size());
    check_count(vectors.has_value(), rows, count, "vectors");
    check_count(metadata_items.is_given(), metadata_items.size(), count, "metadatas");
    check_count(text_items.is_given(), text_items.size(), count, "texts");

    std::vector<NewRecord> records(count);
    for (size_t i = 0; i < count; ++i) {
        NewRecord& record = records[i];
        if (id_items.is_given() && !id_items[i].is_none()) record.id = id_of(id_items[i]);
        if (metadata_items.is_given()) record.metadata = json_text(metadata_items[i]);
        if (text_items.is_given() && !text_items[i].is_none()) record.text = text_of(text_items[i]);
        if (vectors) {
            const float* row = vectors->data() + i * vectors->shape(1);
            record.vector.assign(row, row + vectors->shape(1));
        }
    }
    return records;
}

void bind_records(nb::module_& module) {
    nb::class_<Record>(module, "Record", "A stored record.")
        .def_ro("record_number", &Record::record_number, "From 0 in order of writing.")
        .def_ro("id", &Record::id)
        .def_ro("text", &Record::text)
        .def_ro("metadata_json", &Record::metadata, "A JSON object as text.")
        .def_prop_ro(
            "metadata", [](const Record& record) { return from_json(record.metadata); },
            "A dict, parsed at each use.")
        .def_prop_ro(
            "vector",
            [](const Record& record) {
                return nb::ndarray<nb::numpy, const float, nb::ndim<1>>(record.vector.data(),
                                                                        {record.vector.size()});
            },
            nb::rv_policy::reference_internal, "A NumPy array of float32.")
        .def("__repr__", [](const Record& record) { return "<reeldb.Record '" + record.id + "'>"; });
}

}  // namespace reel::python
