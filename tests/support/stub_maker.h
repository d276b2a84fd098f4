// Index sections that a test can read: one number a record.
#pragma once

#include "store/index_section.h"

namespace reel {

/// Data: for each record the size of its text, 4 bytes little-endian, plus `stamp`.
class StubMaker final : public SectionMaker {
public:
    explicit StubMaker(uint32_t stamp = 0, uint64_t weight = 4) : stamp_(stamp), weight_(weight) {}

    static constexpr FourCC kKind{"stub"};

    [[nodiscard]] FourCC kind() const override { return kKind; }
    [[nodiscard]] uint32_t version() const override { return 1; }
    [[nodiscard]] std::string_view what() const override { return "stubs"; }
    [[nodiscard]] uint64_t weight(const RecordRow&) const override { return weight_; }
    [[nodiscard]] bool is_current(const SectionEntry& entry, ByteView data) const override {
        return data.size() == 4 * entry.record_count &&
               (data.empty() || load_le<uint32_t>(data.data()) >= stamp_);
    }
    [[nodiscard]] Result<std::unique_ptr<SectionContent>> make(const SectionRequest& request) const override {
        if (fails_with) return fail(*fails_with, "the stub was told to fail");
        if (request.control.is_cancelled()) return fail(ErrorCode::kInterrupted, "stopped");
        records_made += request.record_count;
        auto content = std::make_unique<Content>();
        for (uint64_t n = request.first_record; n < request.first_record + request.record_count; ++n) {
            const auto view = request.records.view(n);
            if (!view) return fail(view.error());
            const auto value = static_cast<uint32_t>(view->text.size()) + stamp_;
            content->data.resize(content->data.size() + 4);
            std::memcpy(content->data.data() + content->data.size() - 4, &value, 4);
        }
        return content;
    }

    mutable uint64_t records_made = 0;
    std::optional<ErrorCode> fails_with;

private:
    struct Content final : SectionContent {
        [[nodiscard]] uint64_t size() const override { return data.size(); }
        Status write(const PutBytes& put) override { return put(data); }
        ByteBuffer data;
    };

    uint32_t stamp_;
    uint64_t weight_;
};

}  // namespace reel
