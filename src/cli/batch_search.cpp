#include "cli/batch_search.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include "base/posix_file.h"
#include "base/try.h"
#include "cli/hit_lines.h"
#include "ingest/input.h"
#include "ingest/npy.h"
#include "vector/check_vector.h"

namespace reel::cli {

namespace {

constexpr size_t kHitsABlock = 65'536;  ///< whose texts are in memory at a time
constexpr size_t kMostQuestionsABlock = 1024;
constexpr size_t kTextsABlock = 64;

using Answers = std::vector<std::vector<Hit>>;
using TakeAnswer = std::function<Status(size_t query, const std::vector<Hit>& hits)>;

/// The questions of a file: rows of a matrix, or lines.
class Questions {
public:
    static Result<Questions> open(const std::string& path, const StoreConfig& config) {
        Questions questions(path, config);
        REEL_ASSIGN(const bool is_matrix, is_npy(path));
        if (is_matrix) {
            REEL_TRY(questions.open_matrix());
        } else {
            REEL_TRY(questions.read_lines());
        }
        return questions;
    }

    [[nodiscard]] bool are_vectors() const { return matrix_.has_value(); }
    [[nodiscard]] size_t size() const { return matrix_ ? matrix_->rows() : lines_.size(); }
    [[nodiscard]] std::span<const std::string> lines(size_t first, size_t count) const {
        return std::span(lines_).subspan(first, count);
    }
    [[nodiscard]] std::string place(size_t query) const {
        return (path_ == "-" ? "standard input" : path_) +
               (matrix_ ? ": row " + std::to_string(query) : " line " + std::to_string(query + 1));
    }

    /// Rows [first, first + count) of a matrix.
    [[nodiscard]] Result<std::vector<float>> vectors(size_t first, size_t count) const {
        std::vector<float> values;
        std::vector<float> scratch;
        values.reserve(count * matrix_->columns());
        for (size_t i = first; i < first + count; ++i) {
            REEL_ASSIGN(const auto row, matrix_->row(i, scratch));
            const auto status = check_vector(row, metric_);
            if (!status) return fail(status.error().at(place(i)));
            values.insert(values.end(), row.begin(), row.end());
        }
        return values;
    }

private:
    Questions(std::string path, const StoreConfig& config)
        : path_(std::move(path)), dimension_(config.embedder.dimension), metric_(config.metric) {}

    static Result<bool> is_npy(const std::string& path) {
        if (path == "-") return false;
        REEL_ASSIGN(const auto input, open_input(path));
        std::string magic(6, '\0');
        REEL_ASSIGN(const size_t read, input->read(magic));
        return std::string_view(magic).substr(0, read) == "\x93NUMPY";
    }

    Status open_matrix() {
        REEL_ASSIGN(matrix_, NpyFile::open(path_));
        if (matrix_->columns() == dimension_ || matrix_->rows() == 0) return {};
        return fail(ErrorCode::kInvalidArgument, path_ + ": has " + std::to_string(matrix_->columns()) +
                                                     " columns, the store's vectors " +
                                                     std::to_string(dimension_) + " dimensions");
    }

    Status read_lines() {
        REEL_ASSIGN(auto input, open_input(path_));
        LineReader reader(std::move(input));
        std::string_view line;
        while (true) {
            REEL_ASSIGN(const bool more, reader.next(line));
            if (!more) return {};
            if (line.ends_with('\r')) line.remove_suffix(1);
            const auto readable = check_line_utf8(line);
            if (!readable) return fail(readable.error().at(reader.place()));
            if (line.find_first_not_of(" \t") == std::string_view::npos) {
                return fail(ErrorCode::kInvalidArgument,
                            reader.place() + ": is blank; every line is a question, answered in its order");
            }
            lines_.emplace_back(line);
        }
    }

    std::string path_;
    uint32_t dimension_;
    Metric metric_;
    std::optional<NpyFile> matrix_;
    std::vector<std::string> lines_;
};

/// Answers questions block by block, each as if it were asked alone.
class BatchSearch {
public:
    BatchSearch(Database& database, const SearchRequest& request, const Questions& questions)
        : database_(database),
          options_(request.options),
          questions_(questions),
          mode_(resolve_mode(options_.mode, !questions.are_vectors(), questions.are_vectors(),
                             database.config())) {}

    [[nodiscard]] SearchMode mode() const { return mode_; }

    Status run(const TakeAnswer& take) {
        for (size_t first = 0; first < questions_.size();) {
            const size_t count = std::min(block(), questions_.size() - first);
            REEL_ASSIGN(const Answers answers, answer(first, count));
            for (size_t i = 0; i < count; ++i) REEL_TRY(take(first + i, answers[i]));
            first += count;
        }
        return {};
    }

private:
    [[nodiscard]] size_t block() const {
        const size_t most = questions_.are_vectors() ? kMostQuestionsABlock : kTextsABlock;
        return std::clamp<size_t>(kHitsABlock / options_.k, 1, most);
    }

