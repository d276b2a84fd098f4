// One row of floats to codes and factors.
#pragma once

#include <span>
#include <vector>

#include "vector/int8_column.h"

namespace reel {

class Int8Encoder {
public:
    explicit Int8Encoder(size_t dimension);

    /// The row to encode next: dimension floats, then zeros up to a multiple of kNibbleGroup.
    [[nodiscard]] std::span<float> row() { return row_; }

    /// Encodes row() into nibble_row_bytes() bytes each. Every bound of Int8Factors holds for what is
    /// returned.
    Int8Factors encode(std::byte* high, std::byte* low);

    /// What stands for a row that nothing is known of.
    static Int8Factors unknown();

private:
    struct Fit {
        float step = 0;
        double product = 0;  ///< values * codes, to compare fits with
        double squares = 0;  ///< codes^2, exact: integers below 2^24
    };

    void choose_codes(std::span<const double> values, double length, std::vector<float>& codes, Fit& best);
    Fit round_codes(float step, std::vector<float>& codes) const;

    size_t dimension_;
    std::vector<float> row_;
    std::vector<double> values_;  ///< what is left to be encoded
    std::vector<float> scaled_;   ///< values_ by a power of two, so that no step is denormal
    std::vector<float> high_;     ///< codes - 8
    std::vector<float> low_;
    std::vector<float> trial_;
};

}  // namespace reel
