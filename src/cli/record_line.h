// A stored record as get, list and export print it.
#pragma once

#include "cli/json_line.h"
#include "cli/output.h"
#include "reel/record.h"

namespace reel::cli {

/// {"id","record","text","metadata"}
JsonLine record_line(const Record& record);

/// One or two lines for people: record number, id and the text's start.
void print_record_summary(Output& output, const Record& record);

/// The whole record for people.
void print_record(Output& output, const Record& record);

}  // namespace reel::cli
