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

Result<Record> read_record(const Snapshot& snapshot, uint64_t record_number) {
    REEL_ASSIGN(const RecordView view, snapshot.view(record_number));
    Record record;
    record.record_number = record_number;
    REEL_ASSIGN(record.id, snapshot.id_of(record_number));
    REEL_ASSIGN(record.metadata, remove_doc_id(view.metadata));
    record.text = view.text;
    record.vector = to_floats(view.vector);
    return record;
}

Result<Hit> read_hit(const Snapshot& snapshot, uint64_t record_number, float distance) {
    REEL_ASSIGN(const RecordView view, snapshot.view(record_number));
    Hit hit;
    hit.record_number = record_number;
    hit.distance = distance;
    REEL_ASSIGN(hit.id, snapshot.id_of(record_number));
    REEL_ASSIGN(hit.metadata, remove_doc_id(view.metadata));
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
