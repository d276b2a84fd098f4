#include "cli/options.h"

#include <charconv>
#include <cmath>
#include <cstdio>

#include "base/try.h"
#include "cli/spelling.h"

namespace reel::cli {

namespace {

const OptionSpec* find_long(std::string_view name, OptionGroups groups) {
    for (const OptionGroup* group : groups) {
        for (const OptionSpec& option : group->options) {
            if (option.name == name) return &option;
        }
    }
    return nullptr;
}

const OptionSpec* find_short(char letter, OptionGroups groups) {
    for (const OptionGroup* group : groups) {
        for (const OptionSpec& option : group->options) {
            if (option.letter == letter && letter != '\0') return &option;
        }
    }
    return nullptr;
}

tl::unexpected<Error> unknown_option(std::string_view name, OptionGroups groups) {
    std::vector<std::string_view> known;
    for (const OptionGroup* group : groups) {
        for (const OptionSpec& option : group->options) known.push_back(option.name);
    }
    std::string sentence = "unknown option " + std::string(name);
    const std::string_view near = find_near_spelling(name, known);
    sentence += near.empty() ? "; --help lists the options" : "; did you mean " + std::string(near) + "?";
    return fail(ErrorCode::kInvalidArgument, std::move(sentence));
}

/// A word that starts with '-', taken apart.
struct OptionWord {
    const OptionSpec* spec;
    std::optional<std::string_view> value;  ///< what stands in the same word
};

Result<OptionWord> split_option(std::string_view word, OptionGroups groups) {
    if (!word.starts_with("--")) {
        const OptionSpec* spec = find_short(word[1], groups);
        if (spec == nullptr) return unknown_option(word, groups);
        if (word.size() == 2) return OptionWord{spec, std::nullopt};
        const std::string_view rest = word.substr(2);
        return OptionWord{spec, rest.starts_with('=') ? rest.substr(1) : rest};
    }
    const size_t equals = word.find('=');
    const std::string_view name = word.substr(0, equals);
    const OptionSpec* spec = find_long(name, groups);
    if (spec == nullptr) return unknown_option(name, groups);
    if (equals == std::string_view::npos) return OptionWord{spec, std::nullopt};
    return OptionWord{spec, word.substr(equals + 1)};
}

Status check_count(const Arguments& arguments, std::span<const PositionalSpec> positionals) {
    const size_t given = arguments.positionals().size();
    size_t least = 0;
    bool open_ended = false;
    for (const PositionalSpec& positional : positionals) {
        if (positional.arity == Arity::kOne || positional.arity == Arity::kSome) ++least;
        if (positional.arity == Arity::kAny || positional.arity == Arity::kSome) open_ended = true;
    }
    if (given < least) {
        return fail(ErrorCode::kInvalidArgument, "needs " + std::string(positionals[given].name) + " (" +
                                                     std::string(positionals[given].help) + ")");
    }
    if (!open_ended && given > positionals.size()) {
        return fail(
            ErrorCode::kInvalidArgument,
            "does not take \"" + arguments.positionals()[positionals.size()] + "\"; quote texts with spaces");
    }
    return {};
}

std::string short_decimal(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%g", value);
    return text;
}

}  // namespace

bool Arguments::has(std::string_view option) const { return options_.find(option) != options_.end(); }

std::optional<std::string> Arguments::find(std::string_view option) const {
    const auto found = options_.find(option);
    if (found == options_.end()) return std::nullopt;
    return found->second;
}

std::vector<std::string> Arguments::find_all(std::string_view option) const {
    std::vector<std::string> values;
    const auto [begin, end] = options_.equal_range(option);
    for (auto each = begin; each != end; ++each) values.push_back(each->second);
    return values;
}

Result<std::optional<double>> Arguments::find_real(std::string_view option, double least, double most) const {
    const auto text = find(option);
    if (!text) return std::optional<double>();
    double value = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
    const bool is_read = error == std::errc() && end == text->data() + text->size() && std::isfinite(value);
    if (!is_read || value < least || value > most) {
        std::string range;
        if (std::isfinite(least)) range = " from " + short_decimal(least) + " to " + short_decimal(most);
        return fail(ErrorCode::kInvalidArgument,
                    std::string(option) + " must be a number" + range + ", not \"" + *text + "\"");
    }
    return std::optional<double>(value);
}

Result<std::optional<uint64_t>> Arguments::find_number(std::string_view option, uint64_t least,
                                                       uint64_t most) const {
    const auto text = find(option);
    if (!text) return std::optional<uint64_t>();
    uint64_t value = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
    if (error != std::errc() || end != text->data() + text->size() || value < least || value > most) {
        return fail(ErrorCode::kInvalidArgument, std::string(option) + " must be a whole number from " +
                                                     std::to_string(least) + " to " + std::to_string(most) +
                                                     ", not \"" + *text + "\"");
    }
    return std::optional<uint64_t>(value);
}

Result<Arguments> parse_arguments(std::span<const std::string_view> words, OptionGroups groups,
                                  std::span<const PositionalSpec> positionals) {
    Arguments arguments;
    bool options_ended = false;
    for (size_t i = 0; i < words.size(); ++i) {
        const std::string_view word = words[i];
        if (options_ended || word.size() < 2 || word[0] != '-') {
            arguments.add_positional(std::string(word));
            continue;
        }
        if (word == "--") {
            options_ended = true;
            continue;
        }
        REEL_ASSIGN(OptionWord option, split_option(word, groups));
        const std::string name(option.spec->name);
        if (arguments.has(name) && !option.spec->repeats)
            return fail(ErrorCode::kInvalidArgument, name + " is given twice");
        if (option.spec->value_name.empty()) {
            if (option.value) return fail(ErrorCode::kInvalidArgument, name + " takes no value");
        } else if (!option.value) {
            if (++i == words.size()) {
                return fail(ErrorCode::kInvalidArgument,
                            name + " needs a value: " + name + " " + std::string(option.spec->value_name));
            }
            option.value = words[i];
        }
        arguments.add_option(name, std::string(option.value.value_or("")));
    }
    if (!arguments.has("--help")) REEL_TRY(check_count(arguments, positionals));
    return arguments;
}

Status check_apart(const Arguments& arguments, std::span<const OptionPair> pairs) {
    for (const auto& [first, second] : pairs) {
        if (!arguments.has(first) || !arguments.has(second)) continue;
        return fail(ErrorCode::kInvalidArgument,
                    std::string(first) + " and " + std::string(second) + " do not go together");
    }
    return {};
}

Status check_needed(const Arguments& arguments, std::span<const OptionPair> pairs) {
    for (const auto& [option, needed] : pairs) {
        if (!arguments.has(option) || arguments.has(needed)) continue;
        return fail(ErrorCode::kInvalidArgument, std::string(option) + " needs " + std::string(needed));
    }
    return {};
}

}  // namespace reel::cli
