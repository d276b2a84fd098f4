// The command: finds the row of the table, reads the words, runs it, and turns
// what comes back into an exit code.
#include <unistd.h>

#include <algorithm>
#include <vector>

#include "cli/command.h"
#include "cli/help.h"
#include "cli/signals.h"
#include "cli/spelling.h"
#include "reel/guard.h"

namespace reel::cli {

namespace {

constexpr const Command* kCommands[] = {
    &kCreateCommand, &kAddCommand,  &kImportCommand,  &kSyncCommand,    &kDeleteCommand, &kSearchCommand,
    &kGetCommand,    &kListCommand, &kCountCommand,   &kKeysCommand,    &kInfoCommand,   &kExportCommand,
    &kLogCommand,    &kDiffCommand, &kRestoreCommand, &kCompactCommand, &kSealCommand,   &kVerifyCommand,
    &kRepairCommand, &kDumpCommand, &kFaissCommand,   &kConvertCommand,
};

using Words = std::span<const std::string_view>;

const Command* find_command(std::string_view name) {
    for (const Command* command : kCommands) {
        if (command->name == name) return command;
    }
    return nullptr;
}

Error unknown_command(std::string_view name) {
    std::vector<std::string_view> known;
    for (const Command* command : kCommands) known.push_back(command->name);
    const std::string_view near = find_near_spelling(name, known);
    return {
        ErrorCode::kInvalidArgument,
        "there is no command \"" + std::string(name) + "\"; " +
            (near.empty() ? "'reel --help' lists them" : "did you mean 'reel " + std::string(near) + "'?")};
}

/// Even a command line that cannot be read says how it wants its errors.
Style wanted_style(Words words) {
    const auto end = std::find(words.begin(), words.end(), "--");
    return std::find(words.begin(), end, "--json") == end ? Style::kText : Style::kJson;
}

Result<ExitCode> run_command(const Command& command, Words words, Output& output, Messages& messages) {
    std::vector<const OptionGroup*> groups(command.options.begin(), command.options.end());
    groups.push_back(&kCommonOptions);
    auto arguments = parse_arguments(words, groups, command.positionals);
    if (!arguments) {
        Error error = std::move(arguments).error().at(command.name);
        error.message += "; 'reel " + std::string(command.name) + " --help' explains";
        return fail(std::move(error));
    }
    if (arguments->has("--help")) {
        output.line(command_help(command));
        return ExitCode::kOk;
    }
    Context context{*arguments, output, messages};
    return command.run(context);
}

void print_version(Output& output) {
    if (output.is_json()) {
        output.json(JsonLine().text("version", REEL_VERSION));
    } else {
        output.line("reel " REEL_VERSION);
    }
}

Result<ExitCode> dispatch(Words words, Output& output, Messages& messages) {
    if (words.empty()) {
        return fail(ErrorCode::kInvalidArgument, "needs a command; 'reel --help' lists them");
    }
    const std::string_view first = words.front();
    const bool asks_help = first == "--help" || first == "-h" || first == "help";
    if (asks_help && (words.size() == 1 || words[1].starts_with('-'))) {
        output.line(overview(kCommands));
        return ExitCode::kOk;
    }
    const bool swapped = first == "--json" && words.size() > 1;
    if (first == "--version" || (swapped && words[1] == "--version")) {
        print_version(output);
        return ExitCode::kOk;
    }
    const std::string_view name = asks_help || swapped ? words[1] : first;
    const Command* command = find_command(name);
    if (command == nullptr) return fail(unknown_command(name));
    static constexpr std::string_view kHelpWord[] = {"--help"};
    if (asks_help) return run_command(*command, kHelpWord, output, messages);
    return run_command(*command, words.subspan(swapped ? 2 : 1), output, messages);
}

int run(Words words) {
    prepare_signals();
    const auto guarded = guard_mappings();
    const Style style = wanted_style(words);
    Output output(STDOUT_FILENO, style);
    Messages messages(STDERR_FILENO, style);
    if (!guarded) messages.warning(guarded.error().message);
    const auto result = dispatch(words, output, messages);
    const auto flushed = output.flush();
    if (!result) {
        messages.error(result.error());
        return static_cast<int>(exit_code_of(result.error().code));
    }
    if (!flushed) {
        messages.error(flushed.error());
        return static_cast<int>(exit_code_of(flushed.error().code));
    }
    if (output.pipe_closed() && *result == ExitCode::kOk) return static_cast<int>(ExitCode::kPipeClosed);
    return static_cast<int>(*result);
}

}  // namespace

}  // namespace reel::cli

int main(int argc, char** argv) {
    const std::vector<std::string_view> words(argv + std::min(argc, 1), argv + argc);
    return reel::cli::run(words);
}
