// A store in memory and the records it should have, for the maker of golden files.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/json.h"
#include "support/store_builder.h"

namespace reel {

/// Every call throws what goes wrong. What is expected is kept apart from the store, as plain lists.
class GoldenStore {
public:
    GoldenStore();

    GoldenStore& add(const std::string& id, const std::string& text, const std::string& metadata,
                     const std::vector<float>& vector);
    GoldenStore& add_numbered(const std::string& text);
    GoldenStore& remove(const std::string& id);
    GoldenStore& replace(const std::string& id, const std::string& text, const std::string& metadata,
                         const std::vector<float>& vector);
    GoldenStore& commit(Durability durability = Durability::kSynced);
    GoldenStore& seal();
    GoldenStore& close();
    GoldenStore& compact(KeepHistory keep_history);

    /// Commits what is pending as format.md 5.3 says, which a writer does with a megabyte or more only. All
    /// records so far must be in fragments.
    GoldenStore& commit_as_seal();

    /// Puts a mark behind the last commit, which a writer does behind a megabyte or more only.
    GoldenStore& append_mark();

    /// Commits what is pending; then the file becomes what `tear` makes of it, and the commit did not happen.
    GoldenStore& commit_torn(const std::function<ByteBuffer(const ByteBuffer&)>& tear);

    /// What is pending reaches the file, and the writer goes as if its process had ended.
    GoldenStore& leave_unfinished();

    [[nodiscard]] const ByteBuffer& content() const { return file_->content(); }

    /// The writer goes as if its process had ended.
    void set_content(ByteBuffer content);

    /// Of the free box before the newest movie.
    [[nodiscard]] uint64_t free_offset() const;

    /// Throws unless `described`, the records of describe(), are those that should be there.
    void check(const OrderedJson& described) const;

private:
    Writer& writer();

    std::shared_ptr<MemoryFile> file_ = std::make_shared<MemoryFile>();
    std::unique_ptr<Writer> writer_;
    std::vector<TestRecord> committed_;
    std::vector<TestRecord> wanted_;  ///< with what is pending
    std::vector<TestRecord> added_;   ///< pending
    std::vector<uint64_t> removed_;   ///< pending
};

}  // namespace reel
