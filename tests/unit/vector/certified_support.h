// Data sets that are hard on bounds, and columns of them.
#pragma once

#include <algorithm>
#include <cmath>
#include <deque>
#include <limits>
#include <random>
#include <string_view>
#include <vector>

#include "vector/certified_scan.h"
#include "vector_support.h"

namespace reel {

using Neighbors = std::vector<Neighbor>;
using Random = std::mt19937_64;

inline uint64_t below(Random& random, uint64_t limit) { return random() % limit; }
inline bool one_in(Random& random, uint64_t n) { return below(random, n) == 0; }
inline float uniform(Random& random) { return static_cast<float>(random() >> 40) * 0x1p-23F - 1.0F; }
/// Near enough to a normal distribution of deviation 1.
inline float bell(Random& random) {
    return (uniform(random) + uniform(random) + uniform(random)) + uniform(random) * 0.5F;
}

enum class Kind {
    kBell,
    kClusters,
    kFewDistinct,
    kAllEqual,
    kManyZeros,
    kHuge,
    kTiny,
    kDenormal,
    kAllScales,
    kOutlierDimensions,
    kOneHot,
    kSmallIntegers,
    kNearlyEqual,
    kFarFromOrigin,
    kNotFinite,
    kCount,
};

/// Makes rows of one kind, one after the other.
class RowMaker {
public:
    RowMaker(Kind kind, uint32_t dimension, Random& random)
        : kind_(kind), dimension_(dimension), random_(random) {
        for (Floats& centre : centres_) centre = make_bell(1.0F);
    }

    Floats make() {
        switch (kind_) {
            case Kind::kBell: return make_bell(1.0F);
            case Kind::kClusters: return around(centre(), 0.2F);
            case Kind::kFewDistinct: return centre();
            case Kind::kAllEqual: return centres_[0];
            case Kind::kManyZeros: return one_in(random_, 2) ? Floats(dimension_, 0.0F) : make_bell(1.0F);
            case Kind::kHuge: return make_bell(one_in(random_, 2) ? 1e18F / root() : 1e3F);
            case Kind::kTiny: return make_bell(one_in(random_, 2) ? 1e-20F : 1e-15F);
            case Kind::kDenormal: return make_bell(one_in(random_, 2) ? 3e-45F : 1e-38F);
            case Kind::kAllScales:
                return make_bell(std::ldexp(1.0F, static_cast<int>(below(random_, 190)) - 133));
            case Kind::kOutlierDimensions: return with_outliers();
            case Kind::kOneHot: return one_hot();
            case Kind::kSmallIntegers: return small_integers();
            case Kind::kNearlyEqual: return around(centres_[0], 1e-6F);
            case Kind::kFarFromOrigin: return far_from_origin();
            case Kind::kNotFinite: return not_finite();
            case Kind::kCount: break;
        }
        return {};
    }

private:
    [[nodiscard]] float root() const { return std::sqrt(static_cast<float>(dimension_)); }
    const Floats& centre() { return centres_[below(random_, std::size(centres_))]; }

    Floats make_bell(float scale) {
        Floats row(dimension_);
        for (float& value : row) value = scale * bell(random_);
        return row;
    }
    Floats around(Floats row, float spread) {
        for (float& value : row) value += spread * bell(random_);
        return row;
    }
    Floats with_outliers() {
        Floats row = make_bell(0.1F);
        row[dimension_ / 2] = 50 + uniform(random_);
        row[below(random_, dimension_)] *= 30;
        return row;
    }
    Floats one_hot() {
        Floats row(dimension_, 0.0F);
        row[below(random_, dimension_)] = one_in(random_, 3) ? -1.0F : 1.0F;
        return row;
    }
    Floats small_integers() {
        Floats row(dimension_);
        for (float& value : row) value = static_cast<float>(below(random_, 3)) - 1;
        row[0] += 2;
        return row;
    }
    Floats far_from_origin() {
        Floats row = make_bell(1.0F);
        for (float& value : row) value += 1000;
        return row;
    }
    Floats not_finite() {
        Floats row = make_bell(1.0F);
        constexpr float kInfinity = std::numeric_limits<float>::infinity();
        const float values[] = {1.0F, 2.0F, std::nanf(""), kInfinity, -kInfinity, 3e38F};
        row[below(random_, dimension_)] = values[below(random_, std::size(values))];
        return row;
    }

