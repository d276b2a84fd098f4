#include "base/checksum.h"

#include <gtest/gtest.h>

#include "support/box_builder.h"

namespace reel {
namespace {

/// CRC-32C bit by bit, straight from the polynomial (reflected: 0x82F63B78).
uint32_t slow_crc32c(ByteView bytes) {
    uint32_t crc = 0xffffffff;
    for (const std::byte b : bytes) {
        crc ^= std::to_integer<uint32_t>(b);
        for (int i = 0; i < 8; ++i) crc = (crc >> 1U) ^ ((crc & 1U) != 0 ? 0x82F63B78U : 0U);
    }
    return ~crc;
}

ByteBuffer counting(size_t count) {
    ByteBuffer out(count);
    for (size_t i = 0; i < count; ++i) out[i] = static_cast<std::byte>(i * 7 + i / 256);
    return out;
}

// RFC 3720, appendix B.4. It lists the bytes as they are sent, least significant first.
TEST(Crc32c, HasTheValuesOfTheStandard) {
    EXPECT_EQ(crc32c(ByteBuffer(32)), 0x8A9136AAU);
    EXPECT_EQ(crc32c(ByteBuffer(32, std::byte{0xff})), 0x62A8AB43U);
    ByteBuffer rising(32);
    for (size_t i = 0; i < 32; ++i) rising[i] = static_cast<std::byte>(i);
    EXPECT_EQ(crc32c(rising), 0x46DD794EU);
    EXPECT_EQ(crc32c(ByteBuffer(rising.rbegin(), rising.rend())), 0x113FDB5CU);
    EXPECT_EQ(crc32c(from_hex("01c00000 00000000 00000000 00000000 14000000 00000400 00000014 00000018"
                              "28000000 00000000 02000000 00000000")),
              0xD9963A56U);
    EXPECT_EQ(crc32c(as_bytes("123456789")), 0xE3069283U);
    EXPECT_EQ(crc32c({}), 0U);
}

TEST(Crc32c, AgreesWithThePolynomialAtEveryLengthAndAlignment) {
    const ByteBuffer bytes = counting(300);
    for (size_t begin = 0; begin < 9; ++begin) {
        for (size_t length = 0; length + begin <= bytes.size(); length += begin == 0 ? 1 : 13) {
            const ByteView part(bytes.data() + begin, length);
            ASSERT_EQ(crc32c(part), slow_crc32c(part)) << begin << " " << length;
        }
    }
    const ByteBuffer large = counting(100'003);
    EXPECT_EQ(crc32c(large), slow_crc32c(large));
}

TEST(Crc32c, GoesOnFromTheBytesBefore) {
    const ByteBuffer bytes = counting(1000);
    for (size_t cut = 0; cut <= bytes.size(); cut += 37) {
        const ByteView all(bytes);
        EXPECT_EQ(crc32c(all.subspan(cut), crc32c(all.first(cut))), crc32c(all));
    }
}

// FIPS 180-4, as in NIST's example file for SHA-256.
TEST(Sha256, HasTheValuesOfTheStandard) {
    EXPECT_EQ(to_hex(sha256({})), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(to_hex(sha256(as_bytes("abc"))),
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(to_hex(sha256(as_bytes("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"))),
              "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    EXPECT_EQ(to_hex(sha256(as_bytes(std::string(1'000'000, 'a')))),
              "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, IsTheSameInPiecesAndStartsAnew) {
    const ByteBuffer bytes = counting(1000);
    Sha256 hash;
    for (int round = 0; round < 2; ++round) {
        for (size_t at = 0; at < bytes.size(); at += 77) {
            hash.update(ByteView(bytes).subspan(at, std::min<size_t>(77, bytes.size() - at)));
        }
        hash.update({});
        EXPECT_EQ(hash.finish(), sha256(bytes));
    }
    EXPECT_EQ(hash.finish(), sha256({}));
}

TEST(Hex, IsInLowerCase) {
    EXPECT_EQ(to_hex({}), "");
    EXPECT_EQ(to_hex(from_hex("00 0f a0 ff 7e")), "000fa0ff7e");
}

TEST(Random, FillsAllOfItsBytesDifferentlyEachTime) {
    ByteBuffer a(64);
    ByteBuffer b(64);
    EXPECT_TRUE(fill_random(a));
    EXPECT_TRUE(fill_random(b));
    EXPECT_NE(a, b);
    EXPECT_NE(ByteBuffer(a.begin() + 32, a.end()), ByteBuffer(32));
    EXPECT_TRUE(fill_random({}));
}

TEST(Bytes, AreBigEndian) {
    const ByteBuffer bytes = from_hex("ff 1122334455667788");
    EXPECT_EQ(load_be<uint8_t>(&bytes[1]), 0x11U);
    EXPECT_EQ(load_be<uint16_t>(&bytes[1]), 0x1122U);
    EXPECT_EQ(load_be<uint32_t>(&bytes[1]), 0x11223344U);
    EXPECT_EQ(load_be<uint64_t>(&bytes[1]), 0x1122334455667788U);
    EXPECT_EQ(load_le<uint32_t>(&bytes[1]), 0x44332211U);
    ByteBuffer out(8);
    store_be(out.data(), uint64_t{0x1122334455667788});
    EXPECT_EQ(to_hex(out), "1122334455667788");
    store_be_float(out.data(), 1.0F);
    EXPECT_EQ(to_hex({out.data(), 4}), "3f800000");
    EXPECT_EQ(load_be_float(from_hex("c0200000").data()), -2.5F);
}

}  // namespace
}  // namespace reel
