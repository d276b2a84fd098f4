#include "store.h"

#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "answers.h"
#include "errors.h"
#include "records.h"
#include "reel/database.h"
#include "reel/embedder_registry.h"

namespace reel::python {

namespace {

/// A Database that close() takes away from under no call: each holds it while it runs.
class Store {
public:
    explicit Store(Database database, bool writable)
        : database_(std::make_shared<Database>(std::move(database))), writable_(writable) {}

    [[nodiscard]] std::shared_ptr<Database> database() const {
        const std::lock_guard lock(*mutex_);
        if (!database_) throw nb::value_error("the store is closed");
        return database_;
    }

    [[nodiscard]] bool is_writable() const { return writable_; }

    void close() {
        const auto database = release();
        if (database && writable_) run([&] { return database->close(); });
    }

private:
    std::shared_ptr<Database> release() {
        const std::lock_guard lock(*mutex_);
        return std::exchange(database_, nullptr);
    }

    std::unique_ptr<std::mutex> mutex_ = std::make_unique<std::mutex>();
    std::shared_ptr<Database> database_;
    bool writable_;
};

// --- Opening ---

Store create_store(const std::string& path, uint32_t dimension, const std::string& metric,
                   const std::optional<std::string>& embedder, bool text_index, const std::string& stemmer) {
    const auto found = find_metric(metric);
    if (!found) throw nb::value_error("metric is 'cosine', 'l2' or 'ip'");
    const auto name = embedder.value_or(dimension == 0 ? "builtin" : "none");
    return run([&]() -> Result<Store> {
        auto spec = parse_embedder_spec(name);
        if (!spec) return fail(spec.error());
        spec->dimension = dimension;
        if (spec->kind == "none" && dimension == 0) {
            return fail(ErrorCode::kInvalidArgument, "a store of given vectors needs their dimension");
        }
        auto made = make_embedder(*spec, runtime_from_environment());
        if (!made) return fail(made.error());
        auto description = (*made)->describe();
        if (!description) return fail(description.error());
        StoreConfig config;
        config.embedder = std::move(*description);
        config.metric = *found;
        config.text_index = {text_index, stemmer};
        auto database = Database::create(path, config);
        if (!database) return fail(database.error());
        if (spec->kind != "none") {
            if (auto used = database->use_embedder(std::move(*made)); !used) return fail(used.error());
        }
        return Store(std::move(*database), true);
    });
}

Store open_store(const std::string& path, const std::string& mode, double wait,
                 const std::optional<uint64_t>& as_of) {
    if (mode != "r" && mode != "r+") throw nb::value_error("mode is 'r' (read) or 'r+' (read and write)");
    OpenOptions options;
    options.access = mode == "r+" ? Access::kWrite : Access::kRead;
    options.lock_wait = std::chrono::milliseconds(static_cast<int64_t>(std::max(wait, 0.0) * 1000));
    if (as_of) options.as_of = Moment::commit(*as_of);
    return Store(run([&] { return Database::open(path, options); }), mode == "r+");
}

// --- Writing ---

OnDuplicate on_duplicate_of(const std::string& name) {
    if (name == "error") return OnDuplicate::kError;
    if (name == "skip") return OnDuplicate::kSkip;
    if (name == "replace") return OnDuplicate::kReplace;
    throw nb::value_error("on_duplicate is 'error', 'skip' or 'replace'");
}

size_t add(const Store& store, nb::handle ids, const std::optional<Matrix>& vectors, nb::handle metadatas,
           nb::handle texts, const std::string& on_duplicate) {
    const auto records = records_from(ids, vectors, metadatas, texts);
    const auto policy = on_duplicate_of(on_duplicate);
    const auto database = store.database();
    const auto outcomes = run([&] { return database->add(records, policy); });
    return static_cast<size_t>(outcomes.size()) -
           static_cast<size_t>(std::ranges::count(outcomes, AddOutcome::kSkipped));
}

size_t upsert(const Store& store, nb::handle ids, const std::optional<Matrix>& vectors, nb::handle metadatas,
              nb::handle texts) {
    return add(store, ids, vectors, metadatas, texts, "replace");
}

size_t remove(const Store& store, nb::handle ids) {
    const auto list = ids_from(ids);
    const auto database = store.database();
    const auto outcomes = run([&] { return database->remove(list); });
    return static_cast<size_t>(std::ranges::count(outcomes, RemoveOutcome::kRemoved));
}

uint64_t remove_matching(const Store& store, nb::handle filter) {
    const auto text = json_text(filter);
    const auto database = store.database();
    return run([&] { return database->remove_matching(text); });
}

uint64_t commit(const Store& store, bool sync) {
    const auto database = store.database();
    return run([&] { return database->commit(sync ? Durability::kSynced : Durability::kDeferred); }).commit;
}

void rollback(const Store& store) {
    const auto database = store.database();
    run([&] { return database->rollback(); });
}

/// Hands what a seal does to a Python function; what that raises, or Ctrl-C, stops the seal.
class Progress {
public:
    explicit Progress(nb::object function) : function_(std::move(function)) {}

