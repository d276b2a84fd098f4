#include "base/plugin.h"

#include <dlfcn.h>

#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <string>
#include <vector>

namespace reel {

namespace {

std::string own_folder() {
    Dl_info info{};
    if (dladdr(reinterpret_cast<const void*>(&own_folder), &info) == 0 || info.dli_fname == nullptr)
        return "";
    std::error_code error;
    // The name of a program found by PATH has no folder; the system knows where it is.
    const std::string name = info.dli_fname;
    const auto here =
        std::filesystem::canonical(name.find('/') == std::string::npos ? "/proc/self/exe" : name, error);
    return error ? "" : here.parent_path().string();
}

std::vector<std::string> candidates(const std::string& file_name) {
    std::vector<std::string> paths;
    if (const char* folder = std::getenv("REEL_PLUGIN_DIR")) {
        paths.push_back(std::string(folder) + "/" + file_name);
        return paths;
    }
    if (const std::string folder = own_folder(); !folder.empty()) {
        paths.push_back(folder + "/" + file_name);
        paths.push_back(folder + "/reel/" + file_name);
        paths.push_back(folder + "/../" REEL_LIBRARY_FOLDER "/reel/" +
                        file_name);  // from bin, wherever installed
    }
    paths.push_back(std::string(REEL_PLUGIN_FOLDER) + "/" + file_name);
    return paths;
}

}  // namespace

Result<void*> load_plugin(std::string_view name, const char* entry) {
    static std::mutex mutex;
    const std::lock_guard lock(mutex);
    const std::string file_name = "reel_" + std::string(name) + ".so";
    std::string tried;
    for (const std::string& path : candidates(file_name)) {
        if (!std::filesystem::exists(path)) {
            tried += (tried.empty() ? "" : ", ") + path;
            continue;
        }
        // Never closed: objects made by the module may outlive any scope here.
        void* module = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
        if (module == nullptr) {
            const char* reason = dlerror();
            return fail(ErrorCode::kUnsupported,
                        path + ": cannot be loaded: " + (reason ? reason : "unknown reason"));
        }
        if (void* address = dlsym(module, entry)) return address;
        return fail(ErrorCode::kUnsupported,
                    path + ": has no function " + entry + "; it is of another version of Reel");
    }
    return fail(ErrorCode::kUnsupported, "this installation of Reel has no module " + file_name +
                                             " (looked for " + tried +
                                             "); build it with its option on, or set REEL_PLUGIN_DIR");
}

}  // namespace reel
