#include "base/try.h"
#include "cli/command.h"
#include "reel/database.h"

namespace reel::cli {

namespace {

void report(Context& context, std::string_view what, const std::string& index, uint64_t rows) {
    if (context.output.is_json()) {
        context.output.json(JsonLine().text(what, index).number("rows", rows));
    } else {
        context.output.line(std::string(what) + " " + context.output.shown(index) + ": " +
                            std::to_string(rows) + " vectors");
    }
}

Status export_index(Context& context, const Database& database, const std::string& index) {
    REEL_TRY(database.export_faiss(index));
    report(context, "exported", index, database.live_count());
    return {};
}

Status import_index(Context& context, Database& database, const std::string& index) {
    REEL_TRY(database.import_faiss(index, context.arguments.has("--trust")));
    report(context, "imported", database.path() + ".faiss", database.live_count());
    return {};
}

Result<ExitCode> run_faiss(Context& context) {
    const auto& words = context.arguments.positionals();
    if (words[0] != "export" && words[0] != "import") {
        return fail(ErrorCode::kInvalidArgument,
                    "faiss: needs export or import, not \"" + words[0] + "\"; 'reel faiss --help' explains");
    }
    REEL_ASSIGN(Database database, Database::open(words[1]));
    if (words[0] == "export") {
        REEL_TRY(export_index(context, database, words[2]));
    } else {
        REEL_TRY(import_index(context, database, words[2]));
    }
    return ExitCode::kOk;
}

constexpr PositionalSpec kPositionals[] = {
    {"ACTION", Arity::kOne,
     "export: write INDEX; import: check INDEX and place it beside the store as STORE.faiss"},
    {"STORE", Arity::kOne, "the store"},
    {"INDEX", Arity::kOne, "a file of a FAISS index; its ids stand beside it in INDEX.json"},
};

constexpr OptionSpec kFaissSpecs[] = {
    {"--trust", "", "let FAISS read INDEX whatever its type: only for files you made yourself"},
};
constexpr OptionGroup kFaissOptions{"Options", kFaissSpecs};
constexpr const OptionGroup* kGroups[] = {&kFaissOptions};

constexpr Example kExamples[] = {
    {"reel faiss export notes.mp4 notes.faiss", "An IndexFlatL2 that Python's faiss.read_index() opens."},
    {"reel faiss import notes.mp4 index.faiss",
     "Searches of notes.mp4 go through the index while it matches."},
};

}  // namespace

constinit const Command kFaissCommand{"faiss",
                                      "exchange the vectors with FAISS",
                                      "Writes a store's vectors as a FAISS index, or checks that an index "
                                      "holds the store's vectors and places it beside "
                                      "the store, where searches find it. Flat indexes are read by Reel "
                                      "itself; FAISS's own reader trusts what it reads "
                                      "and is only used with --trust.",
                                      kPositionals,
                                      kGroups,
                                      kExamples,
                                      run_faiss};

}  // namespace reel::cli
