#include "base/folder.h"

#include <array>

#include "base/checksum.h"
#include "base/try.h"

namespace reel {

namespace {

constexpr size_t kRandomBytes = 8;

/// Whether a file's name is one that temporary_name() could have given for `name`.
bool is_temporary_name(std::string_view candidate, const std::string& name) {
    const std::string prefix = name + ".new-";
    if (!candidate.starts_with(prefix) || candidate.size() != prefix.size() + 2 * kRandomBytes) return false;
    return candidate.find_first_not_of("0123456789abcdef", prefix.size()) == std::string_view::npos;
}

bool is_left_over(Folder& folder, const std::string& candidate, const std::string& name) {
    const auto file = folder.open_write(candidate);
    if (!file) return false;
    // A crash between the two halves of link_new() leaves a second name, under the store's own lock.
    (*file)->set_path(folder.path_of(name));
    if ((*file)->is_at_path().value_or(false)) return true;
    (*file)->set_path(folder.path_of(candidate));
    const auto locked = (*file)->try_lock();
    return locked && *locked;
}

}  // namespace

Result<std::string> temporary_name(const std::string& name) {
    std::array<std::byte, kRandomBytes> random{};
    REEL_TRY(fill_random(random));
    return name + ".new-" + to_hex(random);
}

void remove_left_overs(Folder& folder, const std::string& name) {
    const auto names = folder.list();
    if (!names) return;
    for (const std::string& candidate : *names) {
        if (is_temporary_name(candidate, name) && is_left_over(folder, candidate, name)) {
            (void)folder.remove(candidate);
        }
    }
}

}  // namespace reel
