#include <algorithm>

#include "base/json_scan.h"
#include "base/try.h"
#include "base/utf8.h"
#include "cli/command.h"
#include "cli/filter_option.h"
#include "cli/progress.h"
#include "cli/signals.h"
#include "cli/store_request.h"
#include "ingest/input.h"
#include "ingest/stored_source.h"
#include "reel/database.h"

namespace reel::cli {

namespace {

/// Ids in pieces, whatever their number; one commit at the end.
class Deletion {
public:
    Deletion(Database& database, bool with_passages, Context& context)
        : database_(database), with_passages_(with_passages), context_(context) {}

    Status take(std::string id) {
        REEL_TRY(check_interrupt());
        if (!with_passages_) return push(std::move(id));
        REEL_ASSIGN(auto ids, find_source_ids(database_, id));
        if (ids.empty()) return push(std::move(id));
        for (std::string& each : ids) REEL_TRY(push(std::move(each)));
        return {};
    }

    /// Deletes what a filter lets through. Records named by their ids are no longer among them.
    Status take_matching(std::string_view filter) {
        REEL_TRY(flush());
        REEL_TRY(check_interrupt());
        REEL_ASSIGN(const uint64_t removed, database_.remove_matching(filter));
        deleted_ += removed;
        return {};
    }

    /// Deletes the rest and commits.
    Result<CommitInfo> finish() {
        REEL_TRY(flush());
        REEL_TRY(check_interrupt());
        return database_.commit();
    }

    [[nodiscard]] uint64_t deleted() const { return deleted_; }
    [[nodiscard]] uint64_t missing() const { return missing_; }

private:
    static constexpr size_t kPiece = 4096;

    Status push(std::string id) {
        ids_.push_back(std::move(id));
        return ids_.size() < kPiece ? Status() : flush();
    }

    Status flush() {
        REEL_ASSIGN(const auto outcomes, database_.remove(ids_));
        for (size_t i = 0; i < outcomes.size(); ++i) {
            if (outcomes[i] == RemoveOutcome::kRemoved) {
                ++deleted_;
            } else {
                REEL_TRY(tell_missing(ids_[i]));
            }
        }
        ids_.clear();
        return {};
    }

    Status tell_missing(const std::string& id) {
        // An id that is named twice is there until the commit, and no mistake.
        REEL_ASSIGN(const auto stored, database_.find(id));
        if (stored) return {};
        ++missing_;
        std::string sentence = database_.path() + ": there is no record with the id \"" + id + "\"";
        if (!with_passages_) {
            REEL_ASSIGN(const auto passages, find_source_ids(database_, id));
            if (!passages.empty()) {
                sentence += ", but there are passages of it from \"" + passages.front() + "\" to \"" +
                            passages.back() + "\", which --passages deletes";
            }
        }
        context_.messages.error({ErrorCode::kNotFound, std::move(sentence)});
        return {};
    }

