// What JSON Lines and CSV share: the four names that mean something, and the
// metadata that every other name becomes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json_scan.h"
#include "ingest/import_source.h"

namespace reel {

/// Sets `record.metadata` from the object text `metadata` (empty: none) and
/// further members. Without further members the text stays byte for byte; with
/// them the members keep theirs. A key that occurs twice is
/// kInvalidArgument naming it.
Status merge_metadata(std::string_view metadata, const std::vector<JsonMember>& others, std::string& out);

/// What a whole record must have: text or a vector, and a vector of the
/// store's dimension from one place only.
Status check_record(const NewRecord& record, const ImportOptions& options);

}  // namespace reel
