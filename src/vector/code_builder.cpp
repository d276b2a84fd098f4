#include "vector/code_builder.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <thread>

#include "base/checksum.h"
#include "base/try.h"
#include "vector/code_builder_calibration.h"
#include "vector/code_builder_frame.h"
#include "vector/code_builder_rows.h"
#include "vector/scan_threads.h"

namespace reel {
namespace {

constexpr uint32_t kNoList = 0xFFFFFFFF;   ///< the row has no vector that can be read
constexpr uint32_t kUnknown = 0xFFFFFFFE;  ///< not looked at yet
constexpr uint64_t kAssignRows = 256;      ///< rows a thread takes at a time

/// From here on partitions pay clearly (docs/design/0007-codes-and-partitions.md).
constexpr uint64_t kPartitionedRows = 50'000;

class CodeBuilder {
public:
    CodeBuilder(const VectorSource& source, uint64_t first_row, uint64_t row_count, Metric metric,
                const Kernel& kernel, const BuildControl& control)
        : source_(source),
          first_row_(first_row),
          row_count_(static_cast<uint32_t>(row_count)),
          metric_(metric),
          kernel_(kernel),
          control_(control) {}

    Result<ByteBuffer> build(const CodeBuildOptions& options, std::span<const CodePart> reuse) {
        REEL_TRY(choose_frame(options, reuse));
        list_of_.assign(row_count_, frame_->lists() > 1 ? kUnknown : 0);
        kept_.assign(row_count_, 0);
        if (old_ != nullptr) keep_old_rows();
        REEL_TRY(assign_rows());
        sort_rows();
        REEL_TRY(encode_lists());
        return finish();
    }

private:
    static tl::unexpected<Error> interrupted() {
        return fail(ErrorCode::kInterrupted, "building the codes was stopped");
    }

    [[nodiscard]] unsigned thread_count(uint64_t pieces) const {
        const unsigned asked = control_.threads != 0 ? control_.threads : std::thread::hardware_concurrency();
        return count_scan_threads(0, pieces, std::max(1U, asked));
    }

    void report(uint64_t done) const {
        if (control_.progress) control_.progress(done, 2 * uint64_t{row_count_});
    }

    Status choose_frame(const CodeBuildOptions& options, std::span<const CodePart> reuse) {
        if (const CodePart* part = find_reusable(options, reuse)) {
            frame_ = copy_frame(*part->codes);
            if (frame_ != nullptr) {
                old_ = part->codes.get();
                old_shift_ = part->first_row - first_row_;
                return {};
            }
        }
        REEL_ASSIGN(frame_, make_frame(source_, first_row_, row_count_, metric_, options, kernel_, control_));
        return {};
    }

    /// The largest part, where it has half of the rows and as many lists as suit them.
    [[nodiscard]] const CodePart* find_reusable(const CodeBuildOptions& options,
                                                std::span<const CodePart> reuse) const {
        const CodePart* best = nullptr;
        for (const CodePart& part : reuse) {
            const CodeHead& head = part.codes->head();
            const bool is_inside =
                part.first_row >= first_row_ &&
                part.row_count <= row_count_ - std::min<uint64_t>(row_count_, part.first_row - first_row_);
            if (!is_inside || head.rows != part.row_count || head.metric != metric_ ||
                head.dimension != source_.dimension())
                continue;
            if (best == nullptr || part.row_count > best->row_count) best = &part;
        }
        if (best == nullptr || best->row_count < row_count_ - best->row_count) return nullptr;
        const uint64_t lists = best->codes->lists();
        uint64_t wanted = 1;
        if (options.kind == CodeBuildOptions::Kind::kPartitioned)
            wanted = options.lists != 0 ? options.lists : choose_lists(row_count_);
        const bool suits = wanted == 1 ? lists == 1 : lists > 1 && wanted <= 2 * lists && lists <= 2 * wanted;
        return suits ? best : nullptr;
    }

