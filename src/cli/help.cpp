#include "cli/help.h"

#include <algorithm>

namespace reel::cli {

namespace {

constexpr size_t kPageWidth = 88;

constexpr OptionSpec kCommon[] = {
    {"--json", "", "one JSON object a line on standard output, errors as JSON on standard error"},
    {"--help", "", "this page", 'h'},
};

/// `text` broken between words; every line after the first is indented.
std::string wrapped(std::string_view text, size_t column, size_t indent) {
    std::string out;
    while (!text.empty()) {
        const size_t space = text.find(' ');
        const std::string_view word = text.substr(0, space);
        if (column + word.size() > kPageWidth && column > indent) {
            while (!out.empty() && out.back() == ' ') out.pop_back();
            out += '\n' + std::string(indent, ' ');
            column = indent;
        }
        out += word;
        column += word.size() + 1;
        text.remove_prefix(std::min(text.size(), word.size() + 1));
        if (!text.empty()) out += ' ';
    }
    return out;
}

/// "  --name VALUE    what it does", the second column at `column`.
std::string entry(std::string_view name, std::string_view help, size_t column) {
    std::string line = "  " + std::string(name);
    if (line.size() + 2 > column) {
        line += '\n' + std::string(column, ' ');
    } else {
        line.append(column - line.size(), ' ');
    }
    return line + wrapped(help, column, column) + '\n';
}

std::string positional_usage(const PositionalSpec& positional) {
    std::string name(positional.name);
    switch (positional.arity) {
        case Arity::kOne: return name;
        case Arity::kOptional: return "[" + name + "]";
        case Arity::kAny: return "[" + name + "...]";
        case Arity::kSome: return name + "...";
    }
    return name;
}

std::string option_usage(const OptionSpec& option) {
    std::string usage = option.letter != '\0' ? std::string("-") + option.letter + ", " : "";
    usage += option.name;
    if (!option.value_name.empty()) usage += " " + std::string(option.value_name);
    return usage;
}

std::string option_section(const OptionGroup& group) {
    constexpr size_t kColumn = 28;
    std::string text = "\n" + std::string(group.heading) + ":\n";
    for (const OptionSpec& option : group.options) text += entry(option_usage(option), option.help, kColumn);
    return text;
}

}  // namespace

const OptionGroup kCommonOptions{"Everywhere", kCommon};

std::string overview(std::span<const Command* const> commands) {
    std::string text =
        "reel keeps texts, their metadata and their vectors in one MP4 file and finds the\n"
        "nearest to a question.\n\n"
        "Usage: reel COMMAND [OPTIONS] ...\n\nCommands:\n";
    for (const Command* command : commands) text += entry(command->name, command->summary, 12);
    text +=
        "\nA first tour:\n"
        "  reel add notes.mp4 ~/notes            make a store of a folder of texts\n"
        "  reel search notes.mp4 \"how to rest\"   ask it a question\n"
        "\n'reel COMMAND --help' explains a command. Options may stand anywhere; '--' ends them.\n"
        "\nExit codes:\n";
    for (const ExitCodeMeaning& row : exit_code_meanings()) {
        text += entry(std::to_string(static_cast<int>(row.code)), row.meaning, 8);
    }
    return text;
}

std::string command_help(const Command& command) {
    std::string text = "Usage: reel " + std::string(command.name);
    for (const PositionalSpec& positional : command.positionals) text += " " + positional_usage(positional);
    text += " [OPTIONS]\n\n" + wrapped(command.description, 0, 0) + "\n\n";
    for (const PositionalSpec& positional : command.positionals)
        text += entry(positional.name, positional.help, 12);
    for (const OptionGroup* group : command.options) text += option_section(*group);
    text += option_section(kCommonOptions) + "\nExamples:\n";
    for (const Example& example : command.examples) {
        text += "  " + std::string(example.command_line) + "\n      " + wrapped(example.effect, 6, 6) + "\n";
    }
    return text;
}

}  // namespace reel::cli
