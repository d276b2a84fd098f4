// The parts of a repair put together: search, proof, choice, and a new store.
#pragma once

#include <functional>
#include <memory>
#include <span>

#include "base/file.h"
#include "reel/repair.h"
#include "store/writer.h"

namespace reel {

/// Whether a store of this metric takes the vector.
using VectorCheck = std::function<Status(std::span<const float>, Metric)>;

/// Makes the empty store that the records go to; called once it is known that there are any.
using RepairTarget = std::function<Result<std::unique_ptr<Writer>>(const StoreConfig&, const ChainOrigin&)>;

/// repair() of an open file. Closes the writer that it got. After an error that comes from the target, what
/// was written there is the caller's to remove.
Result<RepairReport> repair_file(const File& broken, const RepairOptions& options, const VectorCheck& check,
                                 const RepairTarget& make_target);

}  // namespace reel