    /// Gives `row(old row, block, slot)` every row of the old section's list that can be read.
    template <class Row>
    void for_old_rows(uint32_t list, const Row& row) const {
        const CodeLayout& layout = old_->layout();
        for (uint32_t number = 0; number < old_->list_chunks(list); ++number) {
            const auto chunk = old_->chunk(list, number);
            if (!chunk) continue;
            for (uint32_t i = 0; i < chunk->rows; ++i) {
                const std::byte* block = chunk->blocks + i / kCodeBlockRows * layout.block_bytes();
                const uint32_t slot = i % kCodeBlockRows;
                const uint32_t found =
                    layout.is_partitioned() ? old_->row_in_block(block, slot) : chunk->first_row + i;
                if (found < old_->head().rows) row(found + static_cast<uint32_t>(old_shift_), block, slot);
            }
        }
    }

    /// Rows of the old section stay in their lists. A forged one may name a row twice: the first counts.
    void keep_old_rows() {
        for (uint32_t list = 0; list < old_->lists(); ++list) {
            for_old_rows(list, [&](uint32_t row, const std::byte*, uint32_t) {
                if (kept_[row] != 0) return;
                kept_[row] = 1;
                list_of_[row] = list;
            });
        }
        if (old_->layout().is_partitioned()) return;
        for (const uint32_t row : old_->loose_rows()) kept_[row + static_cast<uint32_t>(old_shift_)] = 0;
    }

    Status assign_rows() {
        if (frame_->lists() == 1) return {};
        std::atomic<uint64_t> next{0};
        run_on_threads(thread_count(row_count_ / kAssignRows + 1), [&](unsigned thread) {
            RowReader reader(frame_->rotation(), frame_->mean(), metric_);
            CodeQuery query(frame_->rotation().size());
            ListFinder finder(kernel_, Metric::kL2);
            std::vector<const std::byte*> located(kAssignRows);
            for (uint64_t first = next.fetch_add(kAssignRows); first < row_count_ && !control_.is_cancelled();
                 first = next.fetch_add(kAssignRows)) {
                const uint64_t count = std::min<uint64_t>(kAssignRows, row_count_ - first);
                source_.locate(first_row_ + first, {located.data(), count});
                for (uint64_t i = 0; i < count; ++i) {
                    if (kept_[first + i] != 0) continue;
                    list_of_[first + i] = find_list(reader, query, finder, located[i]);
                }
                if (thread == 0) report(first);
            }
        });
        if (control_.is_cancelled()) return interrupted();
        return {};
    }

    uint32_t find_list(RowReader& reader, CodeQuery& query, ListFinder& finder, const std::byte* row) const {
        if (!reader.read(row, query.values())) return kNoList;
        query.prepare();
        const auto& found = finder.find(*frame_, query, frame_->spread(), 1);
        return found.empty() ? kNoList : found.front().list;
    }

    /// Counts the lists and orders the new rows by them.
    void sort_rows() {
        const uint32_t lists = frame_->lists();
        lengths_.assign(lists, 0);
        new_start_.assign(size_t{lists} + 1, 0);
        for (uint32_t row = 0; row < row_count_; ++row) {
            if (list_of_[row] == kNoList) {
                loose_.push_back(row);
                continue;
            }
            ++lengths_[list_of_[row]];
            if (kept_[row] == 0) ++new_start_[size_t{list_of_[row]} + 1];
        }
        for (uint32_t list = 0; list < lists; ++list) new_start_[size_t{list} + 1] += new_start_[list];
        new_rows_.resize(new_start_.back());
        std::vector<uint32_t> place(new_start_.begin(), new_start_.end() - 1);
        for (uint32_t row = 0; row < row_count_; ++row) {
            if (list_of_[row] != kNoList && kept_[row] == 0) new_rows_[place[list_of_[row]]++] = row;
        }
    }

    [[nodiscard]] CodeHead make_head() const {
        CodeHead head{.dimension = source_.dimension(),
                      .lists = frame_->lists(),
                      .rows = row_count_,
                      .seed = frame_->rotation().seed(),
                      .metric = metric_,
                      .loose_rows = static_cast<uint32_t>(loose_.size())};
        return head;
    }

    /// A row that is to be encoded in a chunk of the only list, or in a list.
    struct Piece {
        uint32_t list = 0;
        uint32_t first = 0;  ///< place in the list
        uint32_t count = 0;
        uint64_t offset = 0;
    };

