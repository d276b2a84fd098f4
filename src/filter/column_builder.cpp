#include "filter/column_builder.h"

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/checksum.h"
#include "base/json_scan.h"
#include "base/try.h"
#include "filter/column_cells.h"
#include "filter/json_walk.h"
#include "filter/path.h"

namespace reel {

namespace {

constexpr uint64_t kRowsBetweenChecks = 4096;

/// A member's name below its parent's, and what it holds.
struct KeyNode {
    std::map<std::string, std::unique_ptr<KeyNode>, std::less<>> children;
    std::vector<std::pair<std::string_view, KeyNode*>> order;  ///< of first appearance: records look alike
    std::string path;
    ColumnCells cells;
    uint64_t visit = 0;        ///< the object in which it was met last
    std::string_view pending;  ///< its value there
};

class Builder {
public:
    Builder(uint64_t row_count, const ColumnLimits& limits) : row_count_(row_count), limits_(limits) {}

    void add_row(uint32_t row, std::string_view metadata) {
        if (!scan_json_object(metadata, members_)) return add_odd_row(row);
        metadata_bytes_ += metadata.size();
        std::vector<KeyNode*> present;
        present.reserve(members_.size());
        ++visits_;
        size_t place = 0;
        for (const JsonMember& member : members_) meet(root_, member.key, member.value, place, present);
        for (KeyNode* child : present) add_value(*child, row, false);
    }

    void add_odd_row(uint32_t row) { odd_rows_.push_back(row); }

    Result<ByteBuffer> finish(const BuildControl& control) {
        std::sort(nodes_.begin(), nodes_.end(), [](const KeyNode* a, const KeyNode* b) {
            const size_t left = a->cells.entry_count();
            const size_t right = b->cells.entry_count();
            return left != right ? left > right : a->path < b->path;
        });
        if (nodes_.size() > kMaxColumnKeys) {
            nodes_.resize(kMaxColumnKeys);
            is_complete_ = false;
        }
        REEL_TRY(encode(control));
        choose();
        return write();
    }

private:
    struct Named {
        std::string_view name;
        EncodedColumn column;

        [[nodiscard]] uint64_t bytes() const { return kColumnEntryBytes + name.size() + column.block.size(); }
    };

    /// Of members with the same key the last one stays.
    void meet(KeyNode& parent, std::string_view key, std::string_view value, size_t& place,
              std::vector<KeyNode*>& present) {
        KeyNode* child = find_child(parent, key, place);
        if (child == nullptr) {
            is_complete_ = false;
            return;
        }
        if (child->visit != visits_) {
            child->visit = visits_;
            present.push_back(child);
        }
        child->pending = value;
    }

    KeyNode* find_child(KeyNode& parent, std::string_view literal, size_t& place) {
        if (place < parent.order.size() && is_json_string(literal, parent.order[place].first))
            return parent.order[place++].second;
        const std::string name = read_json_string(literal);
        const auto known = parent.children.find(name);
        if (known != parent.children.end()) return known->second.get();
        std::string path = parent.path;
        append_path_part(path, name);
        if (nodes_.size() >= limits_.tracked_keys || path.size() > kMaxPathBytes) return nullptr;
        auto& child = parent.children[name];
        child = std::make_unique<KeyNode>();
        child->path = std::move(path);
        nodes_.push_back(child.get());
        parent.order.emplace_back(parent.children.find(name)->first, child.get());
        place = parent.order.size();
        return child.get();
    }

    void walk(std::string_view object, KeyNode& node, uint32_t row, bool in_array) {
        std::vector<KeyNode*> present;
        ++visits_;
        size_t place = 0;
        visit_json_members(object, [&](std::string_view key, std::string_view value) {
            meet(node, key, value, place, present);
        });
        for (KeyNode* child : present) add_value(*child, row, in_array);
    }

    /// `in_array`: below objects in an array, where one key may have several values in one row.
    void add_value(KeyNode& node, uint32_t row, bool in_array) {
        const std::string_view value = node.pending;
        if (in_array) {
            node.cells.add_other(row);
        } else if (value.front() == '[') {
            node.cells.begin_list(row);
            visit_json_elements(value, [&](std::string_view element) {
                node.cells.add_element(read_json_value(element, buffer_));
            });
        } else {
            node.cells.add(row, read_json_value(value, buffer_));
        }
        if (value.front() == '{') return walk(value, node, row, in_array);
        if (value.front() != '[') return;
        visit_json_elements(value, [&](std::string_view element) {
            if (element.front() == '{') walk(element, node, row, true);
        });
    }

