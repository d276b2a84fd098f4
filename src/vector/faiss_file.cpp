#include "vector/faiss_file.h"

#include <algorithm>
#include <array>
#include <limits>
#include <string>
#include <vector>

#include "base/try.h"

namespace reel {
namespace {

constexpr std::string_view kFlatL2 = "IxF2";
constexpr std::string_view kFlatInnerProduct = "IxFI";
constexpr int32_t kFaissInnerProduct = 0;
constexpr int32_t kFaissL2 = 1;
constexpr int64_t kUnusedField = 1 << 20;

/// Rows located at once, and bytes gathered before the sink is called.
constexpr size_t kBlockRows = 256;
constexpr size_t kPieceBytes = size_t{256} << 10;

/// Where each field of the header after the type starts.
struct Offset {
    static constexpr size_t kDimension = 4;
    static constexpr size_t kRows = 8;
    static constexpr size_t kUnused1 = 16;
    static constexpr size_t kUnused2 = 24;
    static constexpr size_t kTrained = 32;
    static constexpr size_t kMetric = 33;
    static constexpr size_t kFloats = 37;
};
static_assert(Offset::kFloats + sizeof(uint64_t) == kFaissFlatHeaderBytes);

tl::unexpected<Error> corrupt(const std::string& what) {
    return fail(ErrorCode::kCorrupt, "FAISS index: " + what + "; write it again");
}

std::string printable(std::string_view type) {
    std::string out;
    for (const char c : type) out += c >= ' ' && c <= '~' ? c : '?';
    return out;
}

Result<Metric> parse_type(ByteView bytes) {
    const std::string_view type = as_text(bytes.first(4));
    if (type == kFlatL2) return Metric::kL2;
    if (type == kFlatInnerProduct) return Metric::kInnerProduct;
    if (type.starts_with("Ix") || type.starts_with("Iw") || type.starts_with("IB") ||
        type.starts_with("IH")) {
        return fail(
            ErrorCode::kUnsupported,
            "FAISS index: its type \"" + printable(type) +
                "\" is not a flat index; FAISS itself can read it, but trusts what it reads: pass --trust if "
                "you know where the file comes from");
    }
    return fail(ErrorCode::kCorrupt, "this is not a FAISS index: it starts with \"" + printable(type) + "\"");
}

/// Whether a row's floats are the same, one big-endian, one in host order.
bool same_floats(const std::byte* big_endian, const std::byte* host, size_t dimension) {
    for (size_t i = 0; i < dimension * sizeof(float); i += sizeof(float)) {
        if (load_be<uint32_t>(big_endian + i) != load_le<uint32_t>(host + i)) return false;
    }
    return true;
}

uint64_t count_rows(const VectorSource& source, const RowSet& rows) {
    const uint64_t end = std::min(source.row_count(), rows.row_count);
    uint64_t count = 0;
    for (uint64_t row = 0; row < end; ++row) count += rows.contains(row) ? 1 : 0;
    return count;
}

/// Calls visit(row, address) for the rows of `rows` in order; the address is
/// never nullptr.
template <class Visit>
Status for_each_row(const VectorSource& source, const RowSet& rows, Visit visit) {
    std::array<const std::byte*, kBlockRows> located;
    const uint64_t end = std::min(source.row_count(), rows.row_count);
    for (uint64_t first = 0; first < end; first += kBlockRows) {
        const auto count = static_cast<size_t>(std::min<uint64_t>(kBlockRows, end - first));
        source.locate(first, {located.data(), count});
        for (size_t i = 0; i < count; ++i) {
            if (!rows.contains(first + i)) continue;
            if (located[i] == nullptr) {
                return fail(ErrorCode::kCorrupt, "the vector of record " + std::to_string(first + i) +
                                                     " is damaged; repair the store or delete that record");
            }
            REEL_TRY(visit(first + i, located[i]));
        }
    }
    return {};
}

ByteBuffer make_header(uint32_t dimension, uint64_t row_count, Metric metric) {
    const bool inner_product = metric == Metric::kInnerProduct;
    ByteBuffer header(kFaissFlatHeaderBytes);
    const auto put = [&header](size_t offset, auto value) {
        std::memcpy(&header[offset], &value, sizeof value);
    };
    std::memcpy(header.data(), (inner_product ? kFlatInnerProduct : kFlatL2).data(), 4);
    put(Offset::kDimension, dimension);
    put(Offset::kRows, row_count);
    put(Offset::kUnused1, kUnusedField);
    put(Offset::kUnused2, kUnusedField);
    put(Offset::kTrained, uint8_t{1});
    put(Offset::kMetric, inner_product ? kFaissInnerProduct : kFaissL2);
    put(Offset::kFloats, row_count * dimension);
    return header;
}

}  // namespace

Result<FaissFlatView> parse_faiss_flat(ByteView bytes) {
    if (bytes.size() < kFaissFlatHeaderBytes) {
        return corrupt("the file has " + std::to_string(bytes.size()) + " bytes, its header alone needs " +
                       std::to_string(kFaissFlatHeaderBytes));
    }
    REEL_ASSIGN(const Metric metric, parse_type(bytes));
    const auto dimension = load_le<int32_t>(&bytes[Offset::kDimension]);
    const auto row_count = load_le<int64_t>(&bytes[Offset::kRows]);
    const auto faiss_metric = load_le<int32_t>(&bytes[Offset::kMetric]);
    const auto floats = load_le<uint64_t>(&bytes[Offset::kFloats]);
    if (dimension <= 0) return corrupt("its dimension is " + std::to_string(dimension));
    if (row_count < 0) return corrupt("its number of rows is " + std::to_string(row_count));
    if (load_le<uint8_t>(&bytes[Offset::kTrained]) != 1) return corrupt("it says that it is not trained");
    if (faiss_metric != (metric == Metric::kL2 ? kFaissL2 : kFaissInnerProduct)) {
        return corrupt("its metric " + std::to_string(faiss_metric) + " contradicts its type");
    }
    const uint64_t floats_there = (bytes.size() - kFaissFlatHeaderBytes) / sizeof(float);
    const auto rows = static_cast<uint64_t>(row_count);
    const auto columns = static_cast<uint64_t>(dimension);
    if (rows > floats_there / columns || rows * columns != floats ||
        bytes.size() != kFaissFlatHeaderBytes + floats * sizeof(float)) {
        return corrupt("it claims " + std::to_string(rows) + " rows of " + std::to_string(columns) +
                       " floats, " + std::to_string(floats) + " in all, but the file has " +
                       std::to_string(bytes.size()) + " bytes");
    }
    return FaissFlatView{metric,
                         {bytes.data() + kFaissFlatHeaderBytes, rows, static_cast<uint32_t>(dimension)}};
}

Status write_faiss_flat(const VectorSource& source, const RowSet& rows, Metric metric, const ByteSink& sink) {
    if (source.dimension() > static_cast<uint32_t>(std::numeric_limits<int32_t>::max())) {
        return fail(ErrorCode::kLimit, "a FAISS index has at most 2147483647 dimensions");
    }
    const size_t row_bytes = source.dimension() * sizeof(float);
    ByteBuffer piece = make_header(source.dimension(), count_rows(source, rows), metric);
    piece.reserve(kPieceBytes + row_bytes);
    const auto append_row = [&](uint64_t /*row*/, const std::byte* big_endian) -> Status {
        const size_t at = piece.size();
        piece.resize(at + row_bytes);
        for (size_t i = 0; i < row_bytes; i += sizeof(float)) {
            const auto bits = load_be<uint32_t>(big_endian + i);
            std::memcpy(&piece[at + i], &bits, sizeof bits);
        }
        if (piece.size() < kPieceBytes) return {};
        REEL_TRY(sink(piece));
        piece.clear();
        return {};
    };
    REEL_TRY(for_each_row(source, rows, append_row));
    return piece.empty() ? Status{} : sink(piece);
}

Status check_faiss_matches(const FaissFlatView& view, const VectorSource& source, const RowSet& rows) {
    const auto conflict = [](const std::string& what) {
        return fail(ErrorCode::kConflict,
                    "the FAISS index does not match the store: " + what + "; write it again");
    };
    if (view.rows.dimension != source.dimension()) {
        return conflict("its vectors have " + std::to_string(view.rows.dimension) +
                        " dimensions, the store's " + std::to_string(source.dimension()));
    }
    if (const uint64_t count = count_rows(source, rows); view.rows.row_count != count) {
        return conflict("it has " + std::to_string(view.rows.row_count) + " rows, the store " +
                        std::to_string(count) + " records");
    }
    uint64_t position = 0;
    return for_each_row(source, rows, [&](uint64_t row, const std::byte* big_endian) -> Status {
        if (same_floats(big_endian, view.rows.row(position), source.dimension())) {
            ++position;
            return {};
        }
        return conflict("its row " + std::to_string(position) + " is not the vector of record " +
                        std::to_string(row));
    });
}

}  // namespace reel
