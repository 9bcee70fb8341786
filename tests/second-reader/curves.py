"""X25519 (RFC 7748), strict Ed25519 (RFC 8032) and XEdDSA (Signal, revision 1) over plain integers.

A checker's arithmetic: correct and slow, and not in constant time. Never use it with secrets that matter.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache

from notation import ProtocolError, require

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)

Point = tuple[int, int, int, int]  # extended coordinates X, Y, Z, T with T = X·Y / Z
NEUTRAL: Point = (0, 1, 1, 0)


def _clamped(secret: bytes) -> int:
    value = int.from_bytes(secret, "little")
    return value & ((1 << 254) - 8) | (1 << 254)


def x25519(secret: bytes, public: bytes) -> bytes:
    """The Montgomery ladder of RFC 7748. Its result may be zero; `agree` refuses that."""
    scalar = _clamped(secret)
    u = int.from_bytes(public, "little") & ((1 << 255) - 1)
    x2, z2, x3, z3, swapped = 1, 0, u, 1, 0
    for position in range(254, -1, -1):
        bit = scalar >> position & 1
        if swapped != bit:
            x2, x3, z2, z3 = x3, x2, z3, z2
        swapped = bit
        a, b, c, d = x2 + z2, x2 - z2, x3 + z3, x3 - z3
        aa, bb, da, cb = a * a % P, b * b % P, d * a % P, c * b % P
        e = aa - bb
        x3, z3 = (da + cb) ** 2 % P, u * (da - cb) ** 2 % P
        x2, z2 = aa * bb % P, e * (aa + 121665 * e) % P
    if swapped:
        x2, z2 = x3, z3
    return (x2 * pow(z2, -1, P) % P if z2 % P else 0).to_bytes(32, "little")


@lru_cache(maxsize=256)
def x25519_public(secret: bytes) -> bytes:
    """By the Edwards curve, whose base point's multiples are at hand: u = (1 + y) / (1 − y)."""
    _, y, z, _ = multiply_base(_clamped(secret))
    return ((z + y) * pow(z - y, -1, P) % P).to_bytes(32, "little")


def agree(secret: bytes, public: bytes) -> bytes:
    shared = x25519(secret, check_x25519(public))
    require(any(shared), "weak-shared-secret")
    return shared


def check_x25519(public: bytes) -> bytes:
    """Refuses a key that is not canonical, or whose order on the curve or on its twist divides 8."""
    u = int.from_bytes(public, "little")
    require(len(public) == 32 and u < P, "bad-key")
    x, z = u, 1
    for _ in range(3):
        difference, total = (x - z) ** 2 % P, (x + z) ** 2 % P
        e = total - difference
        x, z = total * difference % P, e * (total + 121665 * e) % P
    require(z != 0, "bad-key")
    return public


