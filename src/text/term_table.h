// Terms numbered in the order in which they were first met.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace reel {

class TermTable {
public:
    TermTable();

    /// The number of `term`, a new one if it is new.
    uint32_t find_or_add(std::string_view term);

    [[nodiscard]] uint32_t size() const { return static_cast<uint32_t>(entries_.size()); }
    [[nodiscard]] std::string_view operator[](uint32_t number) const {
        return std::string_view(bytes_).substr(entries_[number].offset, entries_[number].size);
    }
    void clear();

private:
    struct Entry {
        uint64_t offset;
        uint32_t size;
        uint32_t hash;
    };
    [[nodiscard]] uint32_t hash_of(std::string_view term) const;
    void grow();

    uint64_t seed_;
    std::vector<uint32_t> slots_;  ///< number + 1, 0: free; a power of two of them, open addressing
    std::vector<Entry> entries_;
    std::string bytes_;
};

}  // namespace reel
