#include "base/mapping_guard.h"

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <mutex>

#include "base/posix_file.h"
#include "reel/guard.h"

namespace reel {

namespace {

constexpr size_t kSlots = 4096;
constexpr uintptr_t kFree = 0;
constexpr uintptr_t kBeingFilled = 1;

/// Whoever can fault in a range keeps it mapped, so the handler never meets one that goes.
struct Slot {
    std::atomic<uintptr_t> begin{kFree};
    std::atomic<uintptr_t> end{0};
    std::atomic<std::atomic<bool>*> cut{nullptr};
};

// Plain memory that needs no constructor: the handler may run before and after main().
constinit std::array<Slot, kSlots> slots;
constinit std::atomic<uintptr_t> page_size{4096};
struct sigaction previous_action;

static_assert(std::atomic<uintptr_t>::is_always_lock_free && std::atomic<bool>::is_always_lock_free);

/// Puts zeros from the page of `address` to the end of its range; false if it is in none.
bool mend(uintptr_t address) {
    for (Slot& slot : slots) {
        const uintptr_t begin = slot.begin.load(std::memory_order_acquire);
        const uintptr_t end = slot.end.load(std::memory_order_relaxed);
        if (begin <= kBeingFilled || address < begin || address >= end) continue;
        // The slot may have been given to another range meanwhile, whose end this is.
        if (slot.begin.load(std::memory_order_acquire) != begin) continue;
        // What stands behind the fault is lost as well, and in one piece it costs one fault.
        const uintptr_t page = address / page_size * page_size;
        slot.cut.load(std::memory_order_relaxed)->store(true);
        // Not mmap(): what a sanitizer puts before that is not for handlers.
        constexpr long kFlags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE;
        return ::syscall(SYS_mmap, page, end - page, long{PROT_READ}, kFlags, -1L, 0L) != -1;
    }
    return false;
}

void on_bus_error(int number, siginfo_t* info, void* context) {
    const int error_number = errno;
    const bool mended = info->si_code == BUS_ADRERR && mend(reinterpret_cast<uintptr_t>(info->si_addr));
    errno = error_number;
    if (mended) return;
    if ((previous_action.sa_flags & SA_SIGINFO) != 0) {
        previous_action.sa_sigaction(number, info, context);
    } else if (previous_action.sa_handler != SIG_DFL && previous_action.sa_handler != SIG_IGN) {
        previous_action.sa_handler(number);
    } else {
        // As without this handler: a fault cannot be ignored.
        (void)std::signal(number, SIG_DFL);
        (void)std::raise(number);
    }
}

}  // namespace

GuardedRange::GuardedRange(const std::byte* begin, const std::byte* end, std::atomic<bool>& cut) {
    for (slot_ = 0; slot_ < kSlots; ++slot_) {
        Slot& slot = slots[slot_];
        uintptr_t expected = kFree;
        if (!slot.begin.compare_exchange_strong(expected, kBeingFilled)) continue;
        slot.end.store(reinterpret_cast<uintptr_t>(end));
        slot.cut.store(&cut);
        slot.begin.store(reinterpret_cast<uintptr_t>(begin));
        return;
    }
}

GuardedRange::~GuardedRange() {
    if (slot_ < kSlots) slots[slot_].begin.store(kFree);
}

Error was_cut_error(const std::string& path) {
    return {ErrorCode::kCorrupt, path +
                                     ": was cut short by another program, or could not be read, while it was "
                                     "being read; see what is left of it with 'reel verify'"};
}

Status guard_mappings() {
    static std::mutex mutex;
    static bool installed = false;
    const std::lock_guard lock(mutex);
    if (installed) return {};
    page_size = static_cast<uintptr_t>(::sysconf(_SC_PAGESIZE));
    // The handler may be needed as soon as it is there, and chains to what this finds.
    if (::sigaction(SIGBUS, nullptr, &previous_action) != 0) {
        return fail(system_error(errno, "SIGBUS", "ask for the handler"));
    }
    struct sigaction action {};
    action.sa_sigaction = on_bus_error;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    sigemptyset(&action.sa_mask);
    if (::sigaction(SIGBUS, &action, nullptr) != 0) {
        return fail(system_error(errno, "SIGBUS", "set the handler"));
    }
    installed = true;
    return {};
}

}  // namespace reel
