#include "base/try.h"
#include "cli/command.h"
#include "cli/progress.h"
#include "cli/store_request.h"

namespace reel::cli {

namespace {

Result<ExitCode> run_seal(Context& context) {
    const std::string& path = context.arguments.positionals().front();
    OpenOptions options;
    options.access = Access::kWrite;
    REEL_ASSIGN(options.lock_wait, read_lock_wait(context.arguments));
    REEL_ASSIGN(Database database, Database::open(path, options));
    const bool always = context.arguments.has("--oidx");
    SealOptions seal;
    seal.trailer = always ? SealTrailer::kAlways : SealTrailer::kWhenSmall;
    REEL_TRY(database.seal(seal));
    const StoreInfo info = database.info();
    REEL_TRY(database.close());
    if (context.output.is_json()) {
        context.output.json(JsonLine()
                                .text("sealed", path)
                                .number("records", info.records)
                                .number("commit", info.commits)
                                .number("bytes", info.file_bytes));
    } else {
        context.output.line("sealed " + context.output.shown(path) + ": " + with_separators(info.records) +
                            " records, " + with_separators(info.file_bytes) + " bytes");
    }
    return ExitCode::kOk;
}

constexpr PositionalSpec kPositionals[] = {{"STORE", Arity::kOne, "the store"}};

constexpr OptionSpec kSealSpecs[] = {
    {"--oidx", "", "also write the prototype's offset index, whatever its size"},
};
constexpr OptionGroup kSealOptions{"Options", kSealSpecs};
constexpr const OptionGroup* kGroups[] = {&kSealOptions, &kWriterOptions};

constexpr Example kExamples[] = {
    {"reel seal notes.mp4", "Before a store is published or copied to slow media: it opens in one step."},
    {"reel seal notes.mp4 --oidx", "Every record can be found by the prototype's reader, too."},
};

}  // namespace

constinit const Command kSealCommand{"seal",
                                     "write the complete movie, so that opening is quick",
                                     "Writes the movie's complete tables and the indexes to the file, so "
                                     "that opening need not replay commits and every "
                                     "player sees a plain MP4. A sealed store can still be written to, and "
                                     "stores seal themselves as they grow.",
                                     kPositionals,
                                     kGroups,
                                     kExamples,
                                     run_seal};

}  // namespace reel::cli