def _add(left: Point, right: Point) -> Point:
    a = (left[1] - left[0]) * (right[1] - right[0]) % P
    b = (left[1] + left[0]) * (right[1] + right[0]) % P
    c = 2 * left[3] * right[3] * D % P
    d = 2 * left[2] * right[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def _double(point: Point) -> Point:
    a, b, c = point[0] ** 2 % P, point[1] ** 2 % P, 2 * point[2] ** 2
    e = (point[0] + point[1]) ** 2 - a - b
    g, h = b - a, -a - b
    f = g - c
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def multiply(scalar: int, point: Point) -> Point:
    small = [NEUTRAL]
    for _ in range(15):
        small.append(_add(small[-1], point))
    result = NEUTRAL
    for position in range((max(scalar.bit_length(), 1) - 1) // 4 * 4, -1, -4):
        result = _double(_double(_double(_double(result))))
        result = _add(result, small[scalar >> position & 15])
    return result


@lru_cache(maxsize=1)
def _base_table() -> list[list[Point]]:
    """For each of 64 hexadecimal places, the sixteen multiples of the base point there."""
    table, point = [], BASE
    for _ in range(64):
        row = [NEUTRAL]
        for _ in range(15):
            row.append(_add(row[-1], point))
        table.append(row)
        point = _add(row[-1], point)
    return table


def multiply_base(scalar: int) -> Point:
    result = NEUTRAL
    for place, row in enumerate(_base_table()):
        result = _add(result, row[scalar >> 4 * place & 15])
    return result


def times_eight(point: Point) -> Point:
    return _double(_double(_double(point)))


def same_point(left: Point, right: Point) -> bool:
    return (left[0] * right[2] - right[0] * left[2]) % P == 0 and (left[1] * right[2] - right[1] * left[2]) % P == 0


def compress(point: Point) -> bytes:
    inverse = pow(point[2], -1, P)
    x, y = point[0] * inverse % P, point[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def decompress(encoded: bytes) -> Point:
    """RFC 8032, 5.1.3: one encoding per point; y of p or more, a wrong x and minus zero are `bad-key`."""
    value = int.from_bytes(encoded, "little")
    sign, y = value >> 255, value & ((1 << 255) - 1)
    require(len(encoded) == 32 and y < P, "bad-key")
    u, v = (y * y - 1) % P, (D * y * y + 1) % P
    x = u * pow(v, 3, P) * pow(u * pow(v, 7, P), (P - 5) // 8, P) % P
    if (v * x * x + u) % P == 0:
        x = x * ROOT_OF_MINUS_ONE % P
    require((v * x * x - u) % P == 0 and not (x == 0 and sign), "bad-key")
    if x & 1 != sign:
        x = P - x
    return (x, y, 1, x * y % P)


BASE = decompress((4 * pow(5, -1, P) % P).to_bytes(32, "little"))


def check_ed25519(public: bytes) -> Point:
    """Refuses what is no canonical point, or one of small order."""
    point = decompress(public)
    require(not same_point(times_eight(point), NEUTRAL), "bad-key")
    return point


def _challenge(*parts: bytes) -> int:
    return int.from_bytes(hashlib.sha512(b"".join(parts)).digest(), "little") % ORDER


def ed25519_verifies(signature: bytes, message: bytes, public: bytes) -> bool:
    """Strict: canonical A and R, S below the order, A of no small order; the equation is multiplied by 8."""
    try:
        key, r = check_ed25519(public), decompress(signature[:32])
    except ProtocolError:
        return False
    s = int.from_bytes(signature[32:], "little")
    if len(signature) != 64 or s >= ORDER:
        return False
    k = _challenge(signature[:32], public, message)
    return same_point(times_eight(multiply_base(s)), times_eight(_add(r, multiply(k, key))))


def check_signature(signature: bytes, message: bytes, public: bytes) -> None:
    require(ed25519_verifies(signature, message, public), "bad-signature")


def xeddsa_verifies(signature: bytes, message: bytes, public: bytes) -> bool:
    """Ed25519 under y = (u − 1) / (u + 1) with sign 0."""
    u = int.from_bytes(check_x25519(public), "little")
    y = (u - 1) * pow(u + 1, -1, P) % P
    return ed25519_verifies(signature, message, y.to_bytes(32, "little"))


def ed25519_public(secret: bytes) -> bytes:
    return compress(multiply_base(_clamped(hashlib.sha512(secret).digest()[:32])))


def ed25519_sign(secret: bytes, message: bytes) -> bytes:
    digest = hashlib.sha512(secret).digest()
    scalar, prefix = _clamped(digest[:32]), digest[32:]
    public = compress(multiply_base(scalar))
    nonce = _challenge(prefix, message)
    r = compress(multiply_base(nonce))
    s = (nonce + _challenge(r, public, message) * scalar) % ORDER
    return r + s.to_bytes(32, "little")


def xeddsa_sign(secret: bytes, message: bytes, randomness: bytes) -> bytes:
    scalar = _clamped(secret)
    public = compress(multiply_base(scalar))
    scalar = (-scalar if public[31] & 0x80 else scalar) % ORDER
    public = public[:31] + bytes([public[31] & 0x7F])
    prefix = b"\xfe" + 31 * b"\xff"
    nonce = _challenge(prefix, scalar.to_bytes(32, "little"), message, randomness)
    r = compress(multiply_base(nonce))
    s = (nonce + _challenge(r, public, message) * scalar) % ORDER
    return r + s.to_bytes(32, "little")
