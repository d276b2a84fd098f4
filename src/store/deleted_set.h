// Which record numbers are deleted.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace reel {

class DeletedSet {
public:
    [[nodiscard]] bool contains(uint64_t record_number) const {
        const uint64_t word = record_number / 64;
        return word < words_.size() && ((words_[word] >> (record_number % 64)) & 1U) != 0;
    }

    /// False if it is there already.
    bool insert(uint64_t record_number) {
        if (contains(record_number)) return false;
        if (record_number / 64 >= words_.size()) words_.resize(record_number / 64 + 1);
        words_[record_number / 64] |= uint64_t{1} << (record_number % 64);
        ++count_;
        return true;
    }

    void erase(uint64_t record_number) {
        if (!contains(record_number)) return;
        words_[record_number / 64] &= ~(uint64_t{1} << (record_number % 64));
        --count_;
    }

    [[nodiscard]] uint64_t count() const { return count_; }

    /// One bit a record, 64 a word, lowest first; may be shorter than there are records.
    [[nodiscard]] std::span<const uint64_t> words() const { return words_; }

private:
    std::vector<uint64_t> words_;
    uint64_t count_ = 0;
};

}  // namespace reel
