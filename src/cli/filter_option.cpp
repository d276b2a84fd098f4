#include "cli/filter_option.h"

#include "base/try.h"
#include "base/utf8.h"

namespace reel::cli {

Result<std::string> read_filter(const Arguments& arguments) {
    const auto filter = arguments.find("--filter");
    if (!filter) return std::string();
    if (filter->find_first_not_of(" \t\r\n") == std::string::npos) {
        return fail(ErrorCode::kInvalidArgument,
                    "--filter is empty; leave it out, or say true, to mean all records");
    }
    REEL_TRY(check_utf8(*filter, "--filter"));
    return *filter;
}

}  // namespace reel::cli
