#include "golden/describe.h"

#include "base/metadata.h"
#include "boxes/box_header.h"
#include "boxes/record_boxes.h"
#include "store/history.h"
#include "store/reader.h"
#include "store/verify.h"
#include "support/store_builder.h"

namespace reel {

namespace {

OrderedJson describe_records(const Snapshot& snapshot) {
    OrderedJson records = OrderedJson::array();
    for (uint64_t n = 0; n < snapshot.count(); ++n) {
        if (!snapshot.live().contains(n)) continue;
        const RecordView view = must(snapshot.view(n));
        OrderedJson vector = OrderedJson::array();
        for (size_t i = 0; i < view.vector.size(); i += 4)
            vector.push_back(load_be_float(view.vector.data() + i));
        const std::string id = must(snapshot.id_of(n));
        records.push_back({{"number", n},
                           {"found", must(snapshot.find(id)).value_or(UINT64_MAX)},
                           {"id", id},
                           {"text", view.text},
                           {"metadata", view.metadata},
                           {"vector", std::move(vector)}});
    }
    return records;
}

OrderedJson live_numbers(const Snapshot& snapshot) {
    OrderedJson numbers = OrderedJson::array();
    for (uint64_t n = 0; n < snapshot.count(); ++n) {
        if (snapshot.live().contains(n)) numbers.push_back(n);
    }
    return numbers;
}

OrderedJson describe_commits(const ReaderState& reader) {
    std::vector<CommitRecordBox> commits;
    must(visit_history(*reader.snapshot, reader.identity, [&](const CommitRecordBox& commit) {
        commits.insert(commits.begin(), commit);
        return true;
    }));
    OrderedJson described = OrderedJson::array();
    for (const CommitRecordBox& commit : commits) {
        const auto then = reader.snapshot->as_of(advance(commit));
        described.push_back({{"number", commit.commit_number},
                             {"offset", commit.own_offset},
                             {"time_ms", commit.commit_time_ms},
                             {"added", commit.record_count},
                             {"deleted", commit.tombstones},
                             {"hash", to_hex(commit.chain_hash)},
                             {"live", live_numbers(*then)}});
    }
    return described;
}

/// Types of the top level; a last box that is not whole counts as "...".
std::string top_level(const File& file) {
    std::string types;
    const uint64_t end = must(file.size());
    for (uint64_t at = 0; at < end;) {
        const auto header = read_box_header(file, at, end);
        types += (types.empty() ? "" : " ") + (header ? header->type.text() : "...");
        if (!header) break;
        at = header->end();
    }
    return types;
}

OrderedJson describe_findings(const File& file) {
    OrderedJson offsets = OrderedJson::array();
    for (const Finding& finding : must(verify_store(file)).findings) offsets.push_back(finding.file_offset);
    return offsets;
}

}  // namespace

OrderedJson describe(const File& file) {
    const ReaderState reader = must(open_reader(file));
    const Snapshot& snapshot = *reader.snapshot;
    return {{"boxes", top_level(file)},
            {"file_id", to_hex(reader.identity.file_id)},
            {"chain_origin", to_hex(reader.identity.chain_origin)},
            {"predecessor_head", to_hex(reader.identity.predecessor_head)},
            {"metric", to_string(snapshot.config().metric)},
            {"dimension", snapshot.dimension()},
            {"head", to_hex(snapshot.state().hash)},
            {"committed_bytes", snapshot.bytes().size()},
            {"durable_through", reader.durable_through},
            {"next_default_id", snapshot.state().next_default_id},
            {"record_count", snapshot.count()},
            {"sealed_records", snapshot.sealed_count()},
            {"has_oidx", reader.has_trailer},
            {"warnings", reader.warnings.size()},
            {"verify_finds_at", describe_findings(file)},
            {"commits", describe_commits(reader)},
            {"records", describe_records(snapshot)}};
}

}  // namespace reel
