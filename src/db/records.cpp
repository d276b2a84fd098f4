#include "db/records.h"

#include "base/json.h"
#include "base/metadata.h"
#include "base/try.h"

namespace reel {

std::vector<float> to_floats(ByteView big_endian) {
    std::vector<float> values(big_endian.size() / 4);
    for (size_t i = 0; i < values.size(); ++i) values[i] = load_be_float(big_endian.data() + 4 * i);
    return values;
}

namespace {

/// Id and metadata of a record that was read.
Result<StoredMetadata> split_metadata(const Snapshot& snapshot, uint64_t record_number,
                                      const RecordView& view) {
    auto split = split_doc_id(view.metadata);
    if (!split) return fail(std::move(split).error());
    if (snapshot.has_own_ids() || !split->has_id) {
        REEL_ASSIGN(split->id, snapshot.id_of(record_number));
    }
    return split;
}

}  // namespace

Result<Record> read_record(const Snapshot& snapshot, uint64_t record_number) {
    REEL_ASSIGN(const RecordView view, snapshot.view(record_number));
    REEL_ASSIGN(StoredMetadata split, split_metadata(snapshot, record_number, view));
    Record record;
    record.record_number = record_number;
    record.id = std::move(split.id);
    record.metadata = std::move(split.metadata);
    record.text = view.text;
    record.vector = to_floats(view.vector);
    return record;
}

Result<Hit> read_hit(const Snapshot& snapshot, uint64_t record_number, float distance) {
    REEL_ASSIGN(const RecordView view, snapshot.view(record_number));
    REEL_ASSIGN(StoredMetadata split, split_metadata(snapshot, record_number, view));
    Hit hit;
    hit.record_number = record_number;
    hit.distance = distance;
    hit.id = std::move(split.id);
    hit.metadata = std::move(split.metadata);
    hit.text = view.text;
    return hit;
}

bool same_metadata(std::string_view a, std::string_view b) {
    if (a == b) return true;
    const auto first = parse_json(a);
    const auto second = parse_json(b);
    if (!first || !second) return false;
    return *first == *second;
}

}  // namespace reel
