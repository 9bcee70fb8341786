"""Chunks of a braid: a message as polynomials over GF(2¹⁶), said by their values. Section "Post-quantum ratchet"."""

from __future__ import annotations

import struct

from notation import exactly

CHUNK = 32
LANES = 16
MODULUS = 0x1100B  # x¹⁶ + x¹² + x³ + x + 1


def _tables() -> tuple[list[int], list[int]]:
    """Powers of x, which generates the field's units, and their logarithms."""
    powers, logs, value = [], [0] * 65536, 1
    for exponent in range(65535):
        powers.append(value)
        logs[value] = exponent
        value = value << 1 ^ (MODULUS if value & 0x8000 else 0)
    return powers, logs


_POWERS, _LOGS = _tables()


def times(left: int, right: int) -> int:
    return _POWERS[(_LOGS[left] + _LOGS[right]) % 65535] if left and right else 0


def chunk_at(index: int, known: dict[int, bytes]) -> bytes:
    """The chunk at `index` of the polynomials that take the `known` values (Lagrange)."""
    if index in known:
        return known[index]
    all_distances = sum(_LOGS[index ^ place] for place in known)
    total = [0] * LANES
    for place, chunk in known.items():
        between = sum(_LOGS[place ^ other] for other in known if other != place)
        weight = all_distances - _LOGS[index ^ place] - between
        for lane, value in enumerate(struct.unpack(">16H", chunk)):
            if value:
                total[lane] ^= _POWERS[(_LOGS[value] + weight) % 65535]
    return struct.pack(">16H", *total)


def chunks_of(message: bytes) -> dict[int, bytes]:
    return {at // CHUNK: message[at : at + CHUNK] for at in range(0, len(message), CHUNK)}


def message_of(count: int, known: dict[int, bytes]) -> bytes:
    """The message of `count` chunks, from any `count` different ones."""
    some = dict(list(known.items())[:count])
    return exactly(b"".join(chunk_at(index, some) for index in range(count)), count * CHUNK)
