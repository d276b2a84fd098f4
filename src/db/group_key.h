// The value by which hits are grouped.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "filter/path.h"

namespace reel {

class GroupKey {
public:
    /// A dotted path as in filters. kInvalidArgument if it is none.
    static Result<GroupKey> parse(std::string_view path);

    /// The value's JSON, strings and numbers in one spelling; nullopt if the object has no such key, or null
    /// there.
    [[nodiscard]] Result<std::optional<std::string>> value_in(std::string_view metadata) const;

private:
    FilterPath path_;
};

}  // namespace reel
