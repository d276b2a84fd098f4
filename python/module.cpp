// The Python module reeldb.
#include <nanobind/nanobind.h>

#include "answers.h"
#include "errors.h"
#include "records.h"
#include "reel/guard.h"
#include "store.h"

NB_MODULE(reeldb, module) {
    using namespace reel::python;
    module.attr("__doc__") = "Reel: a vector store that is an MP4 file.";
    module.attr("__version__") = REEL_VERSION;
    bind_errors(module);
    bind_records(module);
    bind_answers(module);
    bind_store(module);
    module.def(
        "guard_mappings", [] { take(reel::guard_mappings()); },
        "From now on a store that another program cuts short while it is read is an Error of code\n"
        "'corrupt', where it would end the process (SIGBUS). Once a process.");
}
