#include "base/try.h"
#include "cli/command.h"
#include "cli/progress.h"
#include "reel/database.h"

namespace reel::cli {

namespace {

Result<ExitCode> run_convert(Context& context) {
    const auto& words = context.arguments.positionals();
    REEL_ASSIGN(const uint64_t records, convert(words[0], words[1]));
    if (context.output.is_json()) {
        context.output.json(JsonLine().text("converted", words[1]).number("records", records));
    } else {
        context.output.line("converted " + with_separators(records) + " records to " +
                            context.output.shown(words[1]));
    }
    return ExitCode::kOk;
}

constexpr PositionalSpec kPositionals[] = {
    {"OLD", Arity::kOne, "a store, of the prototype or any other that opens; it is only read"},
    {"NEW", Arity::kOne, "the file to make"},
};

constexpr Example kExamples[] = {
    {"reel convert store.mp4 notes.mp4", "A file of the prototype becomes a store that can be written to."},
    {"reel convert half-broken.mp4 saved.mp4", "What can still be read of a file, in a sound one."},
};

}  // namespace

constinit const Command kConvertCommand{"convert",
                                        "make a store of a file of the prototype",
                                        "Copies all records into a new store; the vectors' bytes, the texts "
                                        "and the metadata stay the same. The old file "
                                        "is only read, and can be searched without converting.",
                                        kPositionals,
                                        {},
                                        kExamples,
                                        run_convert};

}  // namespace reel::cli
