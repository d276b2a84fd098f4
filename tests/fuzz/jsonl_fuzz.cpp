// JSON Lines: no crash on any bytes, and the scanner by slices agrees with the JSON library.
#include <cstdio>
#include <cstdlib>

#include "base/json.h"
#include "base/json_scan.h"
#include "base/metadata.h"
#include "base/utf8.h"
#include "ingest/jsonl.h"

namespace {

void expect(bool holds, const char* what) {
    if (holds) return;
    std::fprintf(stderr, "%s\n", what);
    std::abort();
}

void compare_with_library(std::string_view text) {
    if (reel::find_invalid_utf8(text)) return;
    const auto ours = reel::scan_json(text);
    const auto theirs = reel::check_json(text);
    // The library also refuses numbers beyond a double, and skips a byte order mark.
    const bool excused = text.starts_with("\xEF") ||
                         (!theirs && theirs.error().message.find("number overflow") != std::string::npos);
    expect(excused || ours.has_value() == theirs.has_value(), "scan_json and check_json differ");
}

void check_record(const reel::NewRecord& record) {
    expect(!record.text.empty() || !record.vector.empty(), "a record of nothing");
    expect(!reel::find_invalid_utf8(record.text), "text is not UTF-8");
    expect(!reel::find_invalid_utf8(record.id.value_or("")), "id is not UTF-8");
    expect(record.metadata.empty() || reel::scan_json(record.metadata).has_value(), "metadata is not JSON");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    compare_with_library(text);
    reel::JsonlSource source(reel::memory_input(text, "fuzz"), {});
    reel::NewRecord record;
    while (true) {
        const auto more = source.next(record);
        if (!more || !*more) return 0;
        check_record(record);
    }
}
