// Protection from programs that cut a store while it is read.
#pragma once

#include "reel/error.h"
#include "reel/export.h"

namespace reel {

/// Reading goes through mapped files. Where another program truncates such a file, or its disk fails,
/// touching the lost part is a SIGBUS, which ends the process. After this call, once per process, a handler
/// puts zeros there instead, and the reading call returns kCorrupt. Faults elsewhere go to the handler that
/// was there before; a program that sets its own SIGBUS handler later takes the guard away.
REEL_API Status guard_mappings();

}  // namespace reel
