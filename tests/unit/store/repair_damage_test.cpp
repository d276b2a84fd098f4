// Thousands of random damages: nothing that was never written comes back as proven, and what is untouched is
// saved.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <random>
#include <set>

#include "store/repair_evidence.h"
#include "support/repair_bytes.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define REEL_SLOW_BUILD 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define REEL_SLOW_BUILD 1
#endif
#endif
#ifndef REEL_SLOW_BUILD
#define REEL_SLOW_BUILD 0
#endif

namespace reel {
namespace {

using Random = std::mt19937_64;

uint64_t damages_wanted() {
    if (const char* wanted = std::getenv("REEL_REPAIR_DAMAGES")) return std::strtoull(wanted, nullptr, 10);
    return REEL_SLOW_BUILD ? 1000 : 10'000;
}

uint64_t below(Random& random, uint64_t end) { return end == 0 ? 0 : random() % end; }

/// A store, what was ever written to it, and the bytes that prove each record.
struct Shape {
    ByteBuffer content;
    std::vector<TestRecord> written;  ///< by record number
    std::vector<bool> is_live;
    std::vector<std::string> boxes;  ///< each record's
    using Proof = std::vector<std::string>;
    std::vector<std::vector<Proof>> proofs;  ///< of each record: one of them is enough, if whole
};

std::string bytes_at(const ByteBuffer& content, uint64_t offset, uint64_t size) {
    return std::string(as_text(ByteView(content).subspan(offset, size)));
}

void add_proofs(Shape& shape) {
    WorkBudget budget(shape.content.size());
    const Evidence evidence = gather_evidence(shape.content, budget);
    for (const FoundCommit& commit : evidence.commits) {
        for (uint64_t i = 0; i < commit.record.record_checksums.size(); ++i)
            shape.proofs[commit.record.first_record_number + i].push_back(
                {std::string(as_text(commit.moof))});
    }
    for (const FoundSeal& seal : evidence.seals) {
        const std::string record = bytes_at(shape.content, seal.offset, box_size(seal.seal));
        for (const SectionEntry& entry : seal.seal.sections) {
            if (entry.kind != FourCC{"rcrc"}) continue;
            const std::string section = bytes_at(shape.content, entry.file_offset - 48, entry.size + 48);
            for (uint64_t i = 0; i < entry.record_count; ++i)
                shape.proofs[entry.first_record + i].push_back({record, section});
        }
    }
}

Shape shape_of(TestStore& store) {
    store.drop();
    Shape shape;
    shape.content = store.content();
    const auto snapshot = must(open_reader(store.file())).snapshot;
    for (uint64_t n = 0; n < snapshot->count(); ++n) {
        const RecordView view = must(snapshot->view(n));
        TestRecord record{must(snapshot->id_of(n)), std::string(view.metadata), std::string(view.text), {}};
        for (size_t i = 0; i < view.vector.size(); i += 4)
            record.vector.push_back(load_be_float(view.vector.data() + i));
        shape.written.push_back(std::move(record));
        shape.is_live.push_back(snapshot->live().contains(n));
        const RecordExtent extent = extent_of(snapshot->row(n));
        shape.boxes.push_back(bytes_at(shape.content, extent.begin, extent.end - extent.begin));
    }
    shape.proofs.resize(shape.written.size());
    add_proofs(shape);
    return shape;
}

void replace(TestStore& store, uint64_t n) {
    const std::string id = "r" + std::to_string(n);
    must(store.writer().remove(*must(store.writer().find_number(id))));
    must(store.writer().append(id, std::vector<float>{1, 1, 1, static_cast<float>(n)},
                               "{\"doc_id\": \"" + id + "\"}", "version two of " + id));
    must(store.writer().commit());
}

std::vector<Shape> make_shapes() {
    std::vector<Shape> shapes;
    TestStore commits;
    commits.commit(3).commits(4).commit(2);
    shapes.push_back(shape_of(commits));
    TestStore sealed;
    sealed.commit(5).seal().commit(4).seal().close();
    shapes.push_back(shape_of(sealed));
    TestStore mixed;
    mixed.commit(6).seal().commits(3).seal().commit(3, 200).commits(2);
    shapes.push_back(shape_of(mixed));
    TestStore changed;
    changed.commit(6);
    must(changed.writer().remove(2));
    must(changed.writer().commit());
    replace(changed, 1);
    changed.seal().commit(3);
    replace(changed, 4);
    must(changed.writer().remove(0));
    changed.commit(2);
    replace(changed, 1);
    shapes.push_back(shape_of(changed));
    return shapes;
}

// --- Damage ---

void damage_once(ByteBuffer& content, Random& random) {
    if (content.empty()) return;
    const uint64_t at = below(random, content.size());
    const uint64_t size = 1 + below(random, std::min<uint64_t>(400, content.size() - at));
    const auto first = content.begin() + static_cast<ptrdiff_t>(at);
    const auto last = first + static_cast<ptrdiff_t>(std::min<uint64_t>(size, content.size() - at));
    switch (below(random, 7)) {
        case 0: *first ^= static_cast<std::byte>(1U << below(random, 8)); break;
        case 1: std::fill(first, last, std::byte{0}); break;
        case 2: content.erase(first, last); break;
        case 3: {
            ByteBuffer noise(below(random, 100));
            for (std::byte& byte : noise) byte = static_cast<std::byte>(random());
            content.insert(first, noise.begin(), noise.end());
            break;
        }
        case 4: std::rotate(first, last, content.end()); break;
        case 5: {
            const ByteBuffer copy(first, last);
            content.insert(content.begin() + static_cast<ptrdiff_t>(below(random, content.size())),
                           copy.begin(), copy.end());
            break;
        }
        default:
            if (below(random, 4) == 0)
                content.resize(at);
            else
                for (auto byte = first; byte != last; byte += std::min<ptrdiff_t>(37, last - byte))
                    *byte ^= std::byte{0x10};
    }
}

bool holds(const ByteBuffer& content, const std::string& part) {
    return find_bytes(content, part, 0) < content.size();
}

/// Whether the record and one proof of it came through the damage.
bool is_untouched(const Shape& shape, size_t n, const ByteBuffer& damaged) {
    if (!holds(damaged, shape.boxes[n])) return false;
    return std::any_of(shape.proofs[n].begin(), shape.proofs[n].end(), [&](const Shape::Proof& proof) {
        return std::all_of(proof.begin(), proof.end(),
                           [&](const std::string& part) { return holds(damaged, part); });
    });
}

struct Counts {
    uint64_t damages = 0, hopeless = 0, saved = 0, unverified = 0, lost = 0, untouched = 0;
};

void judge(const Shape& shape, const ByteBuffer& damaged, Counts& counts) {
    ++counts.damages;
    const auto repaired = try_repair(damaged);
    std::set<std::string> unverified;
    std::vector<TestRecord> records;
    if (repaired) {
        records = repaired->records;
        for (const RepairPlace& place : repaired->report.unverified_places) unverified.insert(place.id);
        counts.saved += repaired->report.saved;
        counts.unverified += repaired->report.unverified;
        counts.lost += repaired->report.lost;
        ASSERT_EQ(repaired->report.saved, records.size());
    } else {
        ++counts.hopeless;
    }
    for (const TestRecord& record : records) {
        if (unverified.contains(record.id)) continue;
        ASSERT_NE(std::find(shape.written.begin(), shape.written.end(), record), shape.written.end())
            << record.id << " was never written";
    }
    for (size_t n = 0; n < shape.written.size(); ++n) {
        if (!shape.is_live[n] || !is_untouched(shape, n, damaged)) continue;
        ++counts.untouched;
        // A record that nothing proves may stand behind it under the same id.
        const bool is_there = std::find(records.begin(), records.end(), shape.written[n]) != records.end();
        ASSERT_TRUE(is_there || unverified.contains(shape.written[n].id))
            << "record " << n << " is not saved";
    }
}

TEST(RepairOfRandomDamage, SavesWhatIsUntouchedAndProvesNothingFalse) {
    const std::vector<Shape> shapes = make_shapes();
    Counts counts;
    for (uint64_t seed = 0; seed < damages_wanted(); ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        Random random(seed);
        const Shape& shape = shapes[seed % shapes.size()];
        ByteBuffer damaged = shape.content;
        for (uint64_t i = 1 + below(random, 4); i > 0; --i) damage_once(damaged, random);
        judge(shape, damaged, counts);
        if (HasFatalFailure()) return;
    }
    std::cout << counts.damages << " damages: " << counts.saved << " records saved, " << counts.unverified
              << " of them unverified, " << counts.lost << " lost; " << counts.untouched
              << " live ones untouched with their proof, all saved; " << counts.hopeless
              << " files without any\n";
    EXPECT_GT(counts.untouched, counts.damages);
}

TEST(RepairOfRandomDamage, SavesEverythingOfEachShapeWithoutDamage) {
    for (const Shape& shape : make_shapes()) {
        const Repaired repaired = repair_bytes(shape.content);
        uint64_t live = 0;
        for (const bool is_live : shape.is_live) live += is_live ? 1 : 0;
        EXPECT_EQ(repaired.report.saved, live);
        EXPECT_EQ(repaired.records, read_records(MemoryFile(shape.content)));
        EXPECT_EQ(repaired.report.unverified + repaired.report.lost + repaired.report.damaged, 0U);
    }
}

}  // namespace
}  // namespace reel
