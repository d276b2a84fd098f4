#include "vector/code_section.h"

#include <cmath>
#include <string>

#include "base/checksum.h"
#include "base/limits.h"
#include "base/try.h"

namespace reel {
namespace {

constexpr uint32_t kVersion = 1;
constexpr size_t kHeadChecked = CodeLayout::kHeadBytes - sizeof(uint32_t);

enum CheckState : uint8_t { kUnknown = 0, kWhole = 1, kDamaged = 2 };

void put_u32(ByteBuffer& out, size_t at, uint32_t value) { std::memcpy(&out[at], &value, sizeof value); }
void put_u64(ByteBuffer& out, size_t at, uint64_t value) { std::memcpy(&out[at], &value, sizeof value); }

tl::unexpected<Error> damaged(const std::string& what) {
    return fail(ErrorCode::kCorrupt, "rbqc section: " + what + "; seal the store anew to rebuild it");
}

std::optional<Metric> metric_of(uint32_t number) {
    switch (number) {
        case 0: return Metric::kL2;
        case 1: return Metric::kInnerProduct;
        case 2: return Metric::kCosine;
        default: return std::nullopt;
    }
}

uint32_t number_of(Metric metric) {
    return metric == Metric::kL2 ? 0 : metric == Metric::kInnerProduct ? 1 : 2;
}

Result<CodeHead> read_code_head(ByteView data) {
    if (data.size() < CodeLayout::kHeadBytes) return damaged("shorter than its head");
    if (crc32c(data.first(kHeadChecked)) != load_le<uint32_t>(&data[kHeadChecked]))
        return damaged("wrong checksum of the head");
    if (load_le<uint32_t>(data.data()) != kVersion) {
        return fail(ErrorCode::kUnsupported,
                    "rbqc section of version " + std::to_string(load_le<uint32_t>(data.data())));
    }
    const auto metric = metric_of(load_le<uint32_t>(&data[32]));
    if (!metric) return damaged("unknown metric");
    CodeHead head{.dimension = load_le<uint32_t>(&data[4]),
                  .lists = load_le<uint32_t>(&data[8]),
                  .rows = load_le<uint64_t>(&data[16]),
                  .seed = load_le<uint64_t>(&data[24]),
                  .metric = *metric,
                  .loose_rows = load_le<uint32_t>(&data[12]),
                  .spread = load_le<float>(&data[36])};
    for (size_t i = 0; i < kCalibratedRecalls.size(); ++i) {
        head.probes[i] = load_le<uint32_t>(&data[40 + 4 * i]);
        head.ranks[i] = load_le<uint32_t>(&data[68 + 4 * i]);
    }
    return head;
}

Status check_code_head(const CodeHead& head, uint32_t dimension, uint64_t rows) {
    if (head.dimension != dimension || dimension == 0 || dimension > kMaxDimension)
        return damaged("made for dimension " + std::to_string(head.dimension));
    if (head.rows != rows || rows > UINT32_MAX - 1)
        return damaged("made for " + std::to_string(head.rows) + " records");
    if (head.lists == 0) return damaged("without lists");
    if (!(head.spread >= 0.0F && head.spread <= 1.0F)) return damaged("impossible spread");
    return {};
}

}  // namespace

CodeLayout::CodeLayout(const CodeHead& head)
    : size_(Rotation::padded(head.dimension)),
      lists_(head.lists),
      directory_bytes_(vector_bytes() +
                       sizeof(uint32_t) * (uint64_t{head.lists} + uint64_t{head.loose_rows} + 1)) {}

uint64_t CodeLayout::centroid_codes_bytes() const {
    if (!is_partitioned()) return 0;
    return uint64_t{blocks_of(lists_)} * code_block_bytes(code_bytes()) + sizeof(uint32_t);
}

uint64_t CodeLayout::lists_offset() const {
    if (!is_partitioned()) return centroids_offset();
    const uint64_t groups = (uint64_t{lists_} + kCentroidGroup - 1) / kCentroidGroup;
    return centroids_offset() + lists_ * vector_bytes() + groups * sizeof(uint32_t);
}

ByteBuffer write_code_head(const CodeHead& head) {
    ByteBuffer out(CodeLayout::kHeadBytes);
    put_u32(out, 0, kVersion);
    put_u32(out, 4, head.dimension);
    put_u32(out, 8, head.lists);
    put_u32(out, 12, head.loose_rows);
    put_u64(out, 16, head.rows);
    put_u64(out, 24, head.seed);
    put_u32(out, 32, number_of(head.metric));
    put_u32(out, 36, std::bit_cast<uint32_t>(head.spread));
    for (size_t i = 0; i < kCalibratedRecalls.size(); ++i) {
        put_u32(out, 40 + 4 * i, head.probes[i]);
        put_u32(out, 68 + 4 * i, head.ranks[i]);
    }
    put_u32(out, kHeadChecked, crc32c(ByteView(out).first(kHeadChecked)));
    return out;
}

Result<std::shared_ptr<const CodeSection>> CodeSection::parse(ByteView data, uint32_t dimension,
                                                              uint64_t rows) {
    REEL_ASSIGN(const CodeHead head, read_code_head(data));
    REEL_TRY(check_code_head(head, dimension, rows));
    std::shared_ptr<CodeSection> section(new CodeSection(data, head));
    REEL_TRY(section->read_directory());
    return section;
}

Status CodeSection::read_directory() {
    const uint64_t size = layout_.directory_bytes();
    if (data_.size() - CodeLayout::kHeadBytes < size || data_.size() < layout_.lists_offset())
        return damaged("shorter than its directory");
    const ByteView directory = data_.subspan(CodeLayout::kHeadBytes, size);
    const size_t checked = size - sizeof(uint32_t);
    if (crc32c(directory.first(checked)) != load_le<uint32_t>(&directory[checked]))
        return damaged("wrong checksum of the directory");
    mean_.resize(layout_.size());
    std::memcpy(mean_.data(), directory.data(), mean_.size() * sizeof(float));
    const std::byte* lengths = directory.data() + mean_.size() * sizeof(float);
    REEL_TRY(read_lists(lengths));
    return read_loose_rows(lengths + uint64_t{head_.lists} * sizeof(uint32_t));
}

Status CodeSection::read_lists(const std::byte* lengths) {
    lists_.resize(head_.lists);
    uint64_t offset = layout_.lists_offset();
    uint64_t rows = 0;
    uint64_t chunks = 0;
    for (uint64_t list = 0; list < head_.lists; ++list) {
        const auto length = load_le<uint32_t>(lengths + list * sizeof(uint32_t));
        rows += length;
        if (rows > head_.rows) return damaged("lists of more rows than it has");
        lists_[list] = {offset, static_cast<uint32_t>(chunks), length};
        offset += layout_.list_bytes(length);
        chunks += CodeLayout::chunks_of(length);
    }
    // Of a section with one list the loose rows stand in it as well: row i is its i-th.
    const uint64_t wanted = layout_.is_partitioned() ? rows + head_.loose_rows : rows;
    if (wanted != head_.rows) return damaged("lists of " + std::to_string(rows) + " rows");
    if (offset != data_.size()) return damaged("of another size than its lists make");
    checks_ = centroid_checks() + chunks;
    checked_ = std::make_unique<std::atomic<uint8_t>[]>(checks_);
    return {};
}

Status CodeSection::read_loose_rows(const std::byte* rows) {
    loose_.resize(head_.loose_rows);
    for (size_t i = 0; i < loose_.size(); ++i) {
        loose_[i] = load_le<uint32_t>(rows + i * sizeof(uint32_t));
        if (loose_[i] >= head_.rows || (i > 0 && loose_[i] <= loose_[i - 1]))
            return damaged("loose rows out of order");
    }
    return {};
}

uint64_t CodeSection::centroid_checks() const {
    return layout_.is_partitioned() ? 1 + (uint64_t{head_.lists} + kCentroidGroup - 1) / kCentroidGroup : 0;
}

bool CodeSection::is_whole(uint64_t check, uint64_t offset, uint64_t size) const {
    std::atomic<uint8_t>& state = checked_[check];
    const uint8_t known = state.load(std::memory_order_acquire);
    if (known != kUnknown) return known == kWhole;
    const bool whole = crc32c(data_.subspan(offset, size)) == load_le<uint32_t>(&data_[offset + size]);
    state.store(whole ? kWhole : kDamaged, std::memory_order_release);
    return whole;
}

std::optional<CodeSection::Chunk> CodeSection::chunk(uint64_t list, uint32_t number) const {
    const List& at = lists_[list];
    const uint32_t first = number * kCodeChunkRows;
    const uint32_t rows = std::min(kCodeChunkRows, at.rows - first);
    const uint64_t offset = at.offset + number * layout_.chunk_bytes(kCodeChunkRows);
    const uint64_t size = layout_.chunk_bytes(rows) - sizeof(uint32_t);
    if (!is_whole(centroid_checks() + at.first_chunk + number, offset, size)) return std::nullopt;
    return Chunk{&data_[offset], rows, first};
}

const std::byte* CodeSection::centroid_codes() const {
    const uint64_t offset = layout_.centroid_codes_offset();
    const uint64_t size = layout_.centroid_codes_bytes() - sizeof(uint32_t);
    return is_whole(0, offset, size) ? &data_[offset] : nullptr;
}

const std::byte* CodeSection::centroid(uint64_t list) const {
    const uint64_t group = list / kCentroidGroup;
    const uint64_t first = group * kCentroidGroup;
    const uint64_t count = std::min<uint64_t>(kCentroidGroup, head_.lists - first);
    const uint64_t size = count * layout_.size() * sizeof(float);
    if (!is_whole(1 + group, layout_.centroid_offset(first), size)) return nullptr;
    return &data_[layout_.centroid_offset(list)];
}

void CodeSection::mark_readable_rows(uint64_t list, std::vector<bool>& readable) const {
    if (layout_.is_partitioned() && centroid(list) == nullptr) return;
    for (uint32_t number = 0; number < list_chunks(list); ++number) {
        const auto found = chunk(list, number);
        if (!found) continue;
        for (uint32_t i = 0; i < found->rows; ++i) {
            const std::byte* block = found->blocks + i / kCodeBlockRows * layout_.block_bytes();
            const uint32_t row =
                layout_.is_partitioned() ? row_in_block(block, i % kCodeBlockRows) : found->first_row + i;
            if (row < readable.size()) readable[row] = true;
        }
    }
}

const std::vector<uint32_t>& CodeSection::find_lost_rows() const {
    std::call_once(lost_once_, [this] {
        std::vector<bool> readable(head_.rows);
        for (uint64_t list = 0; list < head_.lists; ++list) mark_readable_rows(list, readable);
        for (const uint32_t row : loose_) readable[row] = true;  // they are read anyway
        for (uint32_t row = 0; row < head_.rows; ++row) {
            if (!readable[row]) lost_rows_.push_back(row);
        }
    });
    return lost_rows_;
}

}  // namespace reel
