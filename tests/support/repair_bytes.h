// Repairing a file in memory into another.
#pragma once

#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "store/repair.h"
#include "support/store_builder.h"

namespace reel {

struct Repaired {
    RepairReport report;
    std::shared_ptr<MemoryFile> file = std::make_shared<MemoryFile>();
    std::vector<TestRecord> records;

    [[nodiscard]] std::vector<std::string> ids() const {
        std::vector<std::string> ids;
        for (const TestRecord& record : records) ids.push_back(record.id);
        return ids;
    }
};

/// Stands for the vectors' own check, which is no neighbour of the store: finite, and under cosine not zero.
inline Status check_test_vector(std::span<const float> vector, Metric metric) {
    double squared = 0;
    for (const float x : vector) squared += static_cast<double>(x) * static_cast<double>(x);
    if (std::isfinite(squared) && (metric != Metric::kCosine || squared > 0)) return {};
    return fail(ErrorCode::kInvalidArgument, "not a vector of this metric");
}

inline Result<Repaired> try_repair(const ByteBuffer& broken, const RepairOptions& options = {}) {
    Repaired out;
    const MemoryFile file(broken);
    auto report = repair_file(
        file, options, check_test_vector, [&](const StoreConfig& config, const ChainOrigin& origin) {
            return Writer::create_on(std::make_unique<SharedFile>(out.file), config, origin);
        });
    if (!report) return fail(std::move(report).error());
    out.report = *std::move(report);
    out.records = read_records(*out.file);
    return out;
}

inline Repaired repair_bytes(const ByteBuffer& broken, const RepairOptions& options = {}) {
    return must(try_repair(broken, options));
}

}  // namespace reel
