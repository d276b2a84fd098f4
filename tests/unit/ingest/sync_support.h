// A folder, a store beside it, and an embedder that counts.
#pragma once

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <map>

#include "ingest/folder_sync.h"
#include "support.h"

namespace reel {

/// Reads four words at most; what it was given is remembered.
class WordEmbedder final : public Embedder {
public:
    Result<EmbedderDescription> describe() override { return description(); }

    static EmbedderDescription description() {
        EmbedderDescription description;
        description.kind = "stub";
        description.dimension = 2;
        description.max_tokens = 4;
        return description;
    }

    Result<std::vector<float>> embed(std::span<const std::string_view> texts, TextRole) override {
        std::vector<float> vectors;
        for (const std::string_view text : texts) {
            if (text.find("refuse") != std::string_view::npos) {
                return fail(ErrorCode::kInvalidArgument, "the model refuses a text");
            }
            embedded.emplace_back(text);
            vectors.push_back(static_cast<float>(text.size()));
            vectors.push_back(1);
        }
        return vectors;
    }

    Result<std::vector<size_t>> token_ends(std::string_view text) override {
        std::vector<size_t> ends;
        for (size_t i = 0; i < text.size(); ++i) {
            if (text[i] != ' ' && (i + 1 == text.size() || text[i + 1] == ' ')) ends.push_back(i + 1);
        }
        return ends;
    }

    std::vector<std::string> embedded;
};

using Ids = std::vector<std::string>;

class WithFolder : public testing::Test {
protected:
    WithFolder() {
        StoreConfig config;
        config.embedder = WordEmbedder::description();
        config.passages.overlap = 0;
        database_.emplace(Database::create(folder_ / "store.mp4", config).value());
        std::filesystem::create_directory(notes());
    }

    [[nodiscard]] std::string notes() const { return folder_ / "notes"; }
    void write(const std::string& name, const std::string& text) const {
        folder_.write("notes/" + name, text);
    }
    void remove(const std::string& name) const { std::filesystem::remove_all(notes() + "/" + name); }
    void rename(const std::string& from, const std::string& to) const {
        std::filesystem::rename(notes() + "/" + from, notes() + "/" + to);
    }
    void touch(const std::string& name, time_t seconds) const {
        const struct timespec times[2] = {{seconds, 0}, {seconds, 0}};
        ASSERT_EQ(::utimensat(AT_FDCWD, (notes() + "/" + name).c_str(), times, 0), 0);
    }

    [[nodiscard]] FolderSyncOptions options(const std::string& name = "n") {
        FolderSyncOptions options;
        options.folder = notes();
        options.name = name;
        options.embedder = [this](Database& database) -> Result<Embedder*> {
            auto used = database.use_embedder(embedder_);
            if (!used) return fail(used.error());
            return embedder_.get();
        };
        options.on_problem = [this](const Problem& problem) {
            (problem.is_note ? notes_ : problems_).push_back(problem.error.message);
        };
        return options;
    }

    Result<FolderSyncReport> try_sync(FolderSyncOptions options) {
        embedder_->embedded.clear();
        problems_.clear();
        notes_.clear();
        return FolderSync(std::move(options)).run(*database_);
    }
    FolderSyncReport sync() { return try_sync(options()).value(); }

    /// Ids with texts, in the order of ids.
    [[nodiscard]] std::map<std::string, std::string> stored() const {
        std::map<std::string, std::string> texts;
        (void)database_->scan({}, [&](const Record& record) {
            texts[record.id] = record.text;
            return true;
        });
        return texts;
    }
    [[nodiscard]] Ids ids() const {
        Ids ids;
        for (const auto& [id, text] : stored()) ids.push_back(id);
        return ids;
    }
    void add(const std::string& id, const std::string& text) {
        NewRecord record;
        record.id = id;
        record.text = text;
        record.vector = {1, 2};
        ASSERT_TRUE(database_->add({&record, 1}, OnDuplicate::kReplace));
        ASSERT_TRUE(database_->commit());
    }
    [[nodiscard]] uint64_t commits() const { return database_->info().commits; }

    TemporaryFolder folder_;
    std::shared_ptr<WordEmbedder> embedder_ = std::make_shared<WordEmbedder>();
    std::optional<Database> database_;
    std::vector<std::string> problems_;
    std::vector<std::string> notes_;
};

}  // namespace reel
