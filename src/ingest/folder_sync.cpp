#include "ingest/folder_sync.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "base/json.h"
#include "base/try.h"
#include "ingest/stored_source.h"
#include "ingest/sync_folder.h"
#include "ingest/sync_known.h"

namespace reel {

namespace {

constexpr size_t kPieceRecords = 1024;
// Ctrl-C waits for what is being embedded: about two seconds' work.
constexpr size_t kPieceTextBytes = size_t{64} << 10U;

/// Whether one file is at fault, so that the others may do better.
bool is_about_a_file(ErrorCode code) {
    return code == ErrorCode::kInvalidArgument || code == ErrorCode::kAlreadyExists ||
           code == ErrorCode::kLimit || code == ErrorCode::kUnsupported;
}

bool is_blank(std::string_view text) {
    return text.find_first_not_of(" \t\r\n\v\f") == std::string_view::npos;
}

std::vector<std::string> ids_of(const std::vector<NewRecord>& records) {
    std::vector<std::string> ids;
    ids.reserve(records.size());
    for (const NewRecord& record : records) ids.push_back(record.id.value_or(""));
    return ids;
}

}  // namespace

FolderSync::FolderSync(FolderSyncOptions options) : options_(std::move(options)) {}

Status FolderSync::check_cancel() const {
    if (options_.cancel != nullptr && options_.cancel->load()) {
        return fail(ErrorCode::kInterrupted, "interrupted");
    }
    return {};
}

std::vector<std::string> FolderSync::known_ids(const std::string& path) const {
    std::vector<std::string> ids;
    const auto known = known_.find(path);
    if (known == known_.end()) return ids;
    for (const uint64_t passage : known->second.passages)
        ids.push_back(source_record_id(base_id(path), passage));
    return ids;
}

// --- What is to be done ---

Status FolderSync::know(const Database& database) {
    const std::string head = database.info().chain_hash;
    if (!head.empty() && head == known_head_) return {};
    known_head_.clear();
    REEL_ASSIGN(known_, read_known_files(database, options_.name, [&] { return check_cancel(); }));
    known_head_ = head;
    return {};
}

Result<std::string> FolderSync::hash(const FoundFile& file) {
    REEL_TRY(check_cancel());
    const std::string path = path_in_folder(options_.folder, file.path);
    auto hash = hash_file(path, file.mtime_ns);
    if (hash || hash.error().code == ErrorCode::kInterrupted) return hash;
    // A file that has just vanished is the next run's business.
    if (hash.error().code != ErrorCode::kNotFound) {
        ++report_.failed;
        options_.on_problem({path, hash.error(), false});
    }
    return hash;
}

Result<SyncPlan> FolderSync::plan(const Database* database) {
    report_ = {};
    REEL_ASSIGN(const FolderListing listing, list_sync_folder(options_.folder, [&](const Problem& problem) {
                    if (!problem.is_note) ++report_.failed;
                    options_.on_problem(problem);
                }));
    if (database != nullptr) REEL_TRY(know(*database));
    REEL_ASSIGN(SyncPlan plan, plan_sync(known_, listing.files, listing.unreadable,
                                         [&](const FoundFile& file) { return hash(file); }));
    if (plan.known > 0 && plan.lost == plan.known && !options_.allow_empty) {
        return fail(ErrorCode::kNotFound,
                    options_.folder + ": not one file that the store knows as \"" + options_.name + "\" (" +
                        std::to_string(plan.known) +
                        ") is there. Is it the right folder, and mounted? If they are deleted for good, "
                        "--allow-empty deletes their records too");
    }
    report_.unchanged = plan.unchanged;
    return plan;
}

void FolderSync::count(const FileChange& change) {
    switch (change.kind) {
        case FileChange::Kind::kNew: ++report_.added; break;
        case FileChange::Kind::kChanged: ++report_.changed; break;
        case FileChange::Kind::kTouched: ++report_.touched; break;
        case FileChange::Kind::kRenamed: ++report_.renamed; break;
        case FileChange::Kind::kDeleted: ++report_.deleted; break;
    }
    options_.on_change(change);
}

Result<FolderSyncReport> FolderSync::preview(const Database* database) {
    REEL_ASSIGN(const SyncPlan plan, this->plan(database));
    for (const FileChange& change : plan.changes) count(change);
    return report_;
}

Result<FolderSyncReport> FolderSync::run(Database& database) {
    REEL_ASSIGN(const SyncPlan plan, this->plan(&database));
    news_.clear();
    batch_.clear();
    batch_bytes_ = batch_records_ = 0;
    kept_.clear();
    embedder_ = nullptr;
    Status status = apply(database, plan);
    if (status) {
        auto commit = database.commit();
        if (commit) report_.commit = *commit;
        if (!commit) status = fail(commit.error());
    } else {
        // The error that is reported is the first one; what rollback() drops is dropped by closing, too.
        (void)database.rollback();
    }
    if (!status) {
        known_head_.clear();
        return fail(std::move(status).error());
    }
    for (auto& [path, file] : news_) {
        if (file)
            known_.insert_or_assign(path, std::move(*file));
        else
            known_.erase(path);
    }
    known_head_ = database.info().chain_hash;
    return report_;
}

// --- Doing it ---

Status FolderSync::apply(Database& database, const SyncPlan& plan) {
    for (size_t i = 0; i < plan.changes.size(); ++i) {
        REEL_TRY(check_cancel());
        const FileChange& change = plan.changes[i];
        if (change.kind != FileChange::Kind::kDeleted) {
            REEL_TRY(change.from.empty() ? read(database, change) : relabel(database, change));
        }
        options_.on_progress(i + 1, plan.changes.size());
    }
    REEL_TRY(flush(database));
    return remove_gone(database, plan);
}

void FolderSync::fail_file(const FileChange& change, const Error& error) {
    ++report_.failed;
    if (!change.from.empty()) kept_.push_back(change.from);
    options_.on_problem({path_in_folder(options_.folder, change.path), error, false});
}

/// Ids of records that this folder did not make are somebody else's.
Status FolderSync::check_ids_free(const Database& database, const std::string& path,
                                  const std::vector<std::string>& ids) const {
    const auto known = known_ids(path);
    const std::unordered_set<std::string> own(known.begin(), known.end());
    for (const std::string& id : ids) {
        if (own.count(id) > 0) continue;
        REEL_ASSIGN(const auto stored, database.find(id));
        if (!stored) continue;
        return fail(ErrorCode::kAlreadyExists,
                    path_in_folder(options_.folder, path) + ": the id " + quote_json(id) +
                        " is taken by a record that was not made by syncing \"" + options_.name +
                        "\"; delete that record, or give the folder another --name");
    }
    return {};
}

/// The known records of change.from become those of change.path, vectors and texts as they are.
Status FolderSync::relabel(Database& database, const FileChange& change) {
    const KnownFile& origin = known_.at(change.from);
    const bool stays = change.from == change.path;
    const std::string base = base_id(change.path);
    std::vector<std::string> ids;
    ids.reserve(origin.passages.size());
    for (const uint64_t passage : origin.passages) ids.push_back(source_record_id(base, passage));
    if (const auto free = check_ids_free(database, change.path, ids); !free) {
        if (!is_about_a_file(free.error().code)) return fail(free.error());
        fail_file(change, free.error());
        return {};
    }
    std::vector<NewRecord> records;
    for (size_t i = 0; i < origin.passages.size(); ++i) {
        REEL_ASSIGN(auto stored, database.find(source_record_id(base_id(change.from), origin.passages[i])));
        if (!stored)
            return fail(ErrorCode::kCorrupt, database.path() + ": a record of " + change.from +
                                                 " was listed but cannot be found; try 'reel verify'");
        NewRecord record;
        record.id = ids[i];
        record.text = std::move(stored->text);
        record.vector = std::move(stored->vector);
        const SyncMark mark{options_.name, change.path, i == 0 ? std::optional(change.stamp) : std::nullopt};
        REEL_ASSIGN(record.metadata, relabel_metadata(stored->metadata, mark, base));
        records.push_back(std::move(record));
        // Of a file that stays where it is, only the first record has the stamp.
        const bool last = stays || i + 1 == origin.passages.size();
        if (last || records.size() == kPieceRecords) {
            REEL_TRY(database.add(records, OnDuplicate::kReplace));
            records.clear();
        }
        if (last) break;
    }
    return replace(database, change, change.stamp, std::move(ids));
}

Status FolderSync::read(Database& database, const FileChange& change) {
    const TextKind kind = find_text_kind(change.path).value_or(TextKind::kText);
    const std::string path = path_in_folder(options_.folder, change.path);
    auto text = read_stamped(path, kind);
    if (!text) {
        if (text.error().code == ErrorCode::kInterrupted) return fail(text.error());
        // A file that has just vanished is the next run's business.
        if (text.error().code != ErrorCode::kNotFound) fail_file(change, text.error());
        return {};
    }
    if (is_blank(text->document.text)) {
        options_.on_problem({path, {ErrorCode::kInvalidArgument, path + ": holds no text"}, true});
        if (known_.count(change.path) == 0) return {};
        return replace(database, change, text->stamp, {});
    }
    REEL_TRY(prepare_embedder(database));
    Prepared file;
    file.change = change;
    file.stamp = std::move(text->stamp);
    auto records = make_records(database, change, std::move(text->document), file.stamp);
    if (!records) {
        if (!is_about_a_file(records.error().code)) return fail(records.error());
        fail_file(change, records.error());
        return {};
    }
    file.records = std::move(*records);
    for (const NewRecord& record : file.records) file.text_bytes += record.text.size();
    batch_bytes_ += file.text_bytes;
    batch_records_ += file.records.size();
    batch_.push_back(std::move(file));
    if (batch_bytes_ < kPieceTextBytes && batch_records_ < kPieceRecords) return {};
    return flush(database);
}

Status FolderSync::prepare_embedder(Database& database) {
    if (embedder_ != nullptr) return {};
    REEL_ASSIGN(embedder_, options_.embedder(database));
    if (!limit_) {
        const StoreConfig& config = database.config();
        REEL_ASSIGN(limit_, passage_limit(config.passages, config.embedder, *embedder_));
    }
    return {};
}

Result<std::vector<NewRecord>> FolderSync::make_records(Database& database, const FileChange& change,
                                                        TextDocument document, const FileStamp& stamp) {
    const std::string path = path_in_folder(options_.folder, change.path);
    const TextFile file{path, base_id(change.path), TextKind::kText};
    SyncMark mark{options_.name, change.path, std::nullopt};
    NewRecord whole;
    whole.id = file.id;
    REEL_ASSIGN(whole.metadata, file_metadata(file, document, "{\"sync\": " + sync_mark_json(mark) + "}"));
    whole.text = std::move(document.text);
    auto records = source_records(std::move(whole), path, *limit_, *embedder_);
    if (!records) return fail(std::move(records).error().at(path));
    mark.stamp = stamp;
    NewRecord& first = records->front();
    REEL_ASSIGN(first.metadata, relabel_metadata(first.metadata, mark, file.id));
    REEL_TRY(check_ids_free(database, change.path, ids_of(*records)));
    REEL_TRY(reuse_vectors(database, change.path, *records));
    return records;
}

/// Passages that the store holds of this file already keep their vectors, wherever they stand now.
Status FolderSync::reuse_vectors(const Database& database, const std::string& path,
                                 std::vector<NewRecord>& records) const {
    std::unordered_map<std::string, std::vector<float>> stored;
    for (const std::string& id : known_ids(path)) {
        REEL_ASSIGN(auto record, database.find(id));
        if (record) stored.insert_or_assign(std::move(record->text), std::move(record->vector));
    }
    for (NewRecord& record : records) {
        const auto found = stored.find(record.text);
        if (found != stored.end()) record.vector = found->second;
    }
    return {};
}

/// Embeds the batch together; where a text is refused, file by file, so that only its own file fails.
Status FolderSync::flush(Database& database) {
    const Status together = embed(database, batch_);
    if (!together && !is_about_a_file(together.error().code)) return fail(together.error());
    for (Prepared& file : batch_) {
        const Status own = together ? Status() : embed(database, {&file, 1});
        if (own) {
            REEL_TRY(store(database, file));
        } else if (is_about_a_file(own.error().code)) {
            fail_file(file.change, own.error().at(path_in_folder(options_.folder, file.change.path)));
        } else {
            return fail(own.error());
        }
    }
    batch_.clear();
    batch_bytes_ = batch_records_ = 0;
    return {};
}

/// Gives a vector to every record that has none.
Status FolderSync::embed(Database& database, std::span<Prepared> files) {
    std::vector<NewRecord*> todo;
    for (Prepared& file : files) {
        for (NewRecord& record : file.records) {
            if (record.vector.empty()) todo.push_back(&record);
        }
    }
    const size_t dimension = database.config().embedder.dimension;
    for (size_t first = 0; first < todo.size();) {
        REEL_TRY(check_cancel());
        std::vector<std::string_view> texts;
        for (size_t bytes = 0; first + texts.size() < todo.size() && texts.size() < kPieceRecords;) {
            const std::string& text = todo[first + texts.size()]->text;
            if (!texts.empty() && bytes + text.size() > kPieceTextBytes) break;
            bytes += text.size();
            texts.push_back(text);
        }
        REEL_ASSIGN(const std::vector<float> vectors, embedder_->embed(texts, TextRole::kDocument));
        if (vectors.size() != texts.size() * dimension) {
            return fail(ErrorCode::kUnavailable, "the embedder answered " + std::to_string(vectors.size()) +
                                                     " numbers for " + std::to_string(texts.size()) +
                                                     " texts of " + std::to_string(dimension) +
                                                     " dimensions");
        }
        for (size_t i = 0; i < texts.size(); ++i) {
            const auto begin = vectors.begin() + static_cast<ptrdiff_t>(i * dimension);
            todo[first + i]->vector.assign(begin, begin + static_cast<ptrdiff_t>(dimension));
        }
        first += texts.size();
    }
    return {};
}

Status FolderSync::store(Database& database, Prepared& file) {
    const auto added = database.add(file.records, OnDuplicate::kReplace);
    if (!added) {
        if (!is_about_a_file(added.error().code)) return fail(added.error());
        fail_file(file.change, added.error().at(path_in_folder(options_.folder, file.change.path)));
        return {};
    }
    return replace(database, file.change, file.stamp, ids_of(file.records));
}

/// The file's records have these ids from now on; those that it had and has no longer go.
Status FolderSync::replace(Database& database, const FileChange& change, const FileStamp& stamp,
                           std::vector<std::string> ids) {
    const std::unordered_set<std::string> now(ids.begin(), ids.end());
    std::vector<std::string> stale;
    for (std::string& id : known_ids(change.path)) {
        if (now.count(id) == 0) stale.push_back(std::move(id));
    }
    if (!stale.empty()) REEL_TRY(database.remove(stale));
    if (ids.empty()) {
        news_.emplace_back(change.path, std::nullopt);
    } else {
        KnownFile file{stamp, {}, true};
        for (const std::string& id : ids) {
            file.passages.push_back(source_passage(id, base_id(change.path)).value_or(0));
        }
        news_.emplace_back(change.path, std::move(file));
    }
    count(change);
    return {};
}

Status FolderSync::remove_gone(Database& database, const SyncPlan& plan) {
    for (const std::string& path : plan.gone) {
        REEL_TRY(check_cancel());
        if (std::find(kept_.begin(), kept_.end(), path) != kept_.end()) continue;
        REEL_TRY(database.remove(known_ids(path)));
        news_.emplace_back(path, std::nullopt);
    }
    for (const FileChange& change : plan.changes) {
        if (change.kind == FileChange::Kind::kDeleted) count(change);
    }
    return {};
}

}  // namespace reel
