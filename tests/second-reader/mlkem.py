"""ML-KEM-768 and ML-KEM-1024 (FIPS 203), from seeds, with an encapsulation in two halves for the braid."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache

from notation import exactly, require

Q = 3329
N_INVERSE = 3303  # of 128
Poly = list[int]


def _bit_reversed(value: int) -> int:
    return int(f"{value:07b}"[::-1], 2)


ZETAS = [pow(17, _bit_reversed(i), Q) for i in range(128)]
GAMMAS = [pow(17, 2 * _bit_reversed(i) + 1, Q) for i in range(128)]


@dataclass(frozen=True)
class Kem:
    rank: int
    u_bits: int
    v_bits: int

    @property
    def vector_bytes(self) -> int:
        return 384 * self.rank

    @property
    def u_bytes(self) -> int:
        return 32 * self.u_bits * self.rank

    @property
    def ciphertext_bytes(self) -> int:
        return self.u_bytes + 32 * self.v_bits


KEM_768 = Kem(rank=3, u_bits=10, v_bits=4)
KEM_1024 = Kem(rank=4, u_bits=11, v_bits=5)


@dataclass(frozen=True)
class FirstHalf:
    """What an encapsulator keeps between ct1 (u, from ρ and the key's hash) and ct2 (v, from the vector)."""

    ct1: bytes
    secret: bytes
    message: bytes
    noise: list[Poly]
    last_noise: Poly


def _ntt(values: Poly) -> Poly:
    f, at = list(values), 1
    for length in (128, 64, 32, 16, 8, 4, 2):
        for start in range(0, 256, 2 * length):
            zeta, at = ZETAS[at], at + 1
            for j in range(start, start + length):
                turned = zeta * f[j + length]
                f[j + length], f[j] = (f[j] - turned) % Q, (f[j] + turned) % Q
    return f


def _inverse_ntt(values: Poly) -> Poly:
    f, at = list(values), 127
    for length in (2, 4, 8, 16, 32, 64, 128):
        for start in range(0, 256, 2 * length):
            zeta, at = ZETAS[at], at - 1
            for j in range(start, start + length):
                low, high = f[j], f[j + length]
                f[j], f[j + length] = (low + high) % Q, zeta * (high - low) % Q
    return [value * N_INVERSE % Q for value in f]


def _dot(left: list[Poly], right: list[Poly]) -> Poly:
    """The sum of products of polynomials in NTT form."""
    total = [0] * 256
    for f, g in zip(left, right, strict=True):
        for i in range(128):
            a, b, c, d = f[2 * i], f[2 * i + 1], g[2 * i], g[2 * i + 1]
            total[2 * i] += a * c + b * d % Q * GAMMAS[i]
            total[2 * i + 1] += a * d + b * c
    return [value % Q for value in total]


def _add(*polys: Poly) -> Poly:
    return [sum(values) % Q for values in zip(*polys, strict=True)]


def _encode(values: Poly, bits: int) -> bytes:
    packed = 0
    for place, value in enumerate(values):
        packed |= value << bits * place
    return packed.to_bytes(32 * bits, "little")


def _decode(data: bytes, bits: int) -> Poly:
    packed = int.from_bytes(data, "little")
    return [packed >> bits * place & (1 << bits) - 1 for place in range(256)]


def _compress(values: Poly, bits: int) -> Poly:
    return [((value << bits + 1) + Q) // (2 * Q) & (1 << bits) - 1 for value in values]


def _decompress(values: Poly, bits: int) -> Poly:
    return [(value * Q + (1 << bits - 1)) >> bits for value in values]


def _polys(data: bytes, bits: int) -> list[Poly]:
    return [_decode(data[at : at + 32 * bits], bits) for at in range(0, len(data), 32 * bits)]


def _noise(seed: bytes, counter: int) -> Poly:
    """CBD with η = 2, which both parameter sets use everywhere."""
    stream = int.from_bytes(hashlib.shake_256(seed + bytes([counter])).digest(128), "little")
    nibbles = (stream >> 4 * place & 15 for place in range(256))
    return [((n & 1) + (n >> 1 & 1) - (n >> 2 & 1) - (n >> 3)) % Q for n in nibbles]


def _uniform(rho: bytes, column: int, row: int) -> Poly:
    stream = hashlib.shake_128(rho + bytes([column, row])).digest(1344)
    values: Poly = []
    for a, b, c in zip(stream[::3], stream[1::3], stream[2::3], strict=True):
        values += [value for value in (a | (b & 15) << 8, b >> 4 | c << 4) if value < Q]
    return values[:256]


@lru_cache(maxsize=64)
def _matrix(kem: Kem, rho: bytes) -> list[list[Poly]]:
    return [[_uniform(rho, column, row) for column in range(kem.rank)] for row in range(kem.rank)]


def check_vector(kem: Kem, vector: bytes) -> bytes:
    """FIPS 203, 7.2: a coefficient of 3,329 or more is refused."""
    exactly(vector, kem.vector_bytes)
    require(all(value < Q for poly in _polys(vector, 12) for value in poly), "bad-key")
    return vector


@lru_cache(maxsize=64)
def keys_from_seed(kem: Kem, seed: bytes) -> tuple[bytes, bytes, list[Poly]]:
    """Of seed d ‖ z: the encoded vector, ρ, and the secret polynomials in NTT form."""
    rho_sigma = hashlib.sha3_512(seed[:32] + bytes([kem.rank])).digest()
    rho, sigma = rho_sigma[:32], rho_sigma[32:]
    secret = [_ntt(_noise(sigma, i)) for i in range(kem.rank)]
    errors = [_ntt(_noise(sigma, kem.rank + i)) for i in range(kem.rank)]
    matrix = _matrix(kem, rho)
    vector = [_add(_dot(row, secret), error) for row, error in zip(matrix, errors, strict=True)]
    return b"".join(_encode(poly, 12) for poly in vector), rho, secret


def public_from_seed(kem: Kem, seed: bytes) -> bytes:
    vector, rho, _ = keys_from_seed(kem, seed)
    return vector + rho


def encapsulate_first(kem: Kem, rho: bytes, key_hash: bytes, message: bytes) -> FirstHalf:
    shared = hashlib.sha3_512(message + key_hash).digest()
    secret, coins = shared[:32], shared[32:]
    noise = [_ntt(_noise(coins, i)) for i in range(kem.rank)]
    matrix = _matrix(kem, rho)
    parts = []
    for i in range(kem.rank):
        u = _add(_inverse_ntt(_dot([row[i] for row in matrix], noise)), _noise(coins, kem.rank + i))
        parts.append(_encode(_compress(u, kem.u_bits), kem.u_bits))
    return FirstHalf(b"".join(parts), secret, message, noise, _noise(coins, 2 * kem.rank))


def encapsulate_last(kem: Kem, first: FirstHalf, vector: bytes) -> bytes:
    halves = _decompress(_decode(first.message, 1), 1)
    product = _inverse_ntt(_dot(_polys(vector, 12), first.noise))
    return _encode(_compress(_add(product, first.last_noise, halves), kem.v_bits), kem.v_bits)


def encapsulate(kem: Kem, public: bytes, message: bytes) -> tuple[bytes, bytes]:
    """Returns (ciphertext, shared secret)."""
    vector, rho = public[: kem.vector_bytes], public[kem.vector_bytes :]
    first = encapsulate_first(kem, rho, hashlib.sha3_256(public).digest(), message)
    return first.ct1 + encapsulate_last(kem, first, vector), first.secret


def decapsulate(kem: Kem, seed: bytes, ciphertext: bytes) -> bytes:
    """The shared secret; of a ciphertext that nobody made, a secret nobody has (implicit rejection)."""
    exactly(ciphertext, kem.ciphertext_bytes)
    vector, rho, secret = keys_from_seed(kem, seed)
    u = [_ntt(_decompress(poly, kem.u_bits)) for poly in _polys(ciphertext[: kem.u_bytes], kem.u_bits)]
    v = _decompress(_decode(ciphertext[kem.u_bytes :], kem.v_bits), kem.v_bits)
    masked = [(a - b) % Q for a, b in zip(v, _inverse_ntt(_dot(secret, u)), strict=True)]
    message = _encode(_compress(masked, 1), 1)
    again, shared = encapsulate(kem, vector + rho, message)
    return shared if again == ciphertext else hashlib.shake_256(seed[32:] + ciphertext).digest(32)
