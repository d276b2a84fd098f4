#include "base/checksum.h"

#include <isa-l/crc.h>
#include <openssl/evp.h>
#include <sys/random.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <new>

namespace reel {

uint32_t crc32c(ByteView bytes, uint32_t seed) {
    // ISA-L's iscsi CRC neither complements its start nor its result, and takes an int.
    uint32_t crc = ~seed;
    while (!bytes.empty()) {
        const size_t count = std::min<size_t>(bytes.size(), size_t{1} << 30);
        auto* at = const_cast<unsigned char*>(reinterpret_cast<const unsigned char*>(bytes.data()));
        crc = crc32_iscsi(at, static_cast<int>(count), crc);
        bytes = bytes.subspan(count);
    }
    return ~crc;
}

void Sha256::Free::operator()(void* context) const { EVP_MD_CTX_free(static_cast<EVP_MD_CTX*>(context)); }

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
    if (!context_ ||
        EVP_DigestInit_ex(static_cast<EVP_MD_CTX*>(context_.get()), EVP_sha256(), nullptr) != 1) {
        throw std::bad_alloc();
    }
}

void Sha256::update(ByteView bytes) {
    [[maybe_unused]] const int ok =
        EVP_DigestUpdate(static_cast<EVP_MD_CTX*>(context_.get()), bytes.data(), bytes.size());
    assert(ok == 1);
}

Sha256Digest Sha256::finish() {
    Sha256Digest digest{};
    auto* context = static_cast<EVP_MD_CTX*>(context_.get());
    [[maybe_unused]] int ok =
        EVP_DigestFinal_ex(context, reinterpret_cast<unsigned char*>(digest.data()), nullptr);
    assert(ok == 1);
    ok = EVP_DigestInit_ex(context, EVP_sha256(), nullptr);
    assert(ok == 1);
    return digest;
}

Sha256Digest sha256(ByteView bytes) {
    Sha256 hash;
    hash.update(bytes);
    return hash.finish();
}

std::string to_hex(ByteView bytes) {
    constexpr char kDigits[] = "0123456789abcdef";
    std::string out;
    out.reserve(bytes.size() * 2);
    for (const std::byte b : bytes) {
        out += kDigits[std::to_integer<unsigned>(b) >> 4U];
        out += kDigits[std::to_integer<unsigned>(b) & 15U];
    }
    return out;
}

Status fill_random(MutableBytes out) {
    while (!out.empty()) {
        const ssize_t got = ::getrandom(out.data(), out.size(), 0);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return fail(ErrorCode::kIo, "the system's random source does not answer");
        out = out.subspan(static_cast<size_t>(got));
    }
    return {};
}

}  // namespace reel
