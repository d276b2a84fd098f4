#include "vector/kernels.h"

#include <array>
#include <cstdlib>
#include <string>
#include <vector>

#include "vector/kernel_tables.h"

namespace reel {
namespace {

constexpr std::array<std::string_view, 4> kKnownNames{"scalar", "avx2", "avx512", "neon"};

std::vector<const Kernel*> detect_kernels() {
    std::vector<const Kernel*> found;
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw"))
        found.push_back(&kAvx512Kernel);
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) found.push_back(&kAvx2Kernel);
#elif defined(__aarch64__)
    found.push_back(&kNeonKernel);
#endif
    found.push_back(&kScalarKernel);
    return found;
}

std::string supported_names() {
    std::string names;
    for (const Kernel* kernel : supported_kernels()) {
        if (!names.empty()) names += ", ";
        names += kernel->name;
    }
    return names;
}

bool is_known(std::string_view name) {
    for (const std::string_view known : kKnownNames) {
        if (known == name) return true;
    }
    return false;
}

Result<const Kernel*> choose_from_environment() {
    const char* name = std::getenv("REEL_KERNEL");
    if (name == nullptr || *name == '\0') return supported_kernels().front();
    auto kernel = find_kernel(name);
    if (!kernel) return fail(kernel.error().at("environment variable REEL_KERNEL"));
    return kernel;
}

}  // namespace

std::span<const Kernel* const> supported_kernels() {
    static const std::vector<const Kernel*> kernels = detect_kernels();
    return kernels;
}

Result<const Kernel*> find_kernel(std::string_view name) {
    for (const Kernel* kernel : supported_kernels()) {
        if (kernel->name == name) return kernel;
    }
    const std::string quoted = "\"" + std::string(name) + "\"";
    if (is_known(name)) {
        return fail(ErrorCode::kUnsupported,
                    "this machine cannot run the kernel " + quoted + "; it can run: " + supported_names());
    }
    return fail(ErrorCode::kInvalidArgument,
                "there is no kernel " + quoted + "; this machine can run: " + supported_names());
}

Result<const Kernel*> choose_kernel() {
    static const Result<const Kernel*> choice = choose_from_environment();
    return choice;
}

}  // namespace reel
