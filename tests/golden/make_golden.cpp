// Makes golden files: stores of the format as it is now, in every state, each with a JSON of what is in it.
// Files that are there are left alone: a golden file is written once.
//
//   reel_make_golden FOLDER             adds what FOLDER does not have yet
//   reel_make_golden --describe FILE    prints what a reader finds in FILE
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <optional>

#include "base/metadata.h"
#include "golden/describe.h"
#include "golden/golden_store.h"
#include "store/compact.h"

namespace {

using namespace reel;

void add_some(GoldenStore& store, int first, int count) {
    for (int n = first; n < first + count; ++n) {
        const auto x = static_cast<float>(n);
        store.add("r" + std::to_string(n), n % 3 == 2 ? "" : "text " + std::to_string(n),
                  "{\"n\": " + std::to_string(n) + "}", {x, -x / 2, 0.25F, 1});
    }
}

void two_commits(GoldenStore& store) {
    add_some(store, 0, 3);
    store.commit();
    add_some(store, 3, 2);
    store.commit();
}

void change(GoldenStore& store) {
    store.remove("r1").commit();
    store.replace("r0", "replaced", "{\"version\": 2}", {9, 8, 7, 6}).replace("r4", "", "{}", {1, 1, 2, 2});
    store.commit();
    store.replace("r0", "replaced again", "{\"version\": 3}", {9, 8, 7, 5}).remove("r4").commit();
}

void sealed(GoldenStore& store) {
    two_commits(store);
    store.seal();
}

void add_odd(GoldenStore& store) {
    store.add("", "the empty id", "{}", {1, 2, 3, 4});
    store.add("oidx", "oidx", "{\"oidx\": \"oidx\"}", {1, 2, 3, 5});
    store.add("日本語/\xF0\x9F\x8E\x9E/ä\u0301", "текст 🎞", "{\"ключ\": \"значение\"}", {1, 2, 3, 6});
    store.add("\"quoted\\\"\n\t\x01", "a\nb\r\nc\x01\"\\", "{ \"k\" : 1 , \"k\" : 2 }", {1, 2, 3, 7});
    store.add("empty text", "", "{}", {1, 2, 3, 8});
    store.add("one line feed", "\n", "{}", {1, 2, 3, 9});
    store.add("nested", "{\"doc_id\": \"no\"}",
              "{\"a\": {\"doc_id\": \"inner\", \"b\": [1, 2.5e-3, null, true]}}",
              {-0.0F, 1e-40F, 3.0e17F, 0.1F});
    store.add("17", "a number as an id", "{}", {0, 0, 0, 0});
    store.add(std::string(300, 'i'), "a long id", "{}", {1, 2, 3, 10});
    store.commit();
    store.add_numbered("takes the id 0").add_numbered("takes the id 1").commit();
}

/// After a power cut that kept the seals, but not their covers.
ByteBuffer without_covers(const ByteBuffer& before, ByteBuffer content, const std::vector<uint64_t>& places) {
    static constexpr unsigned char kFree[16] = {0, 0, 0, 16, 'f', 'r', 'e', 'e'};
    for (const uint64_t place : places) {
        for (size_t i = 0; i < sizeof kFree; ++i) content.at(place + i) = std::byte{kFree[i]};
    }
    if (content == before) throw std::runtime_error("nothing was uncovered");
    return content;
}

ByteBuffer cut(const ByteBuffer& content, uint64_t size) {
    return {content.begin(), content.begin() + static_cast<ptrdiff_t>(size)};
}

struct State {
    const char* name;
    const char* what;
    std::function<void(GoldenStore&)> make;
};

const State kStates[] = {
    {"empty", "a new store", [](GoldenStore&) {}},
    {"fragments", "two commits, never closed", two_commits},
    {"fragments_changed", "deletions and replacements in fragments",
     [](GoldenStore& store) {
         two_commits(store);
         change(store);
     }},
    {"sealed", "two commits and a seal", sealed},
    {"sealed_changed", "deletions and replacements, sealed",
     [](GoldenStore& store) {
         two_commits(store);
         change(store);
         store.seal();
     }},
    {"sealed_fragments", "commits, deletions and replacements behind a seal",
     [](GoldenStore& store) {
         sealed(store);
         change(store);
         add_some(store, 5, 2);
         store.commit();
     }},
    {"three_seals", "three seals whose sections were merged, a commit behind them",
     [](GoldenStore& store) {
         sealed(store);
         add_some(store, 5, 1);
         store.commit().seal();
         change(store);
         store.seal();
         add_some(store, 6, 1);
         store.commit();
     }},
    {"cover_missing", "a seal whose cover was not written",
     [](GoldenStore& store) {
         two_commits(store);
         const uint64_t place = store.free_offset();
         const ByteBuffer before = store.content();
         store.seal();
         store.set_content(without_covers(before, store.content(), {place}));
     }},
    {"covers_missing", "two seals whose covers were not written, a commit behind each",
     [](GoldenStore& store) {
         two_commits(store);
         std::vector<uint64_t> places = {store.free_offset()};
         const ByteBuffer before = store.content();
         store.seal();
         places.push_back(store.free_offset());
         change(store);
         store.seal();
         add_some(store, 5, 1);
         store.commit();
         store.set_content(without_covers(before, store.content(), places));
     }},
    {"bulk", "a commit that is a seal, with deletions and a replacement, behind commits",
     [](GoldenStore& store) {
         two_commits(store);
         add_some(store, 5, 4);
         store.replace("r0", "replaced in bulk", "{\"version\": 2}", {9, 8, 7, 6}).remove("r3").remove("r6");
         store.commit_as_seal();
     }},
    {"bulk_cover_missing",
     "a commit that is a seal whose cover was not written: never acknowledged, yet whole",
     [](GoldenStore& store) {
         two_commits(store);
         const uint64_t place = store.free_offset();
         const ByteBuffer before = store.content();
         add_some(store, 5, 2);
         store.remove("r1").commit_as_seal();
         store.set_content(without_covers(before, store.content(), {place}));
     }},
    {"bulk_fragments", "commits behind a commit that is a seal, closed",
     [](GoldenStore& store) {
         add_some(store, 0, 5);
         store.commit_as_seal();
         change(store);
         store.close();
     }},
    {"mark", "a mark at the end",
     [](GoldenStore& store) {
         two_commits(store);
         change(store);
         store.append_mark();
     }},
    {"mark_fragments_oidx", "a mark, a commit behind it, an oidx",
     [](GoldenStore& store) {
         two_commits(store);
         store.append_mark();
         change(store);
         store.close();
     }},
    {"oidx", "closed, with an oidx",
     [](GoldenStore& store) {
         two_commits(store);
         change(store);
         store.close();
     }},
    {"sealed_oidx", "sealed and closed, with an oidx",
     [](GoldenStore& store) {
         sealed(store);
         store.close();
     }},
    {"torn", "a commit cut in its fragment",
     [](GoldenStore& store) {
         two_commits(store);
         change(store);
         const ByteBuffer before = store.content();
         add_some(store, 5, 2);
         store.commit_torn([&](const ByteBuffer& whole) { return cut(whole, whole.size() - 100); });
         if (store.content().size() <= before.size()) throw std::runtime_error("nothing is torn");
     }},
    {"torn_records", "a commit whose fragment reached the disk and whose records did not",
     [](GoldenStore& store) {
         two_commits(store);
         const size_t begin = store.content().size();
         add_some(store, 5, 2);
         store.commit_torn([&](ByteBuffer whole) {
             std::fill_n(whole.begin() + static_cast<ptrdiff_t>(begin) + 20, 60, std::byte{0});
             return whole;
         });
     }},
    {"open_mdat", "an mdat that was never finished",
     [](GoldenStore& store) {
         sealed(store);
         store.remove("r2").commit();
         add_some(store, 5, 3);
         store.leave_unfinished();
     }},
    {"deferred", "deferred commits behind a synced one, never synced",
     [](GoldenStore& store) {
         add_some(store, 0, 2);
         store.commit();
         add_some(store, 2, 3);
         store.commit(Durability::kDeferred).remove("r1").commit(Durability::kDeferred);
         store.replace("r0", "replaced", "{}", {9, 8, 7, 6}).commit(Durability::kDeferred);
     }},
    {"only_deletions", "every record deleted, the last in a commit without records, sealed",
     [](GoldenStore& store) {
         add_some(store, 0, 3);
         store.commit().remove("r0").remove("r2").commit().remove("r1").commit().seal();
     }},
    {"compacted_history", "compacted with its history, a commit behind it",
     [](GoldenStore& store) {
         two_commits(store);
         change(store);
         store.compact(KeepHistory::kYes);
         add_some(store, 5, 1);
         store.commit();
     }},
    {"compacted", "compacted without its history, a commit behind it",
     [](GoldenStore& store) {
         two_commits(store);
         change(store);
         store.compact(KeepHistory::kNo);
         add_some(store, 5, 1);
         store.commit();
     }},
    {"odd", "odd ids, texts, metadata and vectors, in fragments, closed",
     [](GoldenStore& store) {
         add_odd(store);
         store.close();
     }},
    {"odd_sealed", "odd ids, texts, metadata and vectors, sealed",
     [](GoldenStore& store) {
         add_odd(store);
         store.seal();
     }},
};

void write(const std::string& path, const char* bytes, size_t size) {
    std::ofstream out(path, std::ios::binary);
    out.write(bytes, static_cast<std::streamsize>(size));
    if (!out.flush()) throw std::runtime_error(path + " cannot be written");
}

void make(const State& state, const std::string& folder) {
    const std::string path = folder + "/" + state.name;
    if (std::filesystem::exists(path + ".mp4")) return;
    GoldenStore store;
    state.make(store);
    const MemoryFile file(store.content());
    OrderedJson described{{"what", state.what}};
    described.update(describe(file));
    store.check(described["records"]);
    const std::string json = described.dump(1) + "\n";
    write(path + ".json", json.data(), json.size());
    write(path + ".mp4", reinterpret_cast<const char*>(file.content().data()), file.content().size());
    std::printf("%s.mp4 %zu\n", path.c_str(), file.content().size());
}

int describe_file(const char* path) {
    std::ifstream in(path, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(in), {}};
    const auto* data = reinterpret_cast<const std::byte*>(bytes.data());
    std::printf("%s\n", describe(MemoryFile({data, data + bytes.size()})).dump(1).c_str());
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        if (argc == 3 && std::string(argv[1]) == "--describe") return describe_file(argv[2]);
        if (argc != 2) throw std::runtime_error("usage: reel_make_golden FOLDER | --describe FILE");
        for (const State& state : kStates) make(state, argv[1]);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
    return 0;
}
