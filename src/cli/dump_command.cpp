#include "base/json.h"
#include "base/posix_file.h"
#include "base/try.h"
#include "boxes/dump.h"
#include "cli/command.h"

namespace reel::cli {

namespace {

void print_json(Output& output, const DumpedBox& box) {
    std::string fields = "[";
    for (const std::string& field : box.fields) {
        if (fields.size() > 1) fields += ',';
        fields += quote_json(field);
    }
    JsonLine line;
    line.number("depth", uint64_t{box.depth})
        .text("type", box.type)
        .text("name", box.name)
        .number("offset", box.offset)
        .number("size", box.size)
        .raw("fields", fields + "]");
    if (!box.problem.empty()) line.text("problem", box.problem);
    output.json(line);
}

void print_text(Output& output, const DumpedBox& box) {
    const std::string indent(size_t{2} * box.depth, ' ');
    std::string line =
        indent + output.shown(box.type) + "  " + std::to_string(box.offset) + " +" + std::to_string(box.size);
    if (!box.name.empty()) line += "  " + box.name;
    output.line(line);
    for (const std::string& field : box.fields) output.line(indent + "    " + output.shown(field));
    if (!box.problem.empty()) output.line(indent + "    problem: " + output.shown(box.problem));
}

Result<ExitCode> run_dump(Context& context) {
    REEL_ASSIGN(const auto file, PosixFile::open_read(context.arguments.positionals().front()));
    bool sound = true;
    REEL_TRY(dump_boxes(*file, context.arguments.has("--records"), [&](const DumpedBox& box) {
        sound = sound && box.problem.empty();
        if (context.output.is_json()) {
            print_json(context.output, box);
        } else {
            print_text(context.output, box);
        }
        return context.output.is_open();
    }));
    return sound ? ExitCode::kOk : ExitCode::kPartly;
}

constexpr PositionalSpec kPositionals[] = {
    {"FILE", Arity::kOne, "any MP4, QuickTime or other ISO base media file"}};

constexpr OptionSpec kDumpSpecs[] = {
    {"--records", "", "also the records and sections inside a store's mdat"}};
constexpr OptionGroup kDumpOptions{"Options", kDumpSpecs};
constexpr const OptionGroup* kGroups[] = {&kDumpOptions};

constexpr Example kExamples[] = {
    {"reel dump notes.mp4", "The tree of boxes with offset, size, name and fields."},
    {"reel dump holiday.mp4 --json | head", "Any MP4, one box a line."},
};

}  // namespace

constinit const Command kDumpCommand{"dump",
                                     "print the tree of boxes of any MP4",
                                     "Prints every box with its place, its size, the name that ISO/IEC "
                                     "14496-12 gives it, and its fields. A box that "
                                     "cannot be read is named as a problem, and the exit code is 1.",
                                     kPositionals,
                                     kGroups,
                                     kExamples,
                                     run_dump};

}  // namespace reel::cli
