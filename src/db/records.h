// From what is stored to what the caller gets, and back.
#pragma once

#include <span>

#include "reel/record.h"
#include "store/snapshot.h"

namespace reel {

std::vector<float> to_floats(ByteView big_endian);

/// The whole record; kCorrupt with the offset if it is damaged.
Result<Record> read_record(const Snapshot& snapshot, uint64_t record_number);

/// Text, metadata and id of an answer.
Result<Hit> read_hit(const Snapshot& snapshot, uint64_t record_number, float distance);

/// Whether two stored JSON objects say the same, whatever their spaces and order.
bool same_metadata(std::string_view a, std::string_view b);

}  // namespace reel
