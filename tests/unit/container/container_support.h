// Rows and records made up for the tests of src/container.
#pragma once

#include <gtest/gtest.h>

#include <vector>

#include "base/appender.h"
#include "base/memory_file.h"
#include "container/fragment.h"
#include "container/movie_reader.h"
#include "container/movie_writer.h"

namespace reel {

inline constexpr uint32_t kDimension = 6;

/// Different in every field and every row; the last ones beyond 4 GiB.
inline RecordRow made_up_row(uint64_t number) {
    const uint64_t start = 1000 + number * 100'000;
    return {start, start + 32, start + 5000, static_cast<uint32_t>(20 + number % 1000),
            static_cast<uint32_t>(1 + number % 77)};
}

class MadeUpRows final : public RecordRows {
public:
    explicit MadeUpRows(uint64_t count) : count_(count) {}
    [[nodiscard]] uint64_t count() const override { return count_; }
    [[nodiscard]] RecordRow row(uint64_t number) const override { return made_up_row(number); }

private:
    uint64_t count_;
};

inline void expect_same_row(const RecordRow& a, const RecordRow& b) {
    EXPECT_EQ(a.vector_offset, b.vector_offset);
    EXPECT_EQ(a.metadata_offset, b.metadata_offset);
    EXPECT_EQ(a.text_offset, b.text_offset);
    EXPECT_EQ(a.metadata_size, b.metadata_size);
    EXPECT_EQ(a.text_size, b.text_size);
}

template <size_t N>
std::array<std::byte, N> filled(unsigned value) {
    std::array<std::byte, N> out{};
    out.fill(static_cast<std::byte>(value));
    return out;
}

inline const FileId kFileId = filled<16>(0x5a);

}  // namespace reel