    void operator()(std::string_view what, uint64_t done, uint64_t total) {
        const nb::gil_scoped_acquire acquire;
        if (stopped) return;
        try {
            if (PyErr_CheckSignals() != 0) nb::raise_python_error();
            if (!function_.is_none()) function_(nb::str(what.data(), what.size()), done, total);
        } catch (nb::python_error& error) {
            raised_.emplace(error);
            stopped = true;
        }
    }

    /// Raises what the function raised.
    void rethrow() {
        if (raised_) throw nb::python_error(*raised_);
    }

    std::atomic<bool> stopped = false;

private:
    nb::object function_;
    std::optional<nb::python_error> raised_;
};

void seal(const Store& store, nb::object function, unsigned threads) {
    const auto database = store.database();
    Progress progress(std::move(function));
    SealOptions options;
    options.threads = threads;
    options.cancel = &progress.stopped;
    options.progress = [&progress](std::string_view what, uint64_t done, uint64_t total) {
        progress(what, done, total);
    };
    auto sealed = [&] {
        const nb::gil_scoped_release release;
        return database->seal(options);
    }();
    progress.rethrow();
    take(std::move(sealed));
}

// --- Reading ---

SearchAnswer search(const Store& store, nb::handle query, size_t k, nb::handle vector, nb::handle like,
                    nb::handle unlike, const nb::kwargs& keywords) {
    const auto question = question_from(query, vector, like, unlike);
    const auto options = options_from(k, keywords);
    const auto database = store.database();
    return run([&] { return database->search(question, options); });
}

nb::tuple search_batch(const Store& store, const Matrix& queries, size_t k, const nb::kwargs& keywords) {
    const auto database = store.database();
    const auto options = options_from(k, keywords);
    if (queries.shape(1) != database->config().embedder.dimension) {
        throw nb::value_error("the questions have another dimension than the store");
    }
    const std::span<const float> floats(queries.data(), queries.size());
    return batch_arrays(run([&] { return database->search_batch(floats, options); }), k);
}

std::optional<Record> get(const Store& store, nb::handle id) {
    const auto ids = ids_from(nb::make_tuple(nb::borrow(id)));
    const auto database = store.database();
    return run([&] { return database->find(ids.front()); });
}

/// A row a text, by the store's embedder.
nb::ndarray<nb::numpy, float, nb::ndim<2>> embed(const Store& store, const std::vector<std::string>& texts,
                                                 bool documents) {
    const auto database = store.database();
    const std::vector<std::string_view> views(texts.begin(), texts.end());
    auto floats = run([&]() -> Result<std::vector<float>> {
        auto embedder = database->embedder();
        if (!embedder) return fail(embedder.error());
        return (*embedder)->embed(views, documents ? TextRole::kDocument : TextRole::kQuery);
    });
    const size_t dimension = database->config().embedder.dimension;
    return array_of(std::move(floats), texts.size(), dimension);
}

uint64_t count(const Store& store, nb::handle filter) {
    const auto text = json_text(filter);
    const auto database = store.database();
    return run([&] { return database->count(text); });
}

nb::list keys(const Store& store) {
    const auto database = store.database();
    nb::list list;
    for (const KeyInfo& key : run([&] { return database->keys(); })) list.append(key_dict(key));
    return list;
}

nb::dict info(const Store& store) {
    const auto database = store.database();
    const StoreInfo now = database->info();
    const StoreConfig& config = database->config();
    nb::dict dict;
    dict["path"] = database->path();
    dict["dimension"] = config.embedder.dimension;
    dict["metric"] = std::string(to_string(config.metric));
    dict["embedder"] = config.embedder.kind;
    dict["model"] = config.embedder.model;
    dict["records"] = now.live_records;
    dict["sealed_records"] = now.sealed_records;
    dict["commits"] = now.commits;
    dict["file_bytes"] = now.file_bytes;
    dict["warnings"] = now.warnings;
    return dict;
}

bool refresh(const Store& store) {
    const auto database = store.database();
    return run([&] { return database->refresh(); });
}

bool leave(Store& store, nb::handle error, nb::handle /*value*/, nb::handle /*traceback*/) {
    if (error.is_none() && store.is_writable()) commit(store, true);
    store.close();
    return false;
}

constexpr const char* kAddDoc =
    "Adds records to the pending commit; returns how many were written.\n\n"
    "ids: str or int each, None for the next free number. vectors: float32, a row a record; left out, the\n"
    "store's embedder makes them from the texts. metadatas: a dict or a JSON object as str each.\n"
    "on_duplicate: 'error' (the same content is skipped), 'skip' or 'replace', for an id that is there.";

constexpr const char* kSearchDoc =
    "The k best hits for a question: words (str) or a vector, or words with vector= beside them.\n\n"
    "like, unlike: ids of records to be near to or far from. filter: a dict or str over the metadata. mode:\n"
    "'auto', 'vector', 'text' or 'hybrid'. recall: the share of the true nearest to find; 1 is exact. Also,\n"
    "with the meaning they have in the library's SearchOptions: threads, max_distance, probes, rerank,\n"
    "fusion ('rank' or 'weighted'), vector_weight, group_by, per_group, diversity_lambda, cursor,\n"
    "snippet_length.";

constexpr const char* kBatchDoc =
    "Searches with each row of a float32 matrix; options as in search().\n\n"
    "Returns (ids, distances, record_numbers): a list of lists of str, and two arrays of k columns, which\n"
    "end in NaN and -1 where there are fewer hits.";

constexpr const char* kSealDoc =
    "Commits, and writes the indexes of what has none yet.\n\n"
    "progress(what, done, total) is called now and then; what it raises stops the seal.";

void bind_writing(nb::class_<Store>& store) {
    store
        .def("add", &add, nb::arg("ids") = nb::none(), nb::arg("vectors") = nb::none(),
             nb::arg("metadatas") = nb::none(), nb::arg("texts") = nb::none(), nb::kw_only(),
             nb::arg("on_duplicate") = "error", kAddDoc)
        .def("upsert", &upsert, nb::arg("ids") = nb::none(), nb::arg("vectors") = nb::none(),
             nb::arg("metadatas") = nb::none(), nb::arg("texts") = nb::none(), "add() that replaces.")
        .def("delete", &remove, nb::arg("ids"), "Deletes by id, one or several; returns how many were there.")
        .def("delete_matching", &remove_matching, nb::arg("filter"),
             "Deletes what a filter lets through; returns how many.")
        .def("commit", &commit, nb::arg("sync") = true,
             "Makes what was added and deleted visible and, with sync, durable; returns the commit's number.")
        .def("rollback", &rollback, "Drops what was added and deleted since the last commit.")
        .def("seal", &seal, nb::arg("progress") = nb::none(), nb::arg("threads") = 0, kSealDoc);
}

void bind_reading(nb::class_<Store>& store) {
    store
        .def("search", &search, nb::arg("query") = nb::none(), nb::arg("k") = 10, nb::kw_only(),
             nb::arg("vector") = nb::none(), nb::arg("like") = nb::none(), nb::arg("unlike") = nb::none(),
             nb::arg("options"), kSearchDoc)
        .def("search_batch", &search_batch, nb::arg("queries"), nb::arg("k") = 10, nb::arg("options"),
             kBatchDoc)
        .def("get", &get, nb::arg("id"), "The Record of that id, or None.")
        .def(
            "embed", &embed, nb::arg("texts"), nb::kw_only(), nb::arg("documents") = false,
            "What the store's embedder makes of texts, as questions or as documents: an array, a row a text.")
        .def("count", &count, nb::arg("filter") = nb::none(), "Records that a filter lets through.")
        .def("keys", &keys, "The metadata's keys: a dict each.")
        .def("info", &info, "What the store is and holds: a dict.")
        .def("refresh", &refresh, "Looks for commits of other processes; True if there are newer ones.")
        .def("__len__", [](const Store& self) { return self.database()->live_count(); });
}

}  // namespace

void bind_store(nb::module_& module) {
    nb::class_<Store> store(
        module, "Store",
        "One store. Every method may be called from several threads. As a context manager it commits and\n"
        "closes at the end of the block; after an exception it closes without a commit.");
    bind_writing(store);
    bind_reading(store);
    store.def("close", &Store::close, "Drops what was not committed, releases the lock.")
        .def("__enter__", [](nb::handle self) { return nb::borrow(self); })
        .def("__exit__", &leave, nb::arg("error").none(), nb::arg("value").none(),
             nb::arg("traceback").none());

    module.def(
        "create", &create_store, nb::arg("path"), nb::arg("dimension") = 0, nb::arg("metric") = "cosine",
        nb::kw_only(), nb::arg("embedder") = nb::none(), nb::arg("text_index") = true,
        nb::arg("stemmer") = "",
        "Makes a new store and opens it for writing.\n\n"
        "dimension: of given vectors. Without it, embedder turns texts into vectors: 'builtin'\n"
        "(default), 'ollama:MODEL', 'openai:MODEL'. metric: 'cosine', 'l2' or 'ip'. text_index: whether\n"
        "sealing makes an index of words. stemmer: the language of their stems, '' for none.");
    module.def("open", &open_store, nb::arg("path"), nb::arg("mode") = "r", nb::kw_only(),
               nb::arg("wait") = 0.0, nb::arg("as_of") = nb::none(),
               "Opens a store: 'r' to read, 'r+' to read and write.\n\n"
               "wait: seconds to wait for another writer. as_of: the number of a commit, to read the\n"
               "store as it was then.");
}

}  // namespace reel::python
