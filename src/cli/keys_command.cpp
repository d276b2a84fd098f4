#include "base/json.h"
#include "base/try.h"
#include "cli/command.h"
#include "cli/moment.h"
#include "cli/progress.h"
#include "reel/database.h"

namespace reel::cli {

namespace {

constexpr size_t kShownValues = 5;
constexpr size_t kShownCodePoints = 40;

std::string types_json(const KeyInfo& key) {
    JsonLine line;
    for (const auto& [type, records] : key.types) line.number(type, records);
    return line.str();
}

std::string common_json(const KeyInfo& key) {
    std::string list = "[";
    for (const auto& [value, records] : key.common) {
        if (list.size() > 1) list += ',';
        list += JsonLine().text("value", value).number("records", records).str();
    }
    return list + "]";
}

JsonLine key_line(const KeyInfo& key) {
    JsonLine line;
    line.text("key", key.key)
        .number("records", key.records)
        .raw("types", types_json(key))
        .number("distinct", key.distinct)
        .boolean("distinct_is_exact", key.distinct_is_exact);
    if (!key.least.empty()) line.raw("least", key.least).raw("greatest", key.greatest);
    line.raw("common", common_json(key)).boolean("common_is_exact", key.common_is_exact);
    return line;
}

std::string types_text(const KeyInfo& key) {
    std::string text;
    for (const auto& [type, records] : key.types) {
        if (!text.empty()) text += ", ";
        text += type;
        if (key.types.size() > 1) text += " " + with_separators(records);
    }
    return text;
}

void print_key(Output& output, const KeyInfo& key) {
    std::string line = output.shown(key.key) + "  " + counted(key.records, "record", "records") + ", " +
                       types_text(key) + ", ";
    if (!key.distinct_is_exact) line += "about ";
    line += counted(key.distinct, "value", "values");
    if (!key.least.empty()) line += ", " + key.least + " to " + key.greatest;
    output.line(line);
    std::string common;
    for (size_t i = 0; i < std::min(kShownValues, key.common.size()); ++i) {
        const auto& [value, records] = key.common[i];
        if (!common.empty()) common += ", ";
        common += output.shown(excerpt(value, kShownCodePoints)) + " (" +
                  (key.common_is_exact ? "" : "at least ") + with_separators(records) + ")";
    }
    if (!common.empty()) output.line("     " + common);
}

Result<ExitCode> run_keys(Context& context) {
    const Arguments& arguments = context.arguments;
    REEL_ASSIGN(const OpenOptions options, read_open_options(arguments));
    REEL_ASSIGN(const Database database, Database::open(arguments.positionals().front(), options));
    REEL_ASSIGN(const auto keys, database.keys());
    for (const KeyInfo& key : keys) {
        if (!context.output.is_open()) break;
        if (context.output.is_json()) {
            context.output.json(key_line(key));
        } else {
            print_key(context.output, key);
        }
    }
    return ExitCode::kOk;
}

constexpr PositionalSpec kPositionals[] = {{"STORE", Arity::kOne, "the store"}};

constexpr const OptionGroup* kGroups[] = {&kHistoryOptions};

constexpr Example kExamples[] = {
    {"reel keys notes.mp4", "What filters can ask for: each key, its types, its commonest values."},
    {"reel keys notes.mp4 --json | jq -r .key", "The keys alone."},
};

}  // namespace

constinit const Command kKeysCommand{
    "keys",
    "print the keys of the metadata, for filters",
    "Prints each key of the records' metadata as filters write it, in how many records it stands and with "
    "what types, how many different values it has (estimated where there are many), the least and greatest "
    "number, and the commonest values.",
    kPositionals,
    kGroups,
    kExamples,
    run_keys};

}  // namespace reel::cli
