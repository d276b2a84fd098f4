// The pages of --help.
#pragma once

#include <span>
#include <string>

#include "cli/command.h"

namespace reel::cli {

/// The list of commands, and the exit codes.
std::string overview(std::span<const Command* const> commands);

std::string command_help(const Command& command);

/// What every command takes.
extern const OptionGroup kCommonOptions;

}  // namespace reel::cli