    Status encode(const BuildControl& control) {
        columns_.reserve(nodes_.size());
        for (KeyNode* node : nodes_) {
            if (control.is_cancelled())
                return fail(ErrorCode::kInterrupted, "building the columns was stopped");
            columns_.push_back({node->path, node->cells.encode(static_cast<uint32_t>(row_count_))});
            node->cells = ColumnCells();
        }
        return {};
    }

    /// The smallest ones first: most filters need no others.
    void choose() {
        uint64_t room = limits_.section_bytes;
        if (limits_.within_metadata) room = std::min(room, std::max(metadata_bytes_, kSmallColumns));
        const uint64_t fixed = kColumnsHeaderBytes + uint64_t{odd_rows_.size()} * 4;
        room -= std::min(room, fixed);
        std::sort(columns_.begin(), columns_.end(),
                  [](const Named& a, const Named& b) { return a.bytes() < b.bytes(); });
        size_t kept = 0;
        while (kept < columns_.size() && columns_[kept].bytes() <= room) room -= columns_[kept++].bytes();
        if (kept < columns_.size()) is_complete_ = false;
        columns_.resize(kept);
        std::sort(columns_.begin(), columns_.end(),
                  [](const Named& a, const Named& b) { return a.name < b.name; });
    }

    ByteBuffer write() {
        uint64_t names_bytes = 0;
        uint64_t total = kColumnsHeaderBytes + uint64_t{odd_rows_.size()} * 4;
        for (const Named& each : columns_) {
            names_bytes += each.name.size();
            total += each.bytes();
        }
        ByteBuffer out;
        out.reserve(total);
        append_le(out, uint32_t{0});
        append_le(out, is_complete_ ? kColumnsComplete : 0U);
        append_le(out, row_count_);
        append_le(out, static_cast<uint32_t>(columns_.size()));
        append_le(out, static_cast<uint32_t>(odd_rows_.size()));
        append_le(out, names_bytes);
        for (const uint32_t row : odd_rows_) append_le(out, row);
        uint32_t name_offset = 0;
        uint64_t block_offset = out.size() + kColumnEntryBytes * columns_.size() + names_bytes;
        for (Named& each : columns_) {
            ColumnEntry& entry = each.column.entry;
            entry.name_offset = name_offset;
            entry.name_size = static_cast<uint32_t>(each.name.size());
            entry.block_offset = block_offset;
            entry.block_size = each.column.block.size();
            entry.block_crc = crc32c(each.column.block);
            entry.fields([&](auto field) { append_le(out, field); });
            name_offset += entry.name_size;
            block_offset += entry.block_size;
        }
        for (const Named& each : columns_) append(out, as_bytes(each.name));
        const uint32_t crc = crc32c(ByteView(out).subspan(4));
        std::memcpy(out.data(), &crc, sizeof crc);
        for (const Named& each : columns_) append(out, each.column.block);
        return out;
    }

    uint64_t row_count_;
    ColumnLimits limits_;
    uint64_t metadata_bytes_ = 0;
    uint64_t visits_ = 0;
    bool is_complete_ = true;
    KeyNode root_;
    std::vector<KeyNode*> nodes_;
    std::vector<uint32_t> odd_rows_;
    std::vector<JsonMember> members_;
    std::string buffer_;
    std::vector<Named> columns_;
};

}  // namespace

Result<ByteBuffer> build_columns(uint64_t row_count, const MetadataOf& metadata_of,
                                 const BuildControl& control, const ColumnLimits& limits) {
    if (row_count >= std::numeric_limits<uint32_t>::max()) {
        return fail(ErrorCode::kLimit, "columns over " + std::to_string(row_count) +
                                           " records; a section has fewer than 2^32 - 1, build several");
    }
    Builder builder(row_count, limits);
    for (uint64_t row = 0; row < row_count; ++row) {
        if (row % kRowsBetweenChecks == 0) {
            if (control.is_cancelled())
                return fail(ErrorCode::kInterrupted, "building the columns was stopped");
            if (control.progress) control.progress(row, row_count);
        }
        const auto metadata = metadata_of(row);
        if (metadata) {
            builder.add_row(static_cast<uint32_t>(row), *metadata);
        } else if (metadata.error().code == ErrorCode::kInterrupted) {
            return fail(metadata.error());
        } else {
            builder.add_odd_row(static_cast<uint32_t>(row));
        }
    }
    REEL_ASSIGN(ByteBuffer out, builder.finish(control));
    if (control.progress) control.progress(row_count, row_count);
    return out;
}

}  // namespace reel
