// An append-only list whose beginning can be shared with readers while it grows.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <memory>
#include <utility>

namespace reel {

/// One thread appends. A View made by that thread and handed over (through a mutex, say) is
/// immutable and cheap to copy: appending never moves or changes what a view sees.
template <class T>
class GrowingLog {
    static constexpr size_t kFirst = 64;
    // Block b holds kFirst * 2^b elements, so index i + kFirst tells the block by its highest bit.
    static constexpr size_t kBlocks = 40;
    static constexpr size_t block_of(size_t i) {
        return static_cast<size_t>(std::bit_width((i + kFirst) / kFirst)) - 1;
    }
    static constexpr size_t start_of(size_t block) { return kFirst * ((size_t{1} << block) - 1); }
    using Blocks = std::array<std::shared_ptr<T[]>, kBlocks>;

public:
    class View {
    public:
        View() = default;
        [[nodiscard]] size_t size() const { return size_; }
        [[nodiscard]] bool empty() const { return size_ == 0; }
        [[nodiscard]] const T& operator[](size_t i) const {
            const size_t block = block_of(i);
            return (*blocks_)[block].get()[i - start_of(block)];
        }
        [[nodiscard]] View first(size_t count) const {
            View view = *this;
            view.size_ = count;
            return view;
        }

    private:
        friend class GrowingLog;
        View(std::shared_ptr<const Blocks> blocks, size_t size) : blocks_(std::move(blocks)), size_(size) {}
        std::shared_ptr<const Blocks> blocks_;
        size_t size_ = 0;
    };

    void push_back(const T& value) {
        const size_t block = block_of(size_);
        if (!blocks_ || !(*blocks_)[block]) {
            // The table of blocks is shared with views, so a new one takes its place.
            auto blocks = blocks_ ? std::make_shared<Blocks>(*blocks_) : std::make_shared<Blocks>();
            (*blocks)[block] = std::make_shared<T[]>(kFirst << block);
            blocks_ = std::move(blocks);
        }
        (*blocks_)[block].get()[size_ - start_of(block)] = value;
        ++size_;
    }

    void clear() {
        blocks_.reset();
        size_ = 0;
    }

    [[nodiscard]] size_t size() const { return size_; }
    [[nodiscard]] const T& operator[](size_t i) const {
        const size_t block = block_of(i);
        return (*blocks_)[block].get()[i - start_of(block)];
    }
    [[nodiscard]] View view() const { return {blocks_, size_}; }

private:
    std::shared_ptr<Blocks> blocks_;
    size_t size_ = 0;
};

}  // namespace reel
