#include "cli/moment.h"

#include <algorithm>
#include <charconv>

#include "base/try.h"
#include "cli/iso_time.h"

namespace reel::cli {

namespace {

constexpr OptionSpec kHistorySpecs[] = {
    {"--as-of", "COMMIT|TIME",
     "the store as it was: a commit's number ('reel log' lists them), or a time such as 2026-11-22 or "
     "2026-11-22T18:33:02Z; without a zone it is UTC"},
};

bool is_whole_number(std::string_view text) {
    return !text.empty() &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

const OptionGroup kHistoryOptions{"History", kHistorySpecs};

Result<Moment> parse_moment(std::string_view text, std::string_view place) {
    if (is_whole_number(text)) {
        uint64_t number = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
        if (error != std::errc()) {
            return fail(ErrorCode::kInvalidArgument, std::string(place) + ": \"" + std::string(text) +
                                                         "\" is more than any commit's number");
        }
        return Moment::commit(number);
    }
    auto ms = parse_iso_time(text);
    if (!ms) {
        Error error = std::move(ms).error().at(place);
        error.message += "; a commit is a whole number";
        return fail(std::move(error));
    }
    return Moment::time(*ms);
}

Result<OpenOptions> read_open_options(const Arguments& arguments) {
    OpenOptions options;
    if (const auto text = arguments.find("--as-of")) {
        REEL_ASSIGN(options.as_of, parse_moment(*text, "--as-of"));
    }
    return options;
}

}  // namespace reel::cli
