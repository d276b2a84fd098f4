#include "embed/builtin/checked_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <ctime>

#include "base/checksum.h"
#include "base/posix_file.h"
#include "base/try.h"

namespace reel::builtin {

namespace {

constexpr uint64_t kMaxNoteBytes = 512;
constexpr int64_t kSettledSeconds = 2;

/// What changes whenever the file does.
struct Identity {
    std::string text;
    int64_t changed_at = 0;  ///< seconds since 1970
};

std::string time_text(const timespec& time) {
    return std::to_string(time.tv_sec) + "." + std::to_string(time.tv_nsec);
}

Result<Identity> identity_of(const std::string& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) return fail(system_error(errno, path, "look at"));
    return Identity{std::to_string(status.st_size) + " " + std::to_string(status.st_dev) + " " +
                        std::to_string(status.st_ino) + " " + time_text(status.st_mtim) + " " +
                        time_text(status.st_ctim),
                    status.st_ctim.tv_sec};
}

std::string note_path(const std::string& path) { return path + ".verified"; }

std::string note_text(std::string_view hash, const Identity& identity) {
    return "reel 1 sha256 " + std::string(hash) + " " + identity.text + "\n";
}

bool is_noted(const std::string& path, const std::string& note) {
    const auto file = PosixFile::open_read(note_path(path));
    if (!file) return false;
    std::string found(kMaxNoteBytes, '\0');
    const auto got = (*file)->read_at(0, std::as_writable_bytes(std::span(found)));
    return got && std::string_view(found).substr(0, *got) == note;
}

/// Best effort: without the note the file is hashed again next time.
void write_note(const std::string& path, const std::string& note) {
    const std::string temporary = note_path(path) + "." + std::to_string(::getpid());
    {
        const auto file = PosixFile::create_new(temporary);
        if (!file) return;
        if (!(*file)->write_at(0, as_bytes(note))) {
            ::unlink(temporary.c_str());
            return;
        }
    }
    if (std::rename(temporary.c_str(), note_path(path).c_str()) != 0) ::unlink(temporary.c_str());
}

}  // namespace

Result<Mapping> map_checked_file(const std::string& path, std::string_view expected, Stamp stamp) {
    REEL_ASSIGN(const Identity before, identity_of(path));
    REEL_ASSIGN(const auto file, PosixFile::open_read(path));
    REEL_ASSIGN(const uint64_t size, file->size());
    REEL_ASSIGN(Mapping mapping, file->map(size));
    const std::string note = note_text(expected, before);
    // The path may have got another file between looking at it and opening it.
    REEL_ASSIGN(const bool is_at_path, file->is_at_path());
    if (stamp == Stamp::kRemember && is_at_path && is_noted(path, note)) return mapping;

    const std::string found = to_hex(sha256(mapping.bytes()));
    if (found != expected) {
        return fail(ErrorCode::kCorrupt, path + ": is not the file expected (SHA-256 " + found +
                                             " instead of " + std::string(expected) + ")");
    }
    // A write in the same clock tick as the hashing would leave the times as they are.
    REEL_ASSIGN(const Identity after, identity_of(path));
    if (stamp == Stamp::kRemember && is_at_path && after.text == before.text &&
        std::time(nullptr) - before.changed_at > kSettledSeconds) {
        write_note(path, note);
    }
    return mapping;
}

}  // namespace reel::builtin
