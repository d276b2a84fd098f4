// Everything behind a Database.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/posix_file.h"
#include "db/faiss_sidecar.h"
#include "db/group_commit.h"
#include "reel/database.h"
#include "store/reader.h"
#include "store/writer.h"

namespace reel {

class Indexes;
class WordCache;

/// What readers see at one moment; immutable but for the replacement of the whole.
struct View {
    std::shared_ptr<const Snapshot> snapshot;
    IdentityBox identity;  ///< zero for files that are not of this format
    uint64_t durable_through = 0;
    bool has_trailer = false;
    std::vector<std::string> warnings;
    std::shared_ptr<const FaissSidecar> sidecar;
    std::string sidecar_warning;
    std::shared_ptr<const Indexes> indexes;  ///< never null once shown
    std::shared_ptr<WordCache> words;        ///< of this snapshot; never null once shown
};

class Database::State {
public:
    State(std::string path, const OpenOptions& options) : path_(std::move(path)), options_(options) {}

    [[nodiscard]] const std::string& path() const { return path_; }

    /// What is shown now; never null.
    [[nodiscard]] std::shared_ptr<const View> view() const;
    [[nodiscard]] std::shared_ptr<const Snapshot> snapshot() const { return view()->snapshot; }

    /// Stays valid as long as this object, whatever a compact or refresh puts in its place.
    [[nodiscard]] const StoreConfig& config() const;

    // --- Writing ---

    Status take_writer(Result<std::unique_ptr<Writer>> made);

    /// Calls `act` with the writer while no other thread writes. kReadOnly for a store that was
    /// opened for reading, kInvalidArgument for a closed one.
    template <class Act>
    auto with_writer(const Act& act) -> decltype(act(std::declval<Writer&>())) {
        const std::lock_guard lock(writing_);
        if (auto writable = check_writable(); !writable) return fail(std::move(writable).error());
        return act(*writer_);
    }

    /// Shows the writer's newest commit; where memory for that is short, the one before stays until the next.
    /// Under with_writer().
    void publish();

    /// Puts the writer of another file, null for none, in the place of this one's. Under with_writer().
    void replace_writer(std::unique_ptr<Writer> writer) { writer_ = std::move(writer); }

    Status close();

    GroupCommit& group() { return group_; }

    // --- Reading ---

    Status take_reader();
    Result<bool> refresh();

    void use_sidecar(std::shared_ptr<const FaissSidecar> sidecar);

    // --- Embedding ---

    void set_embedder(std::shared_ptr<Embedder> embedder);
    /// Whether the store names an embedder or was given one.
    [[nodiscard]] bool can_embed();
    Result<Embedder*> embedder();

private:
    [[nodiscard]] Status check_writable() const;
    void show(View view);
    void find_sidecar(View& view) const;
    Result<View> read_view(const File& file) const;

    const std::string path_;
    const OpenOptions options_;

    std::mutex writing_;
    std::unique_ptr<Writer> writer_;
    GroupCommit group_;

    std::mutex refreshing_;
    std::unique_ptr<PosixFile> file_;  ///< of a reader

    mutable std::mutex view_mutex_;
    std::shared_ptr<const View> view_;
    std::vector<std::unique_ptr<const StoreConfig>> configs_;  ///< the last one is in use

    std::mutex embedder_mutex_;
    std::vector<std::shared_ptr<Embedder>> embedders_;  ///< the last one is in use; null: make one
};

/// kConflict if the embedder's model is not that of `config`.
Status check_embedder(Embedder& embedder, const StoreConfig& config, const std::string& path);

/// Checks and embeds `records`, then appends them to the writer's pending commit (see Database::add).
Result<std::vector<AddOutcome>> add_records(Database& database, Writer& writer,
                                            std::span<const NewRecord> records, OnDuplicate on_duplicate);

/// Deletes records with the pending commit (see Database::remove).
Result<std::vector<RemoveOutcome>> remove_records(Writer& writer, std::span<const std::string> ids);

}  // namespace reel
