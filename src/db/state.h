// Everything behind a Database.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/posix_file.h"
#include "db/faiss_sidecar.h"
#include "reel/database.h"
#include "store/reader.h"
#include "store/writer.h"

namespace reel {

class Database::State {
public:
    std::string path;
    std::unique_ptr<PosixFile> file;  ///< of a reader
    ReaderState reader;               ///< of a reader
    std::unique_ptr<Writer> writer;
    std::shared_ptr<const Snapshot> snapshot;  ///< the newest commit that this object has shown
    bool stale = false;                        ///< the writer has a newer one
    std::mutex snapshot_mutex;
    StoreConfig config;
    std::mutex embedder_mutex;
    std::shared_ptr<Embedder> embedder;
    std::unique_ptr<FaissSidecar> sidecar;
    std::string sidecar_warning;

    /// kReadOnly for a store that was opened for reading, kInvalidArgument for a closed one.
    [[nodiscard]] Status check_writable() const;

    /// The snapshot, made anew from the writer after a commit. Called by several readers at once.
    std::shared_ptr<const Snapshot> view();

    /// Uses STORE.faiss if it is of this very commit.
    void find_sidecar();

    Status take_writer(std::unique_ptr<Writer> made);
    Status take_reader();
};

/// Checks and embeds `records`, then appends them to the writer's pending commit (see Database::add).
Result<std::vector<AddOutcome>> add_records(Database& database, Writer& writer,
                                            std::span<const NewRecord> records);

}  // namespace reel
