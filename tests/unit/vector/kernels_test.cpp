#include "vector/kernels.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <bit>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "vector/query_vector.h"
#include "vector_support.h"

namespace reel {
namespace {

const Kernel& scalar() { return *find_kernel("scalar").value(); }

std::vector<size_t> dimensions() {
    std::vector<size_t> all;
    for (size_t d = 1; d <= 200; ++d) all.push_back(d);
    for (const size_t d : std::initializer_list<size_t>{384U, 768U, 1536U, 4096U}) all.push_back(d);
    return all;
}

/// The sums of one kernel over rows whose last byte is the last of an
/// allocation and whose first is `shift` bytes into it.
struct Sums {
    std::vector<uint32_t> bits;

    void append(std::span<const float> values) {
        // A NaN is a NaN: its payload differs between instruction sets.
        for (const float v : values) bits.push_back(std::isnan(v) ? 0x7FC00000U : std::bit_cast<uint32_t>(v));
    }
};

Sums sums_of(const Kernel& kernel, RowOrder order, const std::vector<float>& query, const Floats& rows,
             size_t shift) {
    const size_t d = query.size();
    const size_t count = rows.size() / d;
    std::vector<ByteBuffer> buffers(count);
    std::vector<const std::byte*> addresses(count);
    for (size_t i = 0; i < count; ++i) {
        const std::span<const float> row(&rows[i * d], d);
        buffers[i].resize(shift);
        append(buffers[i], order == RowOrder::kHost ? std::as_bytes(row) : ByteView(to_big_endian(row)));
        buffers[i].shrink_to_fit();
        addresses[i] = buffers[i].data() + shift;
    }
    struct alignas(64) Padded {
        float lanes[kKernelLanes] = {};
    };
    std::vector<Padded> padded((d + kKernelLanes - 1) / kKernelLanes);
    for (size_t i = 0; i < d; ++i) padded[i / kKernelLanes].lanes[i % kKernelLanes] = query[i];

    const Kernel::Functions& functions = kernel.functions(order);
    const float* prepared = padded.front().lanes;
    Sums sums;
    Floats out(count);
    Floats norms(count);
    functions.squared_difference(prepared, d, addresses.data(), count, out.data(), nullptr);
    sums.append(out);
    functions.dot(prepared, d, addresses.data(), count, out.data(), nullptr);
    sums.append(out);
    functions.dot_and_norm(prepared, d, addresses.data(), count, out.data(), norms.data());
    sums.append(out);
    sums.append(norms);
    return sums;
}

/// Expects the bits of the scalar kernel from every other, in both byte orders.
void expect_same_bits(const Floats& query, const Floats& rows, size_t shift) {
    const Sums truth = sums_of(scalar(), RowOrder::kBigEndian, query, rows, shift);
    for (const Kernel* kernel : supported_kernels()) {
        for (const RowOrder order : {RowOrder::kBigEndian, RowOrder::kHost}) {
            EXPECT_EQ(sums_of(*kernel, order, query, rows, shift).bits, truth.bits)
                << kernel->name << ", order " << static_cast<int>(order) << ", dimension " << query.size();
        }
    }
}

/// Random floats with every special kind of value strewn in.
Floats awkward_floats(size_t count, uint32_t seed, std::span<const float> specials) {
    Floats floats = random_floats(count, seed);
    std::mt19937 engine(seed + 1);
    for (float& f : floats) {
        if (engine() % 3 == 0) f = specials[engine() % specials.size()];
    }
    return floats;
}

TEST(Kernels, GiveTheScalarBitsAtEveryDimension) {
    for (const size_t d : dimensions()) {
        expect_same_bits(random_floats(d, 1), random_floats(d * 5, 2), d % 7);
    }
}

TEST(Kernels, GiveTheScalarBitsForSubnormalsZerosAndHugeValues) {
    const std::array<float, 10> specials{0.0F,    -0.0F, 1e-45F, -1e-45F, 1e-39F,
                                         -3e-39F, 1e19F, -1e19F, 3e38F,   1e-20F};
    for (const size_t d : dimensions()) {
        const auto seed = static_cast<uint32_t>(d);
        expect_same_bits(awkward_floats(d, seed, specials), awkward_floats(d * 3, seed + 50, specials), 1);
    }
}

TEST(Kernels, GiveTheScalarBitsForRowsThatAreNotFinite) {
    const std::array<float, 3> specials{std::numeric_limits<float>::infinity(), std::nanf(""),
                                        -std::numeric_limits<float>::infinity()};
    for (const size_t d : std::initializer_list<size_t>{1U, 4U, 31U, 32U, 33U, 100U}) {
        expect_same_bits(random_floats(d, 3), awkward_floats(d * 8, 4, specials), 3);
    }
}

/// A page after which nothing may be read.
class GuardedPage {
public:
    GuardedPage() : size_(static_cast<size_t>(sysconf(_SC_PAGESIZE))) {
        pages_ = mmap(nullptr, 2 * size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        EXPECT_NE(pages_, MAP_FAILED);
        EXPECT_EQ(mprotect(static_cast<std::byte*>(pages_) + size_, size_, PROT_NONE), 0);
    }
    GuardedPage(const GuardedPage&) = delete;
    GuardedPage& operator=(const GuardedPage&) = delete;
    ~GuardedPage() { munmap(pages_, 2 * size_); }

    std::byte* end() { return static_cast<std::byte*>(pages_) + size_; }

private:
    size_t size_;
    void* pages_;
};

TEST(Kernels, ReadNotAByteAfterTheRow) {
    GuardedPage page;
    for (size_t d = 1; d <= 200; ++d) {
        const Floats query(d, 2.0F);
        const std::byte* row = page.end() - d * sizeof(float);
        for (size_t i = 0; i < d; ++i) store_be_float(page.end() - (i + 1) * sizeof(float), 1.0F);
        for (const Kernel* kernel : supported_kernels()) {
            const auto prepared = QueryVector::make(query, Metric::kL2, kernel);
            EXPECT_EQ(prepared.value().distance_to_row(row), static_cast<float>(d)) << kernel->name;
        }
    }
}

TEST(Kernels, AddElementIToLaneIModulo32AndFoldTheLanesInHalves) {
    // 1 in lane 0, 2^-24 in lanes 1 and 2: (lane 0 + lane 2) loses the bit, as does
    // + lane 1 after it; summed in order of lanes 1 and 2 first it would not.
    Floats row(32, 0.0F);
    row[0] = 1.0F;
    row[1] = 0x1p-24F;
    row[2] = 0x1p-24F;
    const Floats ones(32, 1.0F);
    const Sums sums = sums_of(scalar(), RowOrder::kBigEndian, ones, row, 0);
    EXPECT_EQ(std::bit_cast<float>(sums.bits[1]), 1.0F);
    row = Floats(32, 0.0F);
    row[0] = 1.0F;
    row[1] = 0x1p-24F;
    row[17] = 0x1p-24F;  // folded onto lane 1 first: 2^-23 is kept
    EXPECT_EQ(std::bit_cast<float>(sums_of(scalar(), RowOrder::kBigEndian, ones, row, 0).bits[1]),
              1.0F + 0x1p-23F);
}

TEST(Kernels, AreCloseToTheSumsInDouble) {
    const size_t d = 768;
    const Floats query = random_floats(d, 5);
    const Floats row = random_floats(d, 6);
    double squared = 0;
    double dot = 0;
    double norm = 0;
    for (size_t i = 0; i < d; ++i) {
        const double q = query[i];
        const double r = row[i];
        squared += (q - r) * (q - r);
        dot += q * r;
        norm += r * r;
    }
    const Sums sums = sums_of(scalar(), RowOrder::kHost, query, row, 0);
    EXPECT_NEAR(std::bit_cast<float>(sums.bits[0]), squared, squared * 1e-6);
    EXPECT_NEAR(std::bit_cast<float>(sums.bits[1]), dot, norm * 1e-6);
    EXPECT_NEAR(std::bit_cast<float>(sums.bits[3]), norm, norm * 1e-6);
}

TEST(Kernels, GiveNanForARowThatIsNotThere) {
    const Floats query = random_floats(40, 7);
    const ByteBuffer row = to_big_endian(random_floats(40, 8));
    const std::array<const std::byte*, 3> rows{nullptr, row.data(), nullptr};
    for (const Kernel* kernel : supported_kernels()) {
        for (const Metric metric : {Metric::kL2, Metric::kCosine, Metric::kInnerProduct}) {
            const auto prepared = QueryVector::make(query, metric, kernel);
            std::array<float, 3> distances{};
            prepared.value().distances(rows, RowOrder::kBigEndian, distances);
            EXPECT_TRUE(std::isnan(distances[0]) && std::isnan(distances[2])) << kernel->name;
            EXPECT_TRUE(std::isfinite(distances[1])) << kernel->name;
        }
    }
}

TEST(Kernels, AreFoundByName) {
    EXPECT_EQ(supported_kernels().back()->name, "scalar");
    for (const Kernel* kernel : supported_kernels()) EXPECT_EQ(find_kernel(kernel->name).value(), kernel);
}

TEST(Kernels, AnUnknownNameIsAnErrorThatNamesThoseThereAre) {
    const auto kernel = find_kernel("sse9");
    ASSERT_FALSE(kernel);
    EXPECT_EQ(kernel.error().code, ErrorCode::kInvalidArgument);
    EXPECT_NE(kernel.error().message.find("scalar"), std::string::npos);
}

TEST(Kernels, AKernelOfAnotherProcessorIsUnsupported) {
#if defined(__aarch64__)
    const auto kernel = find_kernel("avx2");
#else
    const auto kernel = find_kernel("neon");
#endif
    ASSERT_FALSE(kernel);
    EXPECT_EQ(kernel.error().code, ErrorCode::kUnsupported);
}

/// CMakeLists.txt runs this with several values of the variable.
TEST(Kernels, FollowTheEnvironmentVariable) {
    const char* name = std::getenv("REEL_KERNEL");
    const auto chosen = choose_kernel();
    if (name == nullptr || *name == '\0') {
        EXPECT_EQ(chosen.value(), supported_kernels().front());
    } else if (std::string_view(name) == "scalar") {
        EXPECT_EQ(chosen.value(), &scalar());
    } else {
        ASSERT_FALSE(chosen);
        EXPECT_NE(chosen.error().message.find("REEL_KERNEL"), std::string::npos);
        EXPECT_FALSE(QueryVector::make(Floats{1.0F}, Metric::kL2));
    }
}

}  // namespace
}  // namespace reel
