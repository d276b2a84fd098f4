// Parts of the library that are loaded only when used, because loading what
// they link (oneDNN, ICU, libcurl, FAISS) would cost every command some
// milliseconds of start-up.
#pragma once

#include <string_view>

#include "reel/error.h"

namespace reel {

/// Loads the module `reel_<name>.so` once and returns the address of its
/// C-linkage function `entry`. Looked for in $REEL_PLUGIN_DIR, beside the
/// library or program this code is in, and in the installed library folder.
/// kUnsupported if this installation has no such module.
Result<void*> load_plugin(std::string_view name, const char* entry);

/// load_plugin with the entry's type.
template <class Function>
Result<Function*> load_plugin_as(std::string_view name, const char* entry) {
    auto address = load_plugin(name, entry);
    if (!address) return fail(std::move(address).error());
    return reinterpret_cast<Function*>(*address);
}

}  // namespace reel
