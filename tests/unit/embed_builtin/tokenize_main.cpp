// usage: reel_tokenize VOCAB < texts > ids
// Reads texts, each a 32-bit little-endian length and that many bytes, and
// writes for each the number of ids and the ids, then their ends, 32 bits each.
// tests/long/tokenizer_all_code_points.py compares the ids with PyPI `tokenizers`.
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "embed/builtin/wordpiece.h"

namespace {

bool read_text(std::string& text) {
    uint32_t length = 0;
    if (std::fread(&length, sizeof length, 1, stdin) != 1) return false;
    text.resize(length);
    return std::fread(text.data(), 1, length, stdin) == length;
}

void write_number(size_t number) {
    const auto word = static_cast<uint32_t>(number);
    std::fwrite(&word, sizeof word, 1, stdout);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) return 2;
    std::ifstream in(argv[1], std::ios::binary);
    const std::string lines((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    const auto vocabulary = reel::builtin::Vocabulary::parse(lines);
    if (!vocabulary) {
        std::fprintf(stderr, "%s\n", vocabulary.error().message.c_str());
        return 1;
    }
    std::string text;
    while (read_text(text)) {
        const auto tokens = reel::builtin::tokenize(text, *vocabulary);
        if (!tokens) {
            std::fprintf(stderr, "%s\n", tokens.error().message.c_str());
            return 1;
        }
        write_number(tokens->ids.size());
        for (const uint32_t id : tokens->ids) write_number(id);
        for (const size_t end : tokens->ends) write_number(end);
    }
    return 0;
}
