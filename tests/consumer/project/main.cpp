// Makes a store at argv[1] with given vectors, opens it again and asks it for the nearest record.
#include <reel/database.h>

#include <cstdio>
#include <string>
#include <vector>

namespace {

int complain(const reel::Error& error) {
    const std::string code(reel::to_string(error.code));
    std::fprintf(stderr, "consumer: %s: %s\n", code.c_str(), error.message.c_str());
    return 1;
}

reel::Status write_store(const std::string& path) {
    reel::StoreConfig config;
    config.embedder.kind = "none";
    config.embedder.dimension = 2;
    auto store = reel::Database::create(path, config);
    if (!store) return reel::fail(store.error());
    const std::vector<reel::NewRecord> records{
        {"east", "where the sun rises", R"({"degrees": 90})", {1, 0}},
        {"north", "", "", {0, 1}},
    };
    if (auto added = store->add(records); !added) return reel::fail(added.error());
    if (auto committed = store->commit(); !committed) return reel::fail(committed.error());
    return store->close();
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) return 2;
    if (const reel::Status written = write_store(argv[1]); !written) return complain(written.error());
    const auto store = reel::Database::open(argv[1]);
    if (!store) return complain(store.error());
    const std::vector<float> query{0.9f, 0.1f};
    const auto hits = store->search(query);
    if (!hits) return complain(hits.error());
    if (hits->size() != 2 || hits->front().id != "east" || hits->front().text != "where the sun rises") {
        std::fprintf(stderr, "consumer: not the answer that was expected\n");
        return 1;
    }
    std::printf("%s\n", hits->front().id.c_str());
    return 0;
}
