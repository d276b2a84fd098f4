// The command line as tables: a command says what it takes, parse_arguments()
// says what it was given.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "reel/error.h"

namespace reel::cli {

struct OptionSpec {
    std::string_view name;        ///< "--metric"
    std::string_view value_name;  ///< "NAME"; empty: a flag
    std::string_view help;
    char letter = '\0';    ///< 'k' for -k
    bool repeats = false;  ///< may be given several times
};

/// Options under one heading of the help.
struct OptionGroup {
    std::string_view heading;
    std::span<const OptionSpec> options;
};

using OptionGroups = std::span<const OptionGroup* const>;

enum class Arity : uint8_t { kOne, kOptional, kAny, kSome };

struct PositionalSpec {
    std::string_view name;  ///< "STORE"
    Arity arity;            ///< those other than kOne stand last
    std::string_view help;
};

/// What the user wrote, already held against the tables.
class Arguments {
public:
    [[nodiscard]] bool has(std::string_view option) const;
    [[nodiscard]] std::optional<std::string> find(std::string_view option) const;

    /// The values of an option that repeats, in their order.
    [[nodiscard]] std::vector<std::string> find_all(std::string_view option) const;

    /// kInvalidArgument, naming the option, if the value is no number in [least, most].
    [[nodiscard]] Result<std::optional<double>> find_real(std::string_view option, double least,
                                                          double most) const;

    /// kInvalidArgument, naming the option, if the value is no whole number in [least, most].
    [[nodiscard]] Result<std::optional<uint64_t>> find_number(std::string_view option, uint64_t least,
                                                              uint64_t most) const;

    [[nodiscard]] const std::vector<std::string>& positionals() const { return positionals_; }

    void add_option(std::string_view name, std::string value) { options_.emplace(name, std::move(value)); }
    void add_positional(std::string value) { positionals_.push_back(std::move(value)); }

private:
    std::multimap<std::string, std::string, std::less<>> options_;
    std::vector<std::string> positionals_;
};

/// Reads `words`: --name value, --name=value, -k value, -k5; "--" ends the
/// options, "-" alone is a positional. kInvalidArgument with a spelling hint.
Result<Arguments> parse_arguments(std::span<const std::string_view> words, OptionGroups groups,
                                  std::span<const PositionalSpec> positionals);

/// Two options that do not go together, or one that makes no sense without the other.
struct OptionPair {
    std::string_view first;
    std::string_view second;
};

/// kInvalidArgument, naming both.
Status check_apart(const Arguments& arguments, std::span<const OptionPair> pairs);
Status check_needed(const Arguments& arguments, std::span<const OptionPair> pairs);

}  // namespace reel::cli
