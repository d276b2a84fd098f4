#include "cli/record_line.h"

namespace reel::cli {

JsonLine record_line(const Record& record) {
    JsonLine line;
    line.text("id", record.id)
        .number("record", record.record_number)
        .text("text", record.text)
        .raw("metadata", record.metadata);
    return line;
}

void print_record_summary(Output& output, const Record& record) {
    constexpr size_t kExcerptCodePoints = 70;
    output.line(std::to_string(record.record_number) + "  " + output.shown(record.id) + "  " +
                output.shown(excerpt(record.text, kExcerptCodePoints)));
}

void print_record(Output& output, const Record& record) {
    output.line("id:       " + output.shown(record.id));
    output.line("record:   " + std::to_string(record.record_number));
    output.line("metadata: " + output.shown(record.metadata));
    output.line("");
    output.line(output.shown(record.text, LineBreaks::kKeep));
}

}  // namespace reel::cli
