// Saving what can be saved of a damaged file into a new store.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "reel/error.h"
#include "reel/export.h"
#include "reel/store_config.h"

namespace reel {

struct RepairOptions {
    /// Used where the file's own configuration is lost. Dimension 0: the one that most records have.
    std::optional<StoreConfig> config_if_lost = {};
};

enum class ConfigSource : uint8_t {
    kMovie,         ///< a movie whose checksum holds
    kDamagedMovie,  ///< a movie without a checksum that could prove it
    kOptions,       ///< RepairOptions
    kPrototype,     ///< the file has nothing of this format: what the prototype's readers assume
    kGuess,         ///< lost: given vectors of the records' dimension
};
REEL_API std::string_view to_string(ConfigSource source);

/// A place of the broken file that the report speaks of.
struct RepairPlace {
    uint64_t file_offset = 0;               ///< of the record's vct1 (of the vector, where boxes are gone)
    std::optional<uint64_t> record_number;  ///< where it is known
    std::string id;                         ///< "" where it cannot be read
    std::string reason;
};

/// Entries of each list of a RepairReport; the counts go on.
inline constexpr size_t kMaxRepairPlaces = 1000;

struct RepairReport {
    uint64_t saved = 0;       ///< records of the new store
    uint64_t unverified = 0;  ///< of them: whole, but no checksum of theirs has survived
    uint64_t lost = 0;        ///< records that were there, not deleted, and are not in the new store
    uint64_t damaged = 0;     ///< places that look like a record and are not saved
    uint64_t missing = 0;     ///< live record numbers that are known and have no saved record of that number
    uint64_t deleted = 0;     ///< whole records that a commit had deleted
    uint64_t superseded = 0;  ///< whole records with the id of a later one
    uint64_t copies = 0;      ///< second copies of a saved record
    std::vector<RepairPlace> unverified_places;
    std::vector<RepairPlace> damaged_places;
    std::vector<RepairPlace> superseded_places;
    std::vector<uint64_t> missing_numbers;

    StoreConfig config;  ///< of the new store
    ConfigSource config_source = ConfigSource::kMovie;
    uint64_t newest_commit = 0;  ///< of which the broken file has a trace; 0: none
    std::string head;            ///< the chain hash after it, 64 hexadecimal digits; "": unknown
    std::vector<std::string> warnings;
};

/// Makes a store at `new_path` of all whole records of the file at `broken_path`, whatever has happened to
/// it: they are found by searching every byte, and proven by the checksums of commits and seals that are
/// left. Nothing is written to the broken file, and the new one appears whole or not at all. kAlreadyExists
/// if `new_path` is taken, kCorrupt if nothing can be saved.
REEL_API Result<RepairReport> repair(const std::string& broken_path, const std::string& new_path,
                                     const RepairOptions& options = {});

}  // namespace reel
