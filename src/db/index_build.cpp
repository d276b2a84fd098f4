#include "db/index_build.h"

#include <algorithm>

#include "base/try.h"
#include "db/snapshot_vectors.h"
#include "text/build_text_index.h"
#include "vector/code_builder.h"

namespace reel {

namespace {

/// A section whose bytes are all there.
class FinishedContent final : public SectionContent {
public:
    explicit FinishedContent(ByteBuffer bytes) : bytes_(std::move(bytes)) {}
    [[nodiscard]] uint64_t size() const override { return bytes_.size(); }
    Status write(const PutBytes& put) override { return put(bytes_); }

private:
    ByteBuffer bytes_;
};

Result<std::unique_ptr<SectionContent>> finished(Result<ByteBuffer> bytes) {
    if (!bytes) return fail(std::move(bytes).error());
    return std::make_unique<FinishedContent>(*std::move(bytes));
}

/// The vectors of the records that a section is built over.
class RequestVectors final : public VectorSource {
public:
    RequestVectors(const RecordSource& records, uint64_t end, uint32_t dimension)
        : records_(records), end_(end), dimension_(dimension) {}

    [[nodiscard]] uint64_t row_count() const override { return end_; }
    [[nodiscard]] uint32_t dimension() const override { return dimension_; }
    void locate(uint64_t first_row, std::span<const std::byte*> out) const override {
        for (size_t i = 0; i < out.size(); ++i) out[i] = records_.vector_at(first_row + i);
    }

private:
    const RecordSource& records_;
    uint64_t end_;
    uint32_t dimension_;
};

/// The older sections of a request that can be read; the others are made anew.
template <class Part, class Parse>
std::vector<Part> parts_of(const SectionRequest& request, const Parse& parse) {
    std::vector<Part> parts;
    parts.reserve(request.old_entries.size());
    for (size_t i = 0; i < request.old_entries.size(); ++i) {
        const SectionEntry& entry = request.old_entries[i];
        auto parsed = parse(request.old_data[i], entry.record_count);
        if (parsed) parts.push_back({entry.first_record, entry.record_count, *std::move(parsed)});
    }
    return parts;
}

class Int8Maker final : public SectionMaker {
public:
    explicit Int8Maker(uint32_t dimension) : dimension_(dimension) {}

    [[nodiscard]] FourCC kind() const override { return kInt8Index.kind; }
    [[nodiscard]] uint32_t version() const override { return kInt8Index.version; }
    [[nodiscard]] std::string_view what() const override { return "vectors"; }
    [[nodiscard]] uint64_t weight(const RecordRow& /*row*/) const override { return dimension_ + 32; }
    [[nodiscard]] bool is_current(const SectionEntry& entry, ByteView data) const override {
        return Int8Column::parse(data, dimension_, entry.record_count).has_value();
    }
    [[nodiscard]] Result<std::unique_ptr<SectionContent>> make(const SectionRequest& request) const override {
        return std::make_unique<Content>(request, dimension_);
    }

private:
    /// Computed while it is written: a column may be as large as a quarter of the vectors.
    class Content final : public SectionContent {
    public:
        Content(const SectionRequest& request, uint32_t dimension)
            : request_(request),
              vectors_(request.records, request.first_record + request.record_count, dimension),
              reuse_(parts_of<Int8Part>(request, [&](ByteView data, uint64_t rows) {
                  return Int8Column::parse(data, dimension, rows);
              })) {}
        [[nodiscard]] uint64_t size() const override {
            return int8_column_bytes(vectors_.dimension(), request_.record_count);
        }
        Status write(const PutBytes& put) override {
            return build_int8_column(vectors_, request_.first_record, request_.record_count, reuse_, put,
                                     request_.control);
        }

    private:
        SectionRequest request_;
        RequestVectors vectors_;
        std::vector<Int8Part> reuse_;
    };

    uint32_t dimension_;
};

class CodeMaker final : public SectionMaker {
public:
    CodeMaker(uint32_t dimension, Metric metric) : dimension_(dimension), metric_(metric) {}

