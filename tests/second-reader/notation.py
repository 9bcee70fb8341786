"""The document's notation: refusals, fields read in order, labels, hashes, padding.

Written from lib/protocol/PROTOCOL.md alone, section "Notation". Everything else in this folder stands on it.
"""

from __future__ import annotations

import hashlib
import hmac as _hmac


class ProtocolError(Exception):
    """A refusal with one of the document's codes."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def require(holds: bool, code: str) -> None:
    if not holds:
        raise ProtocolError(code)


class Source:
    """Bytes that are read once, in order. What is missing is `truncated`, what is left over `trailing`."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def left(self) -> int:
        return len(self._data) - self._at

    def take(self, size: int) -> bytes:
        require(size <= self.left, "truncated")
        self._at += size
        return self._data[self._at - size : self._at]

    def number(self, size: int) -> int:
        value = int.from_bytes(self.take(size), "big")
        require(value < 1 << 53, "bad-value")
        return value

    def flag(self) -> bool:
        value = self.number(1)
        require(value <= 1, "bad-value")
        return value == 1

    def text(self, limit: int) -> str:
        size = self.number(2)
        require(size <= limit, "too-large")
        try:
            return self.take(size).decode("utf-8")
        except UnicodeDecodeError:
            raise ProtocolError("bad-text") from None

    def version(self, known: int) -> None:
        require(self.number(1) == known, "bad-version")

    def done(self) -> None:
        require(self.left == 0, "trailing")


def exactly(data: bytes, size: int) -> bytes:
    require(len(data) >= size, "truncated")
    require(len(data) <= size, "trailing")
    return data


def u8(value: int) -> bytes:
    return value.to_bytes(1, "big")


def u16(value: int) -> bytes:
    return value.to_bytes(2, "big")


def u32(value: int) -> bytes:
    return value.to_bytes(4, "big")


def u64(value: int) -> bytes:
    require(value < 1 << 53, "bad-value")
    return value.to_bytes(8, "big")


def text(value: str) -> bytes:
    encoded = value.encode("utf-8")
    return u16(len(encoded)) + encoded


def label(name: str) -> bytes:
    return b"tincan/1/" + name.encode("ascii") + b"\0"


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def hmac(key: bytes, data: bytes) -> bytes:
    return _hmac.digest(key, data, "sha256")


def hkdf(secret: bytes, salt: bytes, info: bytes, size: int) -> bytes:
    """HKDF-SHA-256, RFC 5869. An empty salt counts as 32 zero bytes."""
    extracted = hmac(salt or bytes(32), secret)
    keys, block = b"", b""
    while len(keys) < size:
        block = hmac(extracted, block + info + u8(len(keys) // 32 + 1))
        keys += block
    return keys[:size]


def cut(data: bytes, *sizes: int) -> list[bytes]:
    """Cuts derived bytes into parts of the given sizes, which must use them up."""
    source = Source(data)
    parts = [source.take(size) for size in sizes]
    source.done()
    return parts


def pad(data: bytes, size: int) -> bytes:
    require(len(data) + 2 <= size, "too-large")
    return (u16(len(data)) + data).ljust(size, b"\0")


def unpad(padded: bytes) -> bytes:
    size = int.from_bytes(padded[:2], "big")
    require(len(padded) >= size + 2 and not any(padded[size + 2 :]), "bad-padding")
    return padded[2 : size + 2]


def same(left: bytes, right: bytes) -> bool:
    return _hmac.compare_digest(left, right)
