#include "base/try.h"
#include "cli/command.h"
#include "cli/moment.h"
#include "cli/record_line.h"
#include "reel/database.h"

namespace reel::cli {

namespace {

void print(Output& output, const Record& record, bool with_vector) {
    if (output.is_json()) {
        JsonLine line = record_line(record);
        if (with_vector) line.floats("vector", record.vector);
        return output.json(line);
    }
    print_record(output, record);
    if (!with_vector) return;
    std::string numbers;
    for (const float value : record.vector) {
        if (!numbers.empty()) numbers += ' ';
        append_float(numbers, value);
    }
    output.line(numbers);
}

Result<ExitCode> run_get(Context& context) {
    const auto& words = context.arguments.positionals();
    REEL_ASSIGN(const OpenOptions options, read_open_options(context.arguments));
    REEL_ASSIGN(const Database database, Database::open(words.front(), options));
    ExitCode code = ExitCode::kOk;
    for (size_t i = 1; i < words.size() && context.output.is_open(); ++i) {
        REEL_ASSIGN(const auto record, database.find(words[i]));
        if (!record) {
            context.messages.error({ErrorCode::kNotFound,
                                    words.front() + ": there is no record with the id \"" + words[i] + "\""});
            code = ExitCode::kNotFound;
            continue;
        }
        if (i > 1 && !context.output.is_json()) context.output.line("");
        print(context.output, *record, context.arguments.has("--vectors"));
    }
    return code;
}

constexpr PositionalSpec kPositionals[] = {
    {"STORE", Arity::kOne, "the store"},
    {"ID", Arity::kSome, "ids of records"},
};

constexpr OptionSpec kGetSpecs[] = {{"--vectors", "", "the vector too"}};
constexpr OptionGroup kGetOptions{"Options", kGetSpecs};
constexpr const OptionGroup* kGroups[] = {&kGetOptions, &kHistoryOptions};

constexpr Example kExamples[] = {
    {"reel get notes.mp4 notes/cells.md", "One record: id, number, metadata and text."},
    {"reel get notes.mp4 a b c --json", "Three records, a line of JSON each; exit code 3 if one is missing."},
};

}  // namespace

constinit const Command kGetCommand{"get",
                                    "print records by their ids",
                                    "Prints the records with these ids in the order in which they are named. "
                                    "Ids that are not there are reported, the "
                                    "others are printed all the same, and the exit code is 3.",
                                    kPositionals,
                                    kGroups,
                                    kExamples,
                                    run_get};

}  // namespace reel::cli
