#include "base/try.h"
#include "cli/command.h"
#include "cli/moment.h"
#include "reel/database.h"

namespace reel::cli {

namespace {

struct Words {
    char sign;
    std::string_view name;
};

Words words_of(Difference::Kind kind) {
    switch (kind) {
        case Difference::Kind::kAdded: return {'+', "added"};
        case Difference::Kind::kRemoved: return {'-', "removed"};
        case Difference::Kind::kChanged: return {'~', "changed"};
    }
    return {'?', "unknown"};
}

Result<ExitCode> run_diff(Context& context) {
    const auto& words = context.arguments.positionals();
    REEL_ASSIGN(const Moment from, parse_moment(words[1], "A"));
    std::optional<Moment> to;
    if (words.size() > 2) {
        REEL_ASSIGN(to, parse_moment(words[2], "B"));
    }
    REEL_ASSIGN(const Database database, Database::open(words.front()));
    if (!to) to = Moment::commit(database.info().commits);
    REEL_ASSIGN(const auto differences, database.diff(from, *to));
    for (const Difference& difference : differences) {
        if (!context.output.is_open()) break;
        const auto [sign, name] = words_of(difference.kind);
        if (context.output.is_json()) {
            context.output.json(JsonLine().text("change", name).text("id", difference.id));
        } else {
            context.output.line(std::string(1, sign) + " " + context.output.shown(difference.id));
        }
    }
    return ExitCode::kOk;
}

constexpr PositionalSpec kPositionals[] = {
    {"STORE", Arity::kOne, "the store"},
    {"A", Arity::kOne, "a commit's number, or a time; 0 is the empty store"},
    {"B", Arity::kOptional, "the same (default: the newest commit)"},
};

constexpr Example kExamples[] = {
    {"reel diff notes.mp4 12 15", "\"+ id\" was added, \"- id\" removed, \"~ id\" changed."},
    {"reel diff notes.mp4 2026-11-21 --json", "What has happened since that day began (in UTC)."},
};

}  // namespace

constinit const Command kDiffCommand{
    "diff",
    "print what changed between two commits",
    "Prints the ids of the records that are there in one of the two commits only, or in both with other "
    "text, "
    "metadata or vector: what leads from A to B, in either direction. The exit code is 0 whether they differ "
    "or not.",
    kPositionals,
    {},
    kExamples,
    run_diff};

}  // namespace reel::cli
