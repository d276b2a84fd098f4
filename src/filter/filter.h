// A filter that has been read: asked of one record's metadata here, of many in evaluate.h.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_scan.h"
#include "filter/expression.h"
#include "reel/error.h"

namespace reel {

/// A condition on metadata. Immutable: any number of threads may ask one, and copies share it.
class Filter {
public:
    /// Reads either spelling; kInvalidArgument and kLimit say where the text is wrong and what is expected.
    static Result<Filter> parse(std::string_view text);

    /// `metadata` is a record's JSON object as stored; kInvalidArgument if it is none.
    [[nodiscard]] Result<bool> matches(std::string_view metadata) const;
    /// The same with memory that is used again from record to record.
    Result<bool> matches(std::string_view metadata, std::vector<JsonMember>& members) const;

    /// In the text spelling, on one form for all that means the same operators; parsing it gives the same
    /// filter.
    [[nodiscard]] std::string describe() const { return print_filter(*root_); }

    /// The keys that it asks for, as columns are named, each once, in alphabetical order.
    [[nodiscard]] std::vector<std::string> keys() const;

    [[nodiscard]] const FilterNode& root() const { return *root_; }

private:
    explicit Filter(FilterNode root) : root_(std::make_shared<const FilterNode>(std::move(root))) {}

    std::shared_ptr<const FilterNode> root_;
};

}  // namespace reel