    [[nodiscard]] FourCC kind() const override { return kCodeIndex.kind; }
    [[nodiscard]] uint32_t version() const override { return kCodeIndex.version; }
    [[nodiscard]] std::string_view what() const override { return "codes"; }
    [[nodiscard]] uint64_t weight(const RecordRow& /*row*/) const override { return dimension_ / 8 + 32; }

    /// Codes that a commit made in passing get partitions where these pay.
    [[nodiscard]] bool is_current(const SectionEntry& entry, ByteView data) const override {
        const auto section = CodeSection::parse(data, dimension_, entry.record_count);
        if (!section) return false;
        const bool tried = (*section)->lists() > 1 || (*section)->head().seed == kThoroughSeed;
        return tried || choose_lists(entry.record_count) == 1 || !can_partition();
    }
    [[nodiscard]] Result<std::unique_ptr<SectionContent>> make(const SectionRequest& request) const override {
        const uint64_t end = request.first_record + request.record_count;
        const RequestVectors vectors(request.records, end, dimension_);
        const auto reuse = parts_of<CodePart>(request, [&](ByteView data, uint64_t rows) {
            return CodeSection::parse(data, dimension_, rows);
        });
        CodeBuildOptions options;
        if (request.effort == SealEffort::kThorough && can_partition()) {
            options.kind = CodeBuildOptions::Kind::kPartitioned;
            options.seed = kThoroughSeed;
        }
        return finished(build_codes(vectors, request.first_record, request.record_count, metric_, options,
                                    reuse, request.control));
    }

private:
    /// Codes with this seed are flat only because these vectors have no partitions.
    static constexpr uint64_t kThoroughSeed = 0x7365616C;

    uint32_t dimension_;
    Metric metric_;
};

class ColumnMaker final : public SectionMaker {
public:
    [[nodiscard]] FourCC kind() const override { return kColumnIndex.kind; }
    [[nodiscard]] uint32_t version() const override { return kColumnIndex.version; }
    [[nodiscard]] std::string_view what() const override { return "metadata"; }
    [[nodiscard]] uint64_t weight(const RecordRow& row) const override { return row.metadata_size; }
    [[nodiscard]] bool is_current(const SectionEntry& entry, ByteView data) const override {
        return Columns::parse(data, entry.record_count).has_value();
    }
    [[nodiscard]] Result<std::unique_ptr<SectionContent>> make(const SectionRequest& request) const override {
        const auto metadata_of = [&](uint64_t row) -> Result<std::string_view> {
            REEL_ASSIGN(const RecordView record, request.records.view(request.first_record + row));
            return record.metadata;
        };
        return finished(build_columns(request.record_count, metadata_of, request.control));
    }
};

class TextMaker final : public SectionMaker {
public:
    explicit TextMaker(const TextIndexSettings& settings) : analyzer_{settings.stemmer} {}

