// Index sections: what the layers above build over ranges of records, written by a seal beside the
// sections that the store itself needs. They may have gaps: what none covers is searched without.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "base/build_control.h"
#include "container/tracks.h"
#include "store/record_codec.h"
#include "store/sections.h"

namespace reel {

/// The records of a store while a section over them is built. Thread-safe.
class RecordSource {
public:
    RecordSource() = default;
    RecordSource(const RecordSource&) = delete;
    RecordSource& operator=(const RecordSource&) = delete;
    virtual ~RecordSource() = default;

    /// nullptr if it is not where the tables say.
    [[nodiscard]] virtual const std::byte* vector_at(uint64_t record_number) const = 0;
    /// kCorrupt where the record's boxes are not in their place.
    [[nodiscard]] virtual Result<RecordView> view(uint64_t record_number) const = 0;
};

/// A section's data when it is ready to be written.
class SectionContent {
public:
    SectionContent() = default;
    SectionContent(const SectionContent&) = delete;
    SectionContent& operator=(const SectionContent&) = delete;
    virtual ~SectionContent() = default;

    [[nodiscard]] virtual uint64_t size() const = 0;
    /// Puts exactly size() bytes.
    virtual Status write(const PutBytes& put) = 0;
};

/// How much work a seal may make of its indexes.
enum class SealEffort : uint8_t {
    kQuick,     ///< a commit became a seal: somebody is waiting for it
    kThorough,  ///< somebody asked for a seal
};

struct SectionRequest {
    const RecordSource& records;
    uint64_t first_record = 0;
    uint64_t record_count = 0;
    SealEffort effort = SealEffort::kQuick;
    std::vector<SectionEntry> old_entries;  ///< of whole older sections inside of the range, ascending
    std::vector<ByteView> old_data;         ///< theirs; only the size has been checked
    BuildControl control;
};

/// One kind of index sections. Its functions are called by one thread at a time.
class SectionMaker {
public:
    SectionMaker() = default;
    SectionMaker(const SectionMaker&) = delete;
    SectionMaker& operator=(const SectionMaker&) = delete;
    virtual ~SectionMaker() = default;

    [[nodiscard]] virtual FourCC kind() const = 0;
    [[nodiscard]] virtual uint32_t version() const = 0;

    /// What is indexed, in a word for people.
    [[nodiscard]] virtual std::string_view what() const = 0;

    /// Roughly the bytes that this record adds to a section.
    [[nodiscard]] virtual uint64_t weight(const RecordRow& row) const = 0;

    /// Whether a thorough seal would make the section as it is; its checksum holds.
    [[nodiscard]] virtual bool is_current(const SectionEntry& entry, ByteView data) const = 0;

    [[nodiscard]] virtual Result<std::unique_ptr<SectionContent>> make(
        const SectionRequest& request) const = 0;
};

using SectionMakers = std::vector<std::shared_ptr<const SectionMaker>>;

/// Sections do not grow beyond this, so that they fit their boxes and a build stays bounded.
inline constexpr uint64_t kMaxIndexSectionBytes = uint64_t{1} << 30U;

/// A section to be made and the older ones that it replaces.
struct PlannedSection {
    uint64_t first_record = 0;
    uint64_t record_count = 0;
    std::vector<SectionEntry> replaced;  ///< ascending
};

struct IndexPlan {
    std::vector<SectionEntry> kept;  ///< ascending
    std::vector<PlannedSection> made;
};

/// What a seal does with the sections of one kind over records [0, record_count): `usable` are the older
/// ones that are good, ascending and apart from each other; every gap between and behind them is filled.
/// Sections at the end are merged in tiers, so that O(log n) stay and a record is rewritten O(log n) times:
/// a quick seal where eight of about a size stand together, a thorough one where one is less than
/// twice as large as all behind it. `weight_of(first, count)` estimates bytes.
IndexPlan plan_index(std::span<const SectionEntry> usable, uint64_t record_count, SealEffort effort,
                     const std::function<uint64_t(uint64_t first, uint64_t count)>& weight_of);

}  // namespace reel
