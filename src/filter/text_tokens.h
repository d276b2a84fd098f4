// The words of the text spelling of filters.
#pragma once

#include <string_view>

#include "filter/path.h"
#include "filter/value.h"
#include "reel/error.h"

namespace reel {

struct FilterToken {
    enum class Kind : uint8_t {
        kEnd,
        kKeyword,  ///< `word` is in lower case
        kPath,
        kString,
        kNumber,
        kOperator,  ///< of = ! < > and what people may take for one
        kOpen,
        kClose,
        kComma,
    };

    Kind kind = Kind::kEnd;
    size_t at = 0;     ///< offset of its first byte
    std::string word;  ///< as written; keywords in lower case
    FilterPath path;
    FilterValue value;  ///< of kString and kNumber

    [[nodiscard]] bool is(std::string_view keyword) const {
        return kind == Kind::kKeyword && word == keyword;
    }
};

/// The token at `at` or behind the white space there; `at` moves behind it.
Result<FilterToken> read_filter_token(std::string_view text, size_t& at);

}  // namespace reel
