#include "text/term_table.h"

#include <cstring>

#include "base/checksum.h"

namespace reel {

namespace {

constexpr size_t kFirstSlots = 1024;

/// Texts may be chosen to collide for a hash that is known, so each process has its own.
uint64_t process_seed() {
    static const uint64_t seed = [] {
        uint64_t random = 0x9E3779B97F4A7C15;
        // Without a random source the hash is merely known.
        if (!fill_random(std::as_writable_bytes(std::span(&random, 1)))) random = 0x9E3779B97F4A7C15;
        return random;
    }();
    return seed;
}

uint64_t mix(uint64_t a, uint64_t b) {
    __extension__ using Wide = unsigned __int128;
    const Wide product = static_cast<Wide>(a) * b;
    return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64U);
}

}  // namespace

TermTable::TermTable() : seed_(process_seed()) { clear(); }

void TermTable::clear() {
    slots_.assign(kFirstSlots, 0);
    entries_.clear();
    bytes_.clear();
}

/// Multiply and fold, eight bytes at a time, as in Wang Yi's wyhash (2019).
uint32_t TermTable::hash_of(std::string_view term) const {
    constexpr uint64_t kOdd = 0xA0761D6478BD642F;
    uint64_t hash = seed_ ^ term.size();
    const char* at = term.data();
    size_t left = term.size();
    uint64_t word = 0;
    for (; left > 8; left -= 8, at += 8) {
        std::memcpy(&word, at, 8);
        hash = mix(hash ^ word, kOdd);
    }
    word = 0;
    for (size_t i = 0; i < left; ++i) word |= uint64_t{static_cast<unsigned char>(at[i])} << (8 * i);
    hash = mix(hash ^ word, kOdd ^ seed_);
    return static_cast<uint32_t>(hash ^ hash >> 32U);
}

uint32_t TermTable::find_or_add(std::string_view term) {
    const uint32_t hash = hash_of(term);
    const size_t mask = slots_.size() - 1;
    size_t slot = hash & mask;
    for (; slots_[slot] != 0; slot = (slot + 1) & mask) {
        const uint32_t number = slots_[slot] - 1;
        const Entry& entry = entries_[number];
        if (entry.hash == hash && entry.size == term.size() &&
            std::memcmp(bytes_.data() + entry.offset, term.data(), term.size()) == 0) {
            return number;
        }
    }
    const uint32_t number = size();
    slots_[slot] = number + 1;
    entries_.push_back({bytes_.size(), static_cast<uint32_t>(term.size()), hash});
    bytes_ += term;
    if (entries_.size() * 2 > slots_.size()) grow();
    return number;
}

void TermTable::grow() {
    slots_.assign(slots_.size() * 2, 0);
    const size_t mask = slots_.size() - 1;
    for (uint32_t number = 0; number < size(); ++number) {
        size_t slot = entries_[number].hash & mask;
        while (slots_[slot] != 0) slot = (slot + 1) & mask;
        slots_[slot] = number + 1;
    }
}

}  // namespace reel
