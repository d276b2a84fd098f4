#include "answers.h"

#include <nanobind/make_iterator.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

#include "records.h"

namespace reel::python {

namespace {

SearchMode mode_of(const std::string& name) {
    if (const auto mode = find_search_mode(name)) return *mode;
    throw nb::value_error("mode is 'auto', 'vector', 'text' or 'hybrid'");
}

Fusion fusion_of(const std::string& name) {
    if (name == "rank") return Fusion::kRank;
    if (name == "weighted") return Fusion::kWeighted;
    throw nb::value_error("fusion is 'rank' or 'weighted'");
}

template <class T>
void read(nb::handle value, T& member) {
    member = nb::cast<T>(value);
}

template <class T>
void read(nb::handle value, std::optional<T>& member) {
    if (!value.is_none()) member = nb::cast<T>(value);
}

void read(nb::handle value, SearchMode& mode) { mode = mode_of(nb::cast<std::string>(value)); }

void read(nb::handle value, Fusion& fusion) { fusion = fusion_of(nb::cast<std::string>(value)); }

/// False if SearchOptions has no member of that name.
bool read_option(std::string_view name, nb::handle value, SearchOptions& options) {
    if (name == "filter") return options.filter = json_text(value), true;
    if (name == "mode") return read(value, options.mode), true;
    if (name == "threads") return read(value, options.threads), true;
    if (name == "max_distance") return read(value, options.max_distance), true;
    if (name == "recall") return read(value, options.recall), true;
    if (name == "probes") return read(value, options.probes), true;
    if (name == "rerank") return read(value, options.rerank), true;
    if (name == "fusion") return read(value, options.fusion), true;
    if (name == "vector_weight") return read(value, options.vector_weight), true;
    if (name == "group_by") return read(value, options.group_by), true;
    if (name == "per_group") return read(value, options.per_group), true;
    if (name == "diversity_lambda") return read(value, options.diversity_lambda), true;
    if (name == "cursor") return read(value, options.cursor), true;
    if (name == "snippet_length") return read(value, options.snippet_length), true;
    return false;
}

nb::dict report_dict(const SearchReport& report) {
    nb::dict dict;
    dict["plan"] = report.plan;
    dict["reason"] = report.reason;
    dict["records"] = report.records;
    dict["matching"] = report.matching;
    dict["column_bytes"] = report.column_bytes;
    dict["exact_vectors"] = report.exact_vectors;
    dict["exact_bytes"] = report.exact_bytes;
    dict["lists"] = report.lists;
    dict["lists_probed"] = report.lists_probed;
    dict["rows_without_index"] = report.rows_without_index;
    dict["postings"] = report.postings;
    dict["embed_ms"] = report.embed_ms;
    dict["filter_ms"] = report.filter_ms;
    dict["vector_ms"] = report.vector_ms;
    dict["text_ms"] = report.text_ms;
    dict["fetch_ms"] = report.fetch_ms;
    dict["warnings"] = report.warnings;
    return dict;
}

/// Place `index` of the answer, counted from its end if negative.
const Hit& hit_at(const SearchAnswer& answer, Py_ssize_t index) {
    const auto size = static_cast<Py_ssize_t>(answer.hits.size());
    if (index < 0) index += size;
    if (index < 0 || index >= size) throw nb::index_error("there are fewer hits");
    return answer.hits[static_cast<size_t>(index)];
}

nb::list hits_in(const SearchAnswer& answer, const nb::slice& slice) {
    const auto [start, stop, step, count] = slice.compute(answer.hits.size());
    nb::list hits;
    for (size_t i = 0; i < count; ++i) {
        hits.append(answer.hits[static_cast<size_t>(start + step * static_cast<Py_ssize_t>(i))]);
    }
    return hits;
}

void bind_hit(nb::module_& module) {
    nb::class_<Hit>(module, "Hit", "One answer of a search.")
        .def_ro("record_number", &Hit::record_number)
        .def_ro("distance", &Hit::distance, "In the store's metric; NaN where the question had no vector.")
        .def_ro("id", &Hit::id)
        .def_ro("text", &Hit::text)
        .def_ro("metadata_json", &Hit::metadata, "A JSON object as text.")
        .def_prop_ro(
            "metadata", [](const Hit& hit) { return from_json(hit.metadata); }, "A dict, parsed at each use.")
        .def_ro("text_score", &Hit::text_score, "BM25; 0: no word of the question, or not asked.")
        .def_ro("vector_rank", &Hit::vector_rank, "From 1 among the candidates by vector; 0: none of them.")
        .def_ro("text_rank", &Hit::text_rank, "From 1 among the candidates by words; 0: none of them.")
        .def_ro("score", &Hit::score, "What the order is by; larger is better.")
        .def_ro("snippet", &Hit::snippet)
        .def_ro("marks", &Hit::marks, "Byte ranges of the snippet, as UTF-8, that matched.")
        .def("__repr__", [](const Hit& hit) {
            return "<reeldb.Hit '" + hit.id + "', score " + std::to_string(hit.score) + ">";
        });
}

}  // namespace

Question question_from(nb::handle query, nb::handle vector, nb::handle like, nb::handle unlike) {
    Question question;
    if (nb::isinstance<nb::str>(query)) {
        question.text = nb::cast<std::string>(query);
    } else if (!query.is_none()) {
        question.vector = vector_from(query);
    }
    if (!vector.is_none()) {
        if (!question.vector.empty()) throw nb::value_error("the question has two vectors");
        question.vector = vector_from(vector);
    }
    question.like = ids_from(like);
    question.unlike = ids_from(unlike);
    return question;
}

SearchOptions options_from(size_t k, const nb::kwargs& keywords) {
    SearchOptions options;
    options.k = k;
    for (const auto& [key, value] : keywords) {
        const auto name = nb::cast<std::string>(key);
        if (read_option(name, value, options)) continue;
        throw nb::type_error(("a search has no option '" + name + "'").c_str());
    }
    return options;
}

nb::tuple batch_arrays(const std::vector<std::vector<Hit>>& answers, size_t k) {
    std::vector<float> distances(answers.size() * k, std::numeric_limits<float>::quiet_NaN());
    std::vector<int64_t> numbers(answers.size() * k, -1);
    nb::list ids;
    for (size_t row = 0; row < answers.size(); ++row) {
        nb::list row_ids;
        for (size_t rank = 0; rank < answers[row].size() && rank < k; ++rank) {
            const Hit& hit = answers[row][rank];
            distances[row * k + rank] = hit.distance;
            numbers[row * k + rank] = static_cast<int64_t>(hit.record_number);
            row_ids.append(hit.id);
        }
        ids.append(row_ids);
    }
    return nb::make_tuple(ids, array_of(std::move(distances), answers.size(), k),
                          array_of(std::move(numbers), answers.size(), k));
}

nb::dict key_dict(const KeyInfo& key) {
    nb::dict dict;
    dict["key"] = key.key;
    dict["records"] = key.records;
    dict["types"] = key.types;
    dict["common"] = key.common;
    dict["least"] = key.least;
    dict["greatest"] = key.greatest;
    dict["distinct"] = key.distinct;
    return dict;
}

void bind_answers(nb::module_& module) {
    bind_hit(module);
    nb::class_<SearchAnswer>(module, "Answer", "The hits of a search, best first: a sequence of Hit.")
        .def("__len__", [](const SearchAnswer& answer) { return answer.hits.size(); })
        .def("__getitem__", &hit_at, nb::rv_policy::reference_internal)
        .def("__getitem__", &hits_in)
        .def(
            "__iter__",
            [](const SearchAnswer& answer) {
                return nb::make_iterator(nb::type<SearchAnswer>(), "HitIterator", answer.hits.begin(),
                                         answer.hits.end());
            },
            nb::keep_alive<0, 1>())
        .def_ro("next", &SearchAnswer::next, "The cursor of the next page; '' if there is none.")
        .def_prop_ro(
            "report", [](const SearchAnswer& answer) { return report_dict(answer.report); },
            "How the answer was found: a dict.");
}

}  // namespace reel::python