    Status encode_lists() {
        const CodeLayout layout(make_head());
        std::vector<Piece> pieces;
        uint64_t offset = layout.lists_offset();
        for (uint32_t list = 0; list < frame_->lists(); ++list) {
            // Lists are encoded whole; the only list by chunks, whose rows are known beforehand.
            const uint32_t step = layout.is_partitioned() ? std::max(1U, lengths_[list]) : kCodeChunkRows;
            for (uint32_t first = 0; first < lengths_[list]; first += step) {
                const uint32_t count = std::min(step, lengths_[list] - first);
                pieces.push_back({list, first, count, offset});
                offset += layout.list_bytes(count);
            }
        }
        data_.resize(offset);
        spreads_.assign(pieces.size(), 0.0);
        std::vector<std::vector<uint32_t>> loose(pieces.size());
        std::atomic<size_t> next{0};
        std::atomic<uint64_t> done{0};
        run_on_threads(thread_count(pieces.size()), [&](unsigned thread) {
            Encoder encoder(*this, layout);
            for (size_t i = next.fetch_add(1); i < pieces.size() && !control_.is_cancelled();
                 i = next.fetch_add(1)) {
                spreads_[i] = encoder.encode_piece(pieces[i], loose[i]);
                const uint64_t now = done.fetch_add(pieces[i].count) + pieces[i].count;
                if (thread == 0) report(row_count_ + now);
            }
        });
        if (control_.is_cancelled()) return interrupted();
        if (layout.is_partitioned()) return {};
        for (const auto& rows : loose) loose_.insert(loose_.end(), rows.begin(), rows.end());
        if (!loose_.empty()) shift_lists(layout);
        return {};
    }

    /// Of the only list the loose rows are known only now: their numbers go in front of it.
    void shift_lists(const CodeLayout& layout) {
        const uint64_t from = layout.lists_offset();
        const uint64_t to = CodeLayout(make_head()).lists_offset();
        data_.insert(data_.begin() + static_cast<std::ptrdiff_t>(from), to - from, std::byte{});
    }

    /// One thread's part of encode_lists().
    class Encoder {
    public:
        Encoder(CodeBuilder& builder, const CodeLayout& layout)
            : builder_(builder),
              layout_(layout),
              reader_(builder.frame_->rotation(), builder.frame_->mean(), builder.metric_),
              vector_(layout.size()),
              code_(layout.code_bytes()) {}

        /// The sum of the rows' spreads. Rows without a vector are added to `loose`.
        double encode_piece(const Piece& piece, std::vector<uint32_t>& loose) {
            offset_ = piece.offset;
            spread_ = 0;
            if (layout_.is_partitioned())
                encode_list(piece.list);
            else
                encode_chunk(piece, loose);
            seal_chunks(piece);
            return spread_;
        }

    private:
        void encode_list(uint32_t list) {
            place_ = 0;
            const float* centroid = builder_.frame_->centroid_floats(list);
            if (builder_.old_ != nullptr) {
                builder_.for_old_rows(list, [&](uint32_t row, const std::byte* block, uint32_t slot) {
                    // A forged section may have the row twice, or in the list of another thread, which alone
                    // may then look at kept_.
                    if (builder_.list_of_[row] != list || builder_.kept_[row] != 1) return;
                    builder_.kept_[row] = 2;
                    copy_row(row, block, slot);
                });
            }
            const uint32_t end = builder_.new_start_[size_t{list} + 1];
            for (uint32_t i = builder_.new_start_[list]; i < end; ++i) {
                if (i + kAhead < end) fetch(builder_.new_rows_[i + kAhead]);
                encode_row(builder_.new_rows_[i], centroid);
            }
        }

