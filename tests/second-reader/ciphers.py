"""ChaCha20-Poly1305 (RFC 8439), XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03), AES-256-GCM (SP 800-38D).

Every `open` refuses with `bad-tag`. Slow, and not in constant time: a checker's.
"""

from __future__ import annotations

import struct

from notation import require, same

_WORD = 0xFFFFFFFF
_CONSTANTS = struct.unpack("<4L", b"expand 32-byte k")
_QUARTERS = (
    (0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15),
    (0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14),
)  # fmt: skip


def _chacha_rounds(start: tuple[int, ...]) -> list[int]:
    state = list(start)
    for _ in range(10):
        for a, b, c, d in _QUARTERS:
            for into, source, turned, bits in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
                state[into] = (state[into] + state[source]) & _WORD
                mixed = state[turned] ^ state[into]
                state[turned] = (mixed << bits | mixed >> (32 - bits)) & _WORD
    return state


def _chacha_block(key: bytes, counter: int, nonce: bytes) -> bytes:
    start = (*_CONSTANTS, *struct.unpack("<8L", key), counter, *struct.unpack("<3L", nonce))
    mixed = _chacha_rounds(start)
    return struct.pack("<16L", *((x + y) & _WORD for x, y in zip(mixed, start, strict=True)))


def _chacha_stream(key: bytes, nonce: bytes, data: bytes) -> bytes:
    blocks = range(1, 1 + (len(data) + 63) // 64)
    return _xor(data, b"".join(_chacha_block(key, counter, nonce) for counter in blocks))


def _xor(data: bytes, stream: bytes) -> bytes:
    size = len(data)
    mixed = int.from_bytes(data, "big") ^ int.from_bytes(stream[:size], "big")
    return mixed.to_bytes(size, "big")


def _zeros_to_16(data: bytes) -> bytes:
    return data + bytes(-len(data) % 16)


def _poly1305(key: bytes, aad: bytes, sealed: bytes) -> bytes:
    data = _zeros_to_16(aad) + _zeros_to_16(sealed) + struct.pack("<QQ", len(aad), len(sealed))
    r = int.from_bytes(key[:16], "little") & 0x0FFFFFFC0FFFFFFC0FFFFFFC0FFFFFFF
    total = 0
    for at in range(0, len(data), 16):
        total = (total + int.from_bytes(data[at : at + 16] + b"\1", "little")) * r % (2**130 - 5)
    return ((total + int.from_bytes(key[16:], "little")) % 2**128).to_bytes(16, "little")


def chacha_seal(key: bytes, nonce: bytes, aad: bytes, plain: bytes) -> bytes:
    sealed = _chacha_stream(key, nonce, plain)
    return sealed + _poly1305(_chacha_block(key, 0, nonce)[:32], aad, sealed)


def chacha_open(key: bytes, nonce: bytes, aad: bytes, sealed: bytes) -> bytes:
    body, tag = sealed[:-16], sealed[-16:]
    require(same(tag, _poly1305(_chacha_block(key, 0, nonce)[:32], aad, body)), "bad-tag")
    return _chacha_stream(key, nonce, body)


def _hchacha(key: bytes, nonce: bytes) -> bytes:
    mixed = _chacha_rounds((*_CONSTANTS, *struct.unpack("<8L", key), *struct.unpack("<4L", nonce)))
    return struct.pack("<8L", *mixed[:4], *mixed[12:])


def xchacha_seal(key: bytes, nonce: bytes, aad: bytes, plain: bytes) -> bytes:
    return chacha_seal(_hchacha(key, nonce[:16]), bytes(4) + nonce[16:], aad, plain)


def xchacha_open(key: bytes, nonce: bytes, aad: bytes, sealed: bytes) -> bytes:
    return chacha_open(_hchacha(key, nonce[:16]), bytes(4) + nonce[16:], aad, sealed)


def _doubled(byte: int) -> int:
    return byte << 1 ^ (0x11B if byte & 0x80 else 0)


def _aes_tables() -> tuple[bytes, list[list[int]]]:
    """The S-box, and for each of the four rows a table of S-box and MixColumns together."""
    power, powers, logs = 1, [], {}
    for exponent in range(255):
        powers.append(power)
        logs[power] = exponent
        power = _doubled(power) ^ power  # times 3, a generator
    box = bytearray([0x63])
    for byte in range(1, 256):
        inverse = powers[-logs[byte] % 255]
        spread = inverse ^ inverse << 1 ^ inverse << 2 ^ inverse << 3 ^ inverse << 4
        box.append(spread & 0xFF ^ spread >> 8 ^ 0x63)
    columns = [_doubled(s) << 24 | s << 16 | s << 8 | _doubled(s) ^ s for s in box]
    return bytes(box), [[(c >> turn | c << (32 - turn)) & _WORD for c in columns] for turn in (0, 8, 16, 24)]


_BOX, (_T0, _T1, _T2, _T3) = _aes_tables()


def _aes_expand(key: bytes) -> list[int]:
    """AES-256: 15 round keys of four words (FIPS 197, 5.2)."""
    words, constant = list(struct.unpack(">8L", key)), 1
    for at in range(8, 60):
        word = words[-1]
        if at % 8 == 0:
            word = (word << 8 | word >> 24) & _WORD
        if at % 4 == 0:
            word = int.from_bytes(bytes(_BOX[byte] for byte in struct.pack(">L", word)), "big")
        if at % 8 == 0:
            word ^= constant << 24
            constant = _doubled(constant)
        words.append(words[-8] ^ word)
    return words


def _aes_block(keys: list[int], block: bytes) -> bytes:
    a, b, c, d = (word ^ key for word, key in zip(struct.unpack(">4L", block), keys, strict=False))
    for at in range(4, 56, 4):
        a, b, c, d = (
            _T0[a >> 24] ^ _T1[b >> 16 & 255] ^ _T2[c >> 8 & 255] ^ _T3[d & 255] ^ keys[at],
            _T0[b >> 24] ^ _T1[c >> 16 & 255] ^ _T2[d >> 8 & 255] ^ _T3[a & 255] ^ keys[at + 1],
            _T0[c >> 24] ^ _T1[d >> 16 & 255] ^ _T2[a >> 8 & 255] ^ _T3[b & 255] ^ keys[at + 2],
            _T0[d >> 24] ^ _T1[a >> 16 & 255] ^ _T2[b >> 8 & 255] ^ _T3[c & 255] ^ keys[at + 3],
        )
    last = [
        _BOX[w >> 24] << 24 | _BOX[x >> 16 & 255] << 16 | _BOX[y >> 8 & 255] << 8 | _BOX[z & 255]
        for w, x, y, z in ((a, b, c, d), (b, c, d, a), (c, d, a, b), (d, a, b, c))
    ]
    return struct.pack(">4L", *(word ^ key for word, key in zip(last, keys[56:], strict=True)))


def _half(value: int) -> int:
    """Times x in GCM's field, whose bits stand in reversed order."""
    return value >> 1 ^ (0xE1 << 120 if value & 1 else 0)


def _ghash(point: int, aad: bytes, sealed: bytes) -> int:
    table = [0] * 256
    for bit in (128, 64, 32, 16, 8, 4, 2, 1):
        table[bit] = point
        point = _half(point)
    for bit in (2, 4, 8, 16, 32, 64, 128):
        for low in range(1, bit):
            table[bit + low] = table[bit] ^ table[low]
    data = _zeros_to_16(aad) + _zeros_to_16(sealed) + struct.pack(">QQ", 8 * len(aad), 8 * len(sealed))
    total = 0
    for at in range(0, len(data), 16):
        mixed = (total ^ int.from_bytes(data[at : at + 16], "big")).to_bytes(16, "little")
        total = 0
        for byte in mixed:
            total = (total >> 8 ^ _OVERFLOWN[total & 255]) ^ table[byte]
    return total


def _overflown() -> list[int]:
    """What eight halvings make of each low byte."""
    results = []
    for byte in range(256):
        value = byte
        for _ in range(8):
            value = _half(value)
        results.append(value)
    return results


_OVERFLOWN = _overflown()


def _gcm(key: bytes, nonce: bytes, data: bytes) -> tuple[list[int], bytes]:
    keys = _aes_expand(key)
    count = 2 + (len(data) + 15) // 16
    return keys, _xor(data, b"".join(_aes_block(keys, nonce + struct.pack(">L", i)) for i in range(2, count)))


def _gcm_tag(keys: list[int], nonce: bytes, aad: bytes, sealed: bytes) -> bytes:
    point = int.from_bytes(_aes_block(keys, bytes(16)), "big")
    mask = int.from_bytes(_aes_block(keys, nonce + b"\0\0\0\1"), "big")
    return (_ghash(point, aad, sealed) ^ mask).to_bytes(16, "big")


def aes_seal(key: bytes, nonce: bytes, aad: bytes, plain: bytes) -> bytes:
    keys, sealed = _gcm(key, nonce, plain)
    return sealed + _gcm_tag(keys, nonce, aad, sealed)


def aes_open(key: bytes, nonce: bytes, aad: bytes, sealed: bytes) -> bytes:
    body, tag = sealed[:-16], sealed[-16:]
    require(same(tag, _gcm_tag(_aes_expand(key), nonce, aad, body)), "bad-tag")
    return _gcm(key, nonce, body)[1]
