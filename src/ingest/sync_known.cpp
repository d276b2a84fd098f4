#include "ingest/sync_known.h"

#include <algorithm>
#include <unordered_map>

#include "base/try.h"
#include "ingest/stored_source.h"

namespace reel {

namespace {

class Collector {
public:
    explicit Collector(const std::string& name) : name_(name) {}

    void take(const Record& record) {
        auto mark = find_sync_mark(record.metadata);
        if (!mark || mark->name != name_) return;
        const auto number = source_passage(record.id, name_ + "/" + mark->path);
        if (!number) return;
        KnownFile& file = files_[mark->path];
        file.passages.push_back(*number);
        if (!mark->stamp || *number > 1) return;
        const auto passage = find_passage_mark(record.metadata);
        counts_[mark->path] = *number == 0 || !passage ? 0 : passage->count;
        file.stamp = std::move(*mark->stamp);
        file.complete = true;
    }

    KnownFiles finish() {
        for (auto& [path, file] : files_) {
            std::sort(file.passages.begin(), file.passages.end());
            file.complete = file.complete && is_whole(file.passages, counts_[path]);
        }
        return std::move(files_);
    }

private:
    /// Whether these are the numbers of one text: 0 alone, or 1 to `count`.
    static bool is_whole(const std::vector<uint64_t>& passages, uint64_t count) {
        if (count == 0) return passages.size() == 1 && passages.front() == 0;
        return passages.size() == count && passages.front() == 1 && passages.back() == count;
    }

    const std::string& name_;
    KnownFiles files_;
    std::unordered_map<std::string, uint64_t> counts_;
};

}  // namespace

Result<KnownFiles> read_known_files(const Database& database, const std::string& name,
                                    const std::function<Status()>& check) {
    Collector collector(name);
    Status status;
    REEL_TRY(database.scan({}, [&](const Record& record) {
        status = check();
        collector.take(record);
        return status.has_value();
    }));
    REEL_TRY(status);
    return collector.finish();
}

}  // namespace reel