        void encode_chunk(const Piece& piece, std::vector<uint32_t>& loose) {
            place_ = 0;
            std::optional<CodeSection::Chunk> old;
            uint32_t old_chunk = 0xFFFFFFFF;
            for (uint32_t row = piece.first; row < piece.first + piece.count; ++row) {
                if (builder_.kept_[row] != 0) {
                    const auto old_row = static_cast<uint32_t>(row - builder_.old_shift_);
                    if (old_row / kCodeChunkRows != old_chunk) {
                        old_chunk = old_row / kCodeChunkRows;
                        old = builder_.old_->chunk(0, old_chunk);
                    }
                    const uint32_t in_chunk = old_row % kCodeChunkRows;
                    copy_row(row, old->blocks + in_chunk / kCodeBlockRows * layout_.block_bytes(),
                             in_chunk % kCodeBlockRows);
                } else if (!encode_row(row, nullptr)) {
                    loose.push_back(row);
                }
            }
        }

        static constexpr uint32_t kAhead = 3;  ///< rows of a list are far from each other in the file

        void fetch(uint32_t row) const {
            const std::byte* bytes = nullptr;
            builder_.source_.locate(builder_.first_row_ + row, {&bytes, 1});
            if (bytes == nullptr) return;
            for (size_t at = 0; at < size_t{builder_.source_.dimension()} * sizeof(float); at += 64)
                __builtin_prefetch(bytes + at);
        }

        bool encode_row(uint32_t row, const float* centroid) {
            const std::byte* bytes = nullptr;
            builder_.source_.locate(builder_.first_row_ + row, {&bytes, 1});
            const bool is_readable = reader_.read(bytes, vector_.data());
            CodeFactors factors = unused_place();
            if (is_readable) {
                factors = encode(vector_.data(), centroid, layout_.size(), builder_.metric_, code_.data());
                spread_ += static_cast<double>(factors.spread);
            }
            std::byte* block = next_block(row);
            put_code(block, layout_.code_bytes(), slot_, code_.data(), factors);
            return is_readable;
        }

        void copy_row(uint32_t row, const std::byte* old_block, uint32_t old_slot) {
            const size_t code_bytes = layout_.code_bytes();
            for (size_t p = 0; p < code_bytes; ++p)
                code_[p] = static_cast<uint8_t>(old_block[p * kCodeBlockRows + code_byte_place(old_slot)]);
            const std::byte* base = old_block + kCodeBlockRows * code_bytes + old_slot * sizeof(float);
            const CodeFactors factors{.base = load_le<float>(base),
                                      .scale = load_le<float>(base + kCodeBlockRows * sizeof(float))};
            spread_ += static_cast<double>(builder_.old_->head().spread);
            std::byte* block = next_block(row);
            put_code(block, code_bytes, slot_, code_.data(), factors);
        }

        /// The block of the next place, with the row's number put in; sets slot_.
        std::byte* next_block(uint32_t row) {
            slot_ = place_ % kCodeBlockRows;
            std::byte* block =
                &builder_.data_[offset_ + place_ / kCodeChunkRows * layout_.chunk_bytes(kCodeChunkRows) +
                                place_ % kCodeChunkRows / kCodeBlockRows * layout_.block_bytes()];
            ++place_;
            if (layout_.is_partitioned())
                std::memcpy(block + code_block_bytes(layout_.code_bytes()) + slot_ * sizeof(uint32_t), &row,
                            sizeof row);
            return block;
        }

        /// Fills the last block and puts the checksums.
        void seal_chunks(const Piece& piece) {
            std::fill(code_.begin(), code_.end(), uint8_t{0});
            while (place_ % kCodeBlockRows != 0) {
                std::byte* block = next_block(kNoList);
                put_code(block, layout_.code_bytes(), slot_, code_.data(), unused_place());
            }
            uint64_t at = offset_;
            for (uint32_t first = 0; first < piece.count; first += kCodeChunkRows) {
                const uint64_t size =
                    layout_.chunk_bytes(std::min(kCodeChunkRows, piece.count - first)) - sizeof(uint32_t);
                const uint32_t checksum = crc32c(ByteView(builder_.data_).subspan(at, size));
                std::memcpy(&builder_.data_[at + size], &checksum, sizeof checksum);
                at += size + sizeof checksum;
            }
        }

        CodeBuilder& builder_;
        const CodeLayout& layout_;
        RowReader reader_;
        AlignedFloats vector_;
        std::vector<uint8_t> code_;
        uint64_t offset_ = 0;
        uint32_t place_ = 0;
        uint32_t slot_ = 0;
        double spread_ = 0;
    };

