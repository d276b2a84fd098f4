// CSV: no crash on any bytes, and rows written back as RFC 4180 says are read as the same rows.
#include <cstdio>
#include <cstdlib>

#include "ingest/csv.h"

namespace {

using Rows = std::vector<std::vector<std::string>>;

/// False after an error.
bool read_rows(std::string_view text, Rows& rows) {
    reel::CsvReader reader(reel::memory_input(text, "fuzz"));
    std::vector<std::string> row;
    while (true) {
        const auto more = reader.next(row);
        if (!more) return false;
        if (!*more) return true;
        rows.push_back(row);
    }
}

std::string write_rows(const Rows& rows) {
    std::string out;
    for (const auto& row : rows) {
        for (size_t i = 0; i < row.size(); ++i) {
            out += i == 0 ? "\"" : ",\"";
            for (const char c : row[i]) out += c == '"' ? "\"\"" : std::string(1, c);
            out += '"';
        }
        out += "\r\n";
    }
    return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    Rows rows;
    if (read_rows(text, rows)) {
        Rows again;
        if (!read_rows(write_rows(rows), again) || again != rows) {
            std::fprintf(stderr, "rows written back are read differently\n");
            std::abort();
        }
    }
    const auto source = reel::CsvSource::open(reel::memory_input(text, "fuzz"), {});
    if (!source) return 0;
    reel::NewRecord record;
    while (true) {
        const auto more = (*source)->next(record);
        if (!more || !*more) return 0;
    }
}
