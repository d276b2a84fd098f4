#include "db/state.h"

#include "base/try.h"
#include "db/index_build.h"
#include "db/word_search.h"
#include "reel/embedder_registry.h"
#include "store/configuration.h"
#include "store/history.h"

namespace reel {

std::shared_ptr<const View> Database::State::view() const {
    const std::lock_guard lock(view_mutex_);
    return view_;
}

const StoreConfig& Database::State::config() const {
    const std::lock_guard lock(view_mutex_);
    return *configs_.back();
}

namespace {

/// Whether the newest commit of `before` is in the history of `view`: then its records are as they were.
bool continues(const View& view, const View& before) {
    const ChainState& old = before.snapshot->state();
    const ChainState& now = view.snapshot->state();
    if (old.commit_number == now.commit_number) return old.hash == now.hash;
    if (old.commit_number > now.commit_number || view.snapshot->kind() != FileKind::kReel) return false;
    const auto then = find_moment(*view.snapshot, view.identity, Moment::commit(old.commit_number));
    return then && then->hash == old.hash;
}

/// The indexes of what was shown before serve on where they fit.
void find_indexes(View& view, const View* before) {
    view.words = std::make_shared<WordCache>();
    if (view.indexes && view.indexes->serve(*view.snapshot)) return;
    if (before != nullptr && before->indexes && before->indexes->serve(*view.snapshot) &&
        continues(view, *before)) {
        view.indexes = before->indexes;
    } else {
        view.indexes = std::make_shared<const Indexes>(view.snapshot->shared_sealed());
    }
}

}  // namespace

void Database::State::show(View view) {
    find_indexes(view, this->view().get());
    auto shown = std::make_shared<const View>(std::move(view));
    const std::lock_guard lock(view_mutex_);
    const StoreConfig& config = shown->snapshot->config();
    if (configs_.empty() || configuration_to_json(*configs_.back()) != configuration_to_json(config))
        configs_.push_back(std::make_unique<StoreConfig>(config));
    view_ = std::move(shown);
}

// --- Writing ---

Status Database::State::check_writable() const {
    if (writer_) return {};
    if (options_.access == Access::kRead) {
        return fail(ErrorCode::kReadOnly,
                    path_ + ": was opened for reading; open it for writing to change it");
    }
    return fail(ErrorCode::kInvalidArgument, path_ + ": the store is closed");
}

Status Database::State::take_writer(Result<std::unique_ptr<Writer>> made) {
    if (!made) return fail(std::move(made).error());
    writer_ = *std::move(made);
    writer_->use_section_makers(make_section_makers(writer_->config()));
    View view;
    REEL_ASSIGN(view.snapshot, writer_->snapshot());
    view.identity = writer_->identity();
    view.durable_through = view.snapshot->state().commit_number;
    view.has_trailer = writer_->has_trailer();
    view.warnings = writer_->warnings();
    find_sidecar(view);
    show(std::move(view));
    return {};
}

void Database::State::publish() {
    View next = *view();
    auto newest = writer_->snapshot();
    if (!newest) return;
    next.snapshot = *std::move(newest);
    next.identity = writer_->identity();
    next.durable_through = writer_->synced_commit();
    next.has_trailer = writer_->has_trailer();
    next.warnings = writer_->warnings();
    find_indexes(next, nullptr);
    auto shown = std::make_shared<const View>(std::move(next));
    const std::lock_guard lock(view_mutex_);
    view_ = std::move(shown);
}

Status Database::State::close() {
    const std::lock_guard lock(writing_);
    if (!writer_) return {};
    auto status = writer_->close();
    View last = *view();
    last.has_trailer = writer_->has_trailer();
    last.durable_through = writer_->synced_commit();
    writer_.reset();
    show(std::move(last));
    return status;
}

// --- Reading ---

Result<View> Database::State::read_view(const File& file) const {
    REEL_ASSIGN(ReaderState reader, open_reader(file));
    View view{reader.snapshot,
              reader.identity,
              reader.durable_through,
              reader.has_trailer,
              {},
              std::shared_ptr<const FaissSidecar>(),
              "",
              std::shared_ptr<const Indexes>(),
              std::shared_ptr<WordCache>()};
    view.warnings = std::move(reader.warnings);
    if (options_.as_of) {
        auto state = find_moment(*view.snapshot, view.identity, *options_.as_of);
        if (!state) return fail(std::move(state).error().at(path_));
        view.snapshot = view.snapshot->as_of(*state);
    }
    find_sidecar(view);
    return view;
}

Status Database::State::take_reader() {
    REEL_ASSIGN(file_, PosixFile::open_read(path_));
    REEL_ASSIGN(View view, read_view(*file_));
    show(std::move(view));
    return {};
}

Result<bool> Database::State::refresh() {
    const std::lock_guard lock(refreshing_);
    if (!file_ || options_.as_of) return false;
    REEL_ASSIGN(const bool same_file, file_->is_at_path());
    std::unique_ptr<PosixFile> other;
    if (!same_file) {
        // A compact has put a new file in this one's place.
        REEL_ASSIGN(other, PosixFile::open_read(path_));
    }
    REEL_ASSIGN(View newer, read_view(other ? *other : *file_));
    if (other) file_ = std::move(other);
    if (newer.snapshot->config().embedder != config().embedder) set_embedder(nullptr);
    const ChainState before = snapshot()->state();
    const ChainState after = newer.snapshot->state();
    const bool changed =
        !same_file || before.commit_number != after.commit_number || before.hash != after.hash;
    if (!changed) newer.sidecar = view()->sidecar;
    show(std::move(newer));
    return changed;
}

void Database::State::use_sidecar(std::shared_ptr<const FaissSidecar> sidecar) {
    View next = *view();
    next.sidecar = std::move(sidecar);
    next.sidecar_warning.clear();
    show(std::move(next));
}

// --- Embedding ---

Status check_embedder(Embedder& embedder, const StoreConfig& config, const std::string& path) {
    REEL_ASSIGN(const EmbedderDescription actual, embedder.describe());
    auto same = check_same_model(config.embedder, actual);
    if (!same) return fail(std::move(same).error().at(path));
    return {};
}

void Database::State::set_embedder(std::shared_ptr<Embedder> embedder) {
    const std::lock_guard lock(embedder_mutex_);
    embedders_.push_back(std::move(embedder));
}

bool Database::State::can_embed() {
    const std::lock_guard lock(embedder_mutex_);
    return (!embedders_.empty() && embedders_.back()) || config().embedder.kind != "none";
}

Result<Embedder*> Database::State::embedder() {
    const std::lock_guard lock(embedder_mutex_);
    if (embedders_.empty() || !embedders_.back()) {
        const StoreConfig& config = this->config();
        REEL_ASSIGN(std::shared_ptr<Embedder> made,
                    make_embedder(config.embedder, runtime_from_environment()));
        REEL_TRY(check_embedder(*made, config, path_));
        embedders_.push_back(std::move(made));
    }
    return embedders_.back().get();
}

}  // namespace reel