    /// Writes bytes and, behind them, their checksum; returns where that ends.
    uint64_t put_checked(uint64_t offset, ByteView bytes) {
        std::memcpy(&data_[offset], bytes.data(), bytes.size());
        const uint32_t checksum = crc32c(bytes);
        std::memcpy(&data_[offset + bytes.size()], &checksum, sizeof checksum);
        return offset + bytes.size() + sizeof checksum;
    }

    void put_directory() {
        const std::span<const float> mean(frame_->mean(), frame_->rotation().size());
        ByteBuffer directory;
        append(directory, std::as_bytes(mean));
        append(directory, std::as_bytes(std::span(lengths_)));
        append(directory, std::as_bytes(std::span(loose_)));
        put_checked(CodeLayout::kHeadBytes, directory);
    }

    void put_centroids(const CodeLayout& layout) {
        if (!layout.is_partitioned()) return;
        float spread = 0;
        const std::vector<float>& centroids = frame_->centroids();
        const ByteBuffer codes =
            encode_blocks(centroids.data(), frame_->lists(), layout.size(), metric_, &spread);
        uint64_t offset = put_checked(layout.centroid_codes_offset(), codes);
        const size_t group = size_t{kCentroidGroup} * layout.size();
        for (size_t first = 0; first < centroids.size(); first += group) {
            const std::span<const float> floats(&centroids[first], std::min(group, centroids.size() - first));
            offset = put_checked(offset, std::as_bytes(floats));
        }
    }

    Result<ByteBuffer> finish() {
        CodeHead head = make_head();
        const CodeLayout layout(head);
        double spread = 0;
        for (const double part : spreads_) spread += part;
        const uint64_t encoded = row_count_ - loose_.size();
        head.spread = encoded == 0
                          ? 0.0F
                          : static_cast<float>(std::clamp(spread / static_cast<double>(encoded), 0.0, 1.0));
        if (data_.size() < layout.lists_offset()) data_.resize(layout.lists_offset());
        put_directory();
        put_centroids(layout);
        put_head(head);
        REEL_TRY(calibrate_codes(data_, source_, first_row_, list_of_, kernel_, control_, &head));
        put_head(head);
        report(2 * uint64_t{row_count_});
        return std::move(data_);
    }

    void put_head(const CodeHead& head) {
        const ByteBuffer bytes = write_code_head(head);
        std::memcpy(data_.data(), bytes.data(), bytes.size());
    }

    const VectorSource& source_;
    uint64_t first_row_;
    uint32_t row_count_;
    Metric metric_;
    const Kernel& kernel_;
    const BuildControl& control_;

    std::unique_ptr<CodeFrame> frame_;
    const CodeSection* old_ = nullptr;  ///< whose frame it is
    uint64_t old_shift_ = 0;
    std::vector<uint32_t> list_of_;
    std::vector<uint8_t> kept_;  ///< 1: the code is in old_; 2: and has been copied
    std::vector<uint32_t> lengths_;
    std::vector<uint32_t> new_start_;  ///< of each list in new_rows_
    std::vector<uint32_t> new_rows_;
    std::vector<uint32_t> loose_;
    std::vector<double> spreads_;
    ByteBuffer data_;
};

}  // namespace

uint64_t choose_lists(uint64_t rows) {
    if (rows < kPartitionedRows) return 1;
    return static_cast<uint64_t>(2.0 * std::sqrt(static_cast<double>(rows)));
}

Result<ByteBuffer> build_codes(const VectorSource& source, uint64_t first_row, uint64_t row_count,
                               Metric metric, const CodeBuildOptions& options,
                               std::span<const CodePart> reuse, const BuildControl& control) {
    if (row_count >= UINT32_MAX - 1)
        return fail(ErrorCode::kLimit, "a section has codes of at most 4,294,967,293 records; make several");
    if (first_row > source.row_count() || row_count > source.row_count() - first_row)
        return fail(ErrorCode::kInvalidArgument, "the records to be encoded are not all there");
    REEL_ASSIGN(const Kernel* const kernel, choose_kernel());
    return CodeBuilder(source, first_row, row_count, metric, *kernel, control).build(options, reuse);
}

}  // namespace reel