    [[nodiscard]] FourCC kind() const override { return kTextIndex.kind; }
    [[nodiscard]] uint32_t version() const override { return kTextIndex.version; }
    [[nodiscard]] std::string_view what() const override { return "text"; }
    [[nodiscard]] uint64_t weight(const RecordRow& row) const override { return 8 + row.text_size / 2; }
    [[nodiscard]] bool is_current(const SectionEntry& entry, ByteView data) const override {
        const auto index = TextIndex::parse(data, entry.record_count);
        if (!index) return false;
        const auto same = reel::is_current(index->identity(), analyzer_);
        return !same || *same;  // without the module that could tell, none could be made either
    }
    [[nodiscard]] Result<std::unique_ptr<SectionContent>> make(const SectionRequest& request) const override {
        const auto text_of = [&](uint64_t row) -> Result<std::string_view> {
            REEL_ASSIGN(const RecordView record, request.records.view(request.first_record + row));
            return record.text;
        };
        std::vector<TextIndex> old;
        std::vector<ReusableIndex> reuse;
        old.reserve(request.old_entries.size());
        reuse.reserve(request.old_entries.size());
        for (size_t i = 0; i < request.old_entries.size(); ++i) {
            const SectionEntry& entry = request.old_entries[i];
            auto index = TextIndex::parse(request.old_data[i], entry.record_count);
            if (!index) continue;
            old.push_back(*std::move(index));
            reuse.push_back({entry.first_record - request.first_record, &old.back()});
        }
        return finished(build_text_index(request.record_count, text_of, analyzer_, reuse, request.control));
    }

private:
    AnalyzerConfig analyzer_;
};

/// Bytes and what reads them.
template <class View>
struct Owned {
    ByteBuffer bytes;
    std::shared_ptr<const View> view;
};

template <class View>
std::shared_ptr<const View> view_of(std::shared_ptr<Owned<View>> owned) {
    const View* const view = owned->view.get();
    return std::shared_ptr<const View>(std::move(owned), view);
}

}  // namespace

SectionMakers make_section_makers(const StoreConfig& config) {
    const uint32_t dimension = config.embedder.dimension;
    SectionMakers makers;
    makers.push_back(std::make_shared<Int8Maker>(dimension));
    makers.push_back(std::make_shared<CodeMaker>(dimension, config.metric));
    makers.push_back(std::make_shared<ColumnMaker>());
    if (config.text_index.enabled) makers.push_back(std::make_shared<TextMaker>(config.text_index));
    return makers;
}

Result<Int8Part> build_int8_part(const Snapshot& snapshot, uint64_t first, uint64_t count,
                                 const std::vector<Int8Part>& replaced) {
    const SnapshotVectors vectors(snapshot);
    auto owned = std::make_shared<Owned<Int8Column>>();
    const auto keep = [&](ByteView bytes) -> Status {
        append(owned->bytes, bytes);
        return {};
    };
    owned->bytes.reserve(int8_column_bytes(snapshot.dimension(), count));
    REEL_TRY(build_int8_column(vectors, first, count, replaced, keep, {}));
    REEL_ASSIGN(owned->view, Int8Column::parse(owned->bytes, snapshot.dimension(), count));
    return Int8Part{first, count, view_of(std::move(owned))};
}

Result<CodePart> build_code_part(const Snapshot& snapshot, uint64_t first, uint64_t count,
                                 const std::vector<CodePart>& replaced) {
    const SnapshotVectors vectors(snapshot);
    auto owned = std::make_shared<Owned<CodeSection>>();
    REEL_ASSIGN(owned->bytes, build_codes(vectors, first, count, snapshot.config().metric, {}, replaced, {}));
    REEL_ASSIGN(owned->view, CodeSection::parse(owned->bytes, snapshot.dimension(), count));
    return CodePart{first, count, view_of(std::move(owned))};
}

Result<ColumnPart> build_column_part(const Snapshot& snapshot, uint64_t first, uint64_t count) {
    auto owned = std::make_shared<Owned<Columns>>();
    const auto metadata_of = [&](uint64_t row) -> Result<std::string_view> {
        REEL_ASSIGN(const RecordView record, snapshot.view(first + row));
        return record.metadata;
    };
    REEL_ASSIGN(owned->bytes, build_columns(count, metadata_of, {}));
    REEL_ASSIGN(owned->view, Columns::parse(owned->bytes, count));
    return ColumnPart{first, count, view_of(std::move(owned))};
}

Result<WordPart> build_text_part(const Snapshot& snapshot, uint64_t first, uint64_t count,
                                 const std::vector<WordPart>& replaced) {
    const AnalyzerConfig analyzer{snapshot.config().text_index.stemmer};
    const auto text_of = [&](uint64_t row) -> Result<std::string_view> {
        REEL_ASSIGN(const RecordView record, snapshot.view(first + row));
        return record.text;
    };
    std::vector<ReusableIndex> reuse;
    reuse.reserve(replaced.size());
    for (const WordPart& part : replaced) reuse.push_back({part.first_row - first, part.index.get()});
    auto owned = std::make_shared<Owned<TextIndex>>();
    REEL_ASSIGN(owned->bytes, build_text_index(count, text_of, analyzer, reuse, {}));
    REEL_ASSIGN(TextIndex index, TextIndex::parse(owned->bytes, count));
    owned->view = std::make_shared<const TextIndex>(std::move(index));
    return WordPart{first, count, view_of(std::move(owned))};
}

}  // namespace reel
