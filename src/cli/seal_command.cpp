#include "base/try.h"
#include "cli/command.h"
#include "cli/progress.h"
#include "cli/signals.h"
#include "cli/store_request.h"

namespace reel::cli {

namespace {

constexpr uint64_t kMostThreads = 1024;

Status seal_with_bar(Database& database, SealOptions options, Messages& messages) {
    Progress progress(messages);
    options.progress = [&](std::string_view what, uint64_t done, uint64_t total) {
        progress.begin_part(what);
        progress.update(done, done, total);
    };
    return database.seal(options);
}

Result<ExitCode> run_seal(Context& context) {
    const std::string& path = context.arguments.positionals().front();
    OpenOptions options;
    options.access = Access::kWrite;
    REEL_ASSIGN(options.lock_wait, read_lock_wait(context.arguments));
    REEL_ASSIGN(const auto threads, context.arguments.find_number("--threads", 1, kMostThreads));
    catch_interrupts();
    REEL_ASSIGN(Database database, Database::open(path, options));
    REEL_TRY(check_interrupt());
    const bool always = context.arguments.has("--oidx");
    SealOptions seal;
    seal.trailer = always ? SealTrailer::kAlways : SealTrailer::kWhenSmall;
    seal.threads = static_cast<unsigned>(threads.value_or(0));
    seal.cancel = &interrupted();
    auto sealed = seal_with_bar(database, std::move(seal), context.messages);
    if (!sealed) {
        // A store whose indexes are not complete is sealed all the same.
        (void)database.close();
        return fail(std::move(sealed).error());
    }
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
    {"--threads", "N", "for building indexes (default: one a core)"},
    {"--oidx", "", "also write the prototype's offset index, whatever its size"},
};
constexpr OptionGroup kSealOptions{"Options", kSealSpecs};
constexpr const OptionGroup* kGroups[] = {&kSealOptions, &kWriterOptions};

constexpr Example kExamples[] = {
    {"reel seal notes.mp4",
     "After much was added, or before a store is published: it opens in one step and searches are quick."},
    {"reel seal notes.mp4 --oidx", "Every record can be found by the prototype's reader, too."},
};

}  // namespace

constinit const Command kSealCommand{
    "seal",
    "write the indexes and the complete movie, for quick searches",
    "Writes the movie's complete tables, so that opening need not replay "
    "commits and every player sees a plain MP4, and the indexes of vectors, "
    "metadata and words that searches and filters use. A sealed store can still be "
    "written to, and stores seal themselves as they grow. Ctrl-C stops the "
    "building of indexes: the store is sealed without those that are not "
    "complete.",
    kPositionals,
    kGroups,
    kExamples,
    run_seal};

}  // namespace reel::cli
