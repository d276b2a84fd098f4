// The model that the tests of the built-in embedder need.
#pragma once

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "base/json.h"
#include "embed/builtin/model_file.h"
#include "embed/builtin/vocabulary.h"
#include "gtest/gtest.h"

namespace reel::builtin {

inline std::string read_whole(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    EXPECT_TRUE(in.good()) << path;
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

/// The fetched model's folder; without it the test fails and says how to get it.
inline std::string model_folder() {
    const auto folder = find_model_folder("");
    EXPECT_TRUE(folder && std::ifstream(*folder + "/model.safetensors").good())
        << "the built-in model is missing; run scripts/fetch_model.sh first";
    return folder ? *folder : "";
}

inline const Vocabulary& vocabulary() {
    static const Vocabulary parsed = [] {
        auto result = Vocabulary::parse(read_whole(model_folder() + "/vocab.txt"));
        EXPECT_TRUE(result) << result.error().message;
        return std::move(*result);
    }();
    return parsed;
}

/// A file of tests/data with one JSON object a line.
inline std::vector<Json> read_json_lines(const std::string& name) {
    std::ifstream in(std::string(REEL_TEST_DATA) + "/" + name);
    EXPECT_TRUE(in.good()) << name;
    std::vector<Json> lines;
    for (std::string line; std::getline(in, line);) {
        auto value = parse_json(line);
        EXPECT_TRUE(value) << name << ": " << line;
        if (value) lines.push_back(std::move(*value));
    }
    EXPECT_FALSE(lines.empty()) << name;
    return lines;
}

}  // namespace reel::builtin