    Result<Answers> answer(size_t first, size_t count) {
        std::vector<float> vectors;
        if (questions_.are_vectors()) {
            REEL_ASSIGN(vectors, questions_.vectors(first, count));
        } else if (mode_ != SearchMode::kText) {
            REEL_ASSIGN(vectors, embed(first, count));
        }
        const bool is_plain = options_.group_by.empty() && !options_.diversity_lambda;
        if (mode_ == SearchMode::kVector && is_plain) return database_.search_batch(vectors, options_);
        Answers answers;
        answers.reserve(count);
        const size_t dimension = database_.config().embedder.dimension;
        for (size_t i = 0; i < count; ++i) {
            Question question;
            if (!questions_.are_vectors()) question.text = questions_.lines(first + i, 1).front();
            if (!vectors.empty()) {
                const auto row = std::span(vectors).subspan(i * dimension, dimension);
                question.vector.assign(row.begin(), row.end());
            }
            auto found = database_.search(question, options_);
            if (!found) return fail(found.error().at(questions_.place(first + i)));
            answers.push_back(std::move(found->hits));
        }
        return answers;
    }

    Result<std::vector<float>> embed(size_t first, size_t count) {
        if (database_.config().embedder.kind == "none") {
            return fail(ErrorCode::kUnsupported,
                        database_.path() +
                            ": the store has no embedder for the questions' words; give a matrix of vectors, "
                            "or search with --mode text");
        }
        REEL_ASSIGN(Embedder* const embedder, database_.embedder());
        const auto lines = questions_.lines(first, count);
        const std::vector<std::string_view> texts(lines.begin(), lines.end());
        auto vectors = embedder->embed(texts, TextRole::kQuery);
        if (!vectors) {
            return fail(vectors.error().at(questions_.place(first) + " and the " + std::to_string(count - 1) +
                                           " lines behind it"));
        }
        return vectors;
    }

    Database& database_;
    const SearchOptions& options_;
    const Questions& questions_;
    SearchMode mode_;
};

/// A .npy matrix that grows row by row; removed again if it is not finished.
class MatrixFile {
public:
    static Result<MatrixFile> create(const std::string& path, uint64_t rows, uint64_t columns,
                                     std::string_view element) {
        if (file_exists(path))
            return fail(ErrorCode::kAlreadyExists, path + ": exists already; nothing was written");
        MatrixFile matrix;
        REEL_ASSIGN(matrix.file_, PosixFile::create_new(path));
        const std::string header = npy_header(rows, columns, element);
        REEL_TRY(matrix.append(as_bytes(header)));
        return matrix;
    }
    MatrixFile(MatrixFile&&) = default;
    MatrixFile& operator=(MatrixFile&&) = default;
    ~MatrixFile() {
        if (file_ && !is_finished_) (void)remove_file(file_->path());
    }

    Status append(ByteView bytes) {
        REEL_TRY(file_->write_at(end_, bytes));
        end_ += bytes.size();
        return {};
    }
    void finish() { is_finished_ = true; }

private:
    MatrixFile() = default;
    std::unique_ptr<PosixFile> file_;
    uint64_t end_ = 0;
    bool is_finished_ = false;
};

Status write_matrices(BatchSearch& search, const std::string& prefix, size_t queries, size_t k) {
    REEL_ASSIGN(MatrixFile distances, MatrixFile::create(prefix + ".distances.npy", queries, k, "<f4"));
    REEL_ASSIGN(MatrixFile records, MatrixFile::create(prefix + ".records.npy", queries, k, "<u8"));
    std::vector<float> distance_row(k);
    std::vector<uint64_t> record_row(k);
    REEL_TRY(search.run([&](size_t, const std::vector<Hit>& hits) -> Status {
        std::fill(distance_row.begin(), distance_row.end(), INFINITY);
        std::fill(record_row.begin(), record_row.end(), UINT64_MAX);
        for (size_t i = 0; i < std::min(k, hits.size()); ++i) {
            distance_row[i] = hits[i].distance;
            record_row[i] = hits[i].record_number;
        }
        REEL_TRY(distances.append(std::as_bytes(std::span(distance_row))));
        return records.append(std::as_bytes(std::span(record_row)));
    }));
    distances.finish();
    records.finish();
    return {};
}

void print_answer(Output& output, size_t query, const std::vector<Hit>& hits, SearchMode mode) {
    if (!output.is_json()) {
        output.line("query " + std::to_string(query));
        for (size_t i = 0; i < hits.size(); ++i) output.line(hit_head(output, hits[i], i + 1, mode));
        return;
    }
    std::string list = "[";
    for (const Hit& hit : hits) {
        if (list.size() > 1) list += ',';
        JsonLine line;
        add_scores(line, hit);
        list += line.str();
    }
    output.json(JsonLine().number("query", uint64_t{query}).raw("hits", list + "]"));
}

}  // namespace

Status search_batch(Database& database, const SearchRequest& request, const StoreRequest& server,
                    Context& context) {
    REEL_ASSIGN(const Questions questions, Questions::open(*request.batch, database.config()));
    BatchSearch search(database, request, questions);
    if (!questions.are_vectors() && search.mode() != SearchMode::kText)
        REEL_TRY(attach_embedder(database, server));
    if (request.batch_out) {
        return write_matrices(search, *request.batch_out, questions.size(), request.options.k);
    }
    return search.run([&](size_t query, const std::vector<Hit>& hits) -> Status {
        if (context.output.is_open()) print_answer(context.output, query, hits, search.mode());
        return {};
    });
}

}  // namespace reel::cli