    Database& database_;
    bool with_passages_;
    Context& context_;
    std::vector<std::string> ids_;
    uint64_t deleted_ = 0;
    uint64_t missing_ = 0;
};

/// The id that a line stands for; an empty one for a blank line.
Result<std::string> read_id(std::string_view line) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    REEL_TRY(check_line_utf8(line));
    if (!line.starts_with('"')) return std::string(line);
    const Status json = scan_json(line);
    if (!json) {
        return fail(
            ErrorCode::kInvalidArgument,
            "a line that begins with a quotation mark must be a JSON string, and " + json.error().message);
    }
    return read_json_string(line);
}

Status take_lines(const std::string& path, Deletion& deletion) {
    REEL_ASSIGN(auto input, open_input(path));
    LineReader lines(std::move(input));
    std::string_view line;
    while (true) {
        REEL_ASSIGN(const bool more, lines.next(line));
        if (!more) return {};
        auto id = read_id(line);
        if (!id) return fail(std::move(id).error().at(lines.place()));
        if (!id->empty()) REEL_TRY(deletion.take(std::move(*id)));
    }
}

Status take_all(const Arguments& arguments, Deletion& deletion) {
    if (const auto file = arguments.find("--ids-from")) return take_lines(*file, deletion);
    const auto& words = arguments.positionals();
    for (size_t i = 1; i < words.size(); ++i) REEL_TRY(deletion.take(words[i]));
    return {};
}

/// --dry-run: how many records a filter lets through, without the writer's lock.
Result<ExitCode> preview(Context& context, const std::string& filter) {
    REEL_ASSIGN(const Database database, Database::open(context.arguments.positionals().front()));
    REEL_ASSIGN(const uint64_t count, database.count(filter));
    if (context.output.is_json()) {
        context.output.json(JsonLine().number("would_delete", count));
    } else {
        context.output.line("would delete " + counted(count, "record", "records"));
    }
    return ExitCode::kOk;
}

void report(Output& output, const Deletion& deletion, const CommitInfo& info) {
    if (output.is_json()) {
        return output.json(JsonLine()
                               .number("deleted", deletion.deleted())
                               .number("not_found", deletion.missing())
                               .number("commit", info.commit));
    }
    output.line(deletion.deleted() == 0 ? "deleted nothing"
                                        : "deleted " + counted(deletion.deleted(), "record", "records") +
                                              " in commit " + std::to_string(info.commit));
}

Status check_request(const Arguments& arguments) {
    const bool has_words = arguments.positionals().size() > 1;
    const bool has_file = arguments.has("--ids-from");
    const bool has_filter = arguments.has("--filter");
    if ((has_words && has_file) || (!has_words && !has_file && !has_filter)) {
        return fail(ErrorCode::kInvalidArgument,
                    "delete needs ids or --ids-from FILE, or --filter EXPR; 'reel delete --help' explains");
    }
    if (arguments.has("--dry-run") && (!has_filter || has_words || has_file)) {
        return fail(ErrorCode::kInvalidArgument, "--dry-run counts what a --filter alone would delete");
    }
    return {};
}

Result<ExitCode> run_delete(Context& context) {
    const Arguments& arguments = context.arguments;
    REEL_ASSIGN(const std::string filter, read_filter(arguments));
    REEL_TRY(check_request(arguments));
    for (const std::string& word : arguments.positionals()) REEL_TRY(check_utf8(word, "the command line"));
    if (arguments.has("--dry-run")) return preview(context, filter);
    OpenOptions options;
    options.access = Access::kWrite;
    REEL_ASSIGN(options.lock_wait, read_lock_wait(arguments));
    catch_interrupts();
    REEL_ASSIGN(Database database, Database::open(arguments.positionals().front(), options));
    Deletion deletion(database, arguments.has("--passages"), context);
    auto taken = take_all(arguments, deletion);
    if (taken && !filter.empty()) taken = deletion.take_matching(filter);
    if (!taken) {
        Error error = std::move(taken).error();
        error.message += "; nothing was deleted";
        return fail(std::move(error));
    }
    REEL_ASSIGN(const CommitInfo info, deletion.finish());
    REEL_TRY(database.close());
    report(context.output, deletion, info);
    return deletion.missing() > 0 ? ExitCode::kNotFound : ExitCode::kOk;
}

constexpr PositionalSpec kPositionals[] = {
    {"STORE", Arity::kOne, "the store"},
    {"ID", Arity::kAny, "ids of records"},
};

constexpr OptionSpec kDeleteSpecs[] = {
    {"--ids-from", "FILE",
     "ids from a file, one a line, - for standard input; a line that begins with \" is a JSON string, for "
     "ids "
     "with line breaks"},
    {"--filter", "EXPR",
     "all records whose metadata fit (docs/filters.md), with those that are named, in the same commit"},
    {"--dry-run", "", "with --filter: only say how many records it would delete"},
    {"--passages", "", "of a text that was cut, the passages ID#1, ID#2, ... too"},
};
constexpr OptionGroup kDeleteOptions{"Options", kDeleteSpecs};
constexpr const OptionGroup* kGroups[] = {&kDeleteOptions, &kWriterOptions};

constexpr Example kExamples[] = {
    {"reel delete notes.mp4 todo-7 todo-8", "Two records, in one commit; exit code 3 if one is not there."},
    {"reel delete notes.mp4 --filter 'draft = true and year < 2020' --dry-run",
     "How many that would be; without --dry-run they are deleted."},
    {"reel list notes.mp4 --json | jq .id | reel delete notes.mp4 --ids-from -",
     "Everything, through a pipe; jq writes ids as JSON strings."},
};

}  // namespace

constinit const Command kDeleteCommand{
    "delete",
    "delete records by their ids or by a filter",
    "Deletes the records with these ids, and those that fit a filter, in one commit: all of them or, if "
    "something fails, none. Ids that "
    "are "
    "not there are reported, the others are deleted all the same, and the exit code is 3. Earlier commits "
    "still have the records ('reel get --as-of', 'reel restore'), and their bytes stay in the file until "
    "'reel compact'.",
    kPositionals,
    kGroups,
    kExamples,
    run_delete};

}  // namespace reel::cli