    Kind kind_;
    uint32_t dimension_;
    Random& random_;
    Floats centres_[5];
};

inline ByteBuffer build_column(const VectorSource& source, uint64_t first, uint64_t count,
                               std::span<const Int8Part> reuse = {}, unsigned threads = 1) {
    ByteBuffer data;
    const auto put = [&data](ByteView bytes) {
        append(data, bytes);
        return Status{};
    };
    const Status built = build_int8_column(source, first, count, reuse, put, {.threads = threads});
    if (!built) data.clear();
    return data;
}

/// Columns over some ranges of a source, in memory. At an odd address: the data needs no alignment.
class Columns {
public:
    void add(const VectorSource& source, uint64_t first, uint64_t count) {
        ByteBuffer& data = data_.emplace_back(1);
        append(data, build_column(source, first, count));
        parts_.push_back({first, count, nullptr});
        parse_again(parts_.size() - 1, source.dimension());
    }
    /// Forgets what was checked, as a new process does.
    void parse_again(size_t part, uint32_t dimension) {
        auto column = Int8Column::parse(ByteView(data_[part]).subspan(1), dimension, parts_[part].row_count);
        parts_[part].column = column ? *column : nullptr;
    }

    [[nodiscard]] MutableBytes data(size_t part) { return MutableBytes(data_[part]).subspan(1); }
    [[nodiscard]] std::span<const Int8Part> parts() const { return parts_; }

private:
    std::deque<ByteBuffer> data_;
    std::vector<Int8Part> parts_;
};

/// Rows, some deleted, some with damaged vectors, and columns over parts of them.
struct DataSet {
    DataSet(Kind kind, uint32_t dimension, uint64_t rows, Random& random)
        : maker(kind, dimension, random), floats(make_rows(rows)), source(dimension, floats) {}

    void add_columns(Random& random) {
        const uint64_t rows = source.row_count();
        const uint64_t pieces = 1 + below(random, 3);
        uint64_t first = one_in(random, 4) ? below(random, rows) : 0;
        for (uint64_t i = 0; i < pieces && first < rows; ++i) {
            const uint64_t left = rows - first;
            const uint64_t count = i + 1 == pieces && !one_in(random, 4) ? left : 1 + below(random, left);
            columns.add(source, first, count);
            first += count + (one_in(random, 2) ? below(random, 20) : 0);
        }
    }
    void delete_rows(Random& random, uint64_t one_of) {
        excluded.assign(source.row_count() / 64 + 1, 0);
        for (uint64_t row = 0; row < source.row_count(); ++row) {
            if (one_in(random, one_of)) excluded[row / 64] |= uint64_t{1} << (row % 64);
        }
    }
    [[nodiscard]] RowSet rows() const { return {source.row_count(), excluded}; }

    Floats make_query(Random& random) {
        const uint64_t row = below(random, source.row_count());
        const size_t dimension = source.dimension();
        Floats query(floats.begin() + static_cast<std::ptrdiff_t>(row * dimension),
                     floats.begin() + static_cast<std::ptrdiff_t>((row + 1) * dimension));
        switch (below(random, 6)) {
            case 0: return query;
            case 1: query.assign(dimension, 0.0F); return query;
            case 2:
                for (float& value : query) value = -value;
                return query;
            case 3:
                for (float& value : query) value *= 1 + 0.3F * bell(random);
                return query;
            default: return maker.make();
        }
    }

    RowMaker maker;
    Floats floats;
    RowsForTest source;
    Columns columns;
    std::vector<uint64_t> excluded;

private:
    Floats make_rows(uint64_t rows) {
        Floats all;
        for (uint64_t i = 0; i < rows; ++i) {
            const Floats row = maker.make();
            all.insert(all.end(), row.begin(), row.end());
        }
        return all;
    }
};

constexpr Metric kAllMetrics[] = {Metric::kL2, Metric::kCosine, Metric::kInnerProduct};

}  // namespace reel
