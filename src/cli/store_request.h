// What the command line says about a store that is to be made: the options
// that create, add and import share.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "cli/options.h"
#include "reel/database.h"
#include "reel/embedder_registry.h"

namespace reel::cli {

/// Only what was said; the defaults stand in docs/cli.md and make_config().
struct StoreRequest {
    std::optional<EmbedderSpec> embedder;
    std::optional<Metric> metric;
    std::optional<uint32_t> dimension;
    std::optional<std::string> precision;
    std::optional<std::string> document_prefix;
    std::optional<std::string> query_prefix;
    std::optional<uint32_t> passage_size;
    std::optional<uint32_t> passage_overlap;
    std::optional<std::string> stemmer;
    bool no_text_index = false;
    std::string url;  ///< of the embedding server; of this run, never stored
};

extern const OptionGroup kNewStoreOptions;

/// --url and --wait, of commands that work on a store that is there.
extern const OptionGroup kServerOptions;
extern const OptionGroup kWriterOptions;

Result<StoreRequest> read_store_request(const Arguments& arguments);

/// kConflict naming both values, where the request says otherwise than the store.
Status check_agrees(const StoreRequest& request, const StoreConfig& config);

struct WritableStore {
    Database database;
    bool is_new;
};

/// A new store as requested. Asks the embedder for its dimension.
Result<Database> create_store(const std::string& path, const StoreRequest& request);

/// Opens the store for writing, or makes it if the path is free.
Result<WritableStore> open_or_create(const std::string& path, const StoreRequest& request,
                                     std::chrono::milliseconds lock_wait);

/// The store's own embedder with this run's address and Ctrl-C. Not for given vectors.
Result<std::shared_ptr<Embedder>> make_store_embedder(const StoreConfig& config, const StoreRequest& request);

/// Gives the store its own embedder with this run's address and Ctrl-C; nothing for given vectors.
Status attach_embedder(Database& database, const StoreRequest& request);

/// --wait in milliseconds.
Result<std::chrono::milliseconds> read_lock_wait(const Arguments& arguments);

}  // namespace reel::cli
