// What a command is: a row of the table in main.cpp.
#pragma once

#include <span>
#include <string_view>

#include "cli/exit_code.h"
#include "cli/messages.h"
#include "cli/options.h"
#include "cli/output.h"
#include "reel/error.h"

namespace reel::cli {

/// What a command works with.
struct Context {
    const Arguments& arguments;
    Output& output;
    Messages& messages;
};

struct Example {
    std::string_view command_line;
    std::string_view effect;
};

struct Command {
    std::string_view name;
    std::string_view summary;      ///< one line, in the list of commands
    std::string_view description;  ///< two sentences or so
    std::span<const PositionalSpec> positionals;
    OptionGroups options;  ///< --json and --help are added to each
    std::span<const Example> examples;
    Result<ExitCode> (*run)(Context& context);
};

extern const Command kCreateCommand;
extern const Command kAddCommand;
extern const Command kImportCommand;
extern const Command kSyncCommand;
extern const Command kDeleteCommand;
extern const Command kSearchCommand;
extern const Command kGetCommand;
extern const Command kListCommand;
extern const Command kCountCommand;
extern const Command kKeysCommand;
extern const Command kExportCommand;
extern const Command kInfoCommand;
extern const Command kLogCommand;
extern const Command kDiffCommand;
extern const Command kRestoreCommand;
extern const Command kCompactCommand;
extern const Command kSealCommand;
extern const Command kVerifyCommand;
extern const Command kRepairCommand;
extern const Command kDumpCommand;
extern const Command kFaissCommand;
extern const Command kConvertCommand;

}  // namespace reel::cli
