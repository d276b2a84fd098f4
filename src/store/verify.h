// Checks everything a store says about itself.
#pragma once

#include "base/file.h"
#include "reel/database.h"

namespace reel {

/// Structure, every checksum, tables against boxes, sections against records,
/// and the chain of commits back to the first; `kQuick`: nothing that reads the records. Errors only if the
/// file cannot be read at all; what is wrong with its content is in the report.
Result<VerifyReport> verify_store(const File& file, VerifyDepth depth = VerifyDepth::kFull);

}  // namespace reel
