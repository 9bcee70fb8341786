"""Sealed files: STREAM over AES-256-GCM with a commitment and Padmé. Section "Files"."""

from __future__ import annotations

from dataclasses import dataclass

from ciphers import aes_open, aes_seal
from notation import Source, cut, exactly, hkdf, label, require, same, u32, u64

VERSION = 1
HEADER_BYTES = 90
LARGEST_FILE = 1 << 40
TAG_BYTES = 16
CHUNK, LAST_CHUNK, SIZE = range(3)


def padme(size: int) -> int:
    size = max(size, 4096)
    exponent = size.bit_length() - 1
    unit = 1 << exponent - (exponent.bit_length() - 1) - 1
    return (size + unit - 1) // unit * unit


@dataclass(frozen=True)
class FileSecret:
    key: bytes
    file_id: bytes


@dataclass(frozen=True)
class SealedFile:
    header: bytes
    chunk_key: bytes
    prefix: bytes
    chunk_bytes: int
    size: int

    @property
    def share_bytes(self) -> int:
        return self.chunk_bytes - TAG_BYTES

    @property
    def padded_bytes(self) -> int:
        return padme(self.size)

    @property
    def count(self) -> int:
        return -(-self.padded_bytes // self.share_bytes)

    def nonce(self, index: int, kind: int) -> bytes:
        return self.prefix + u32(index) + bytes([kind])

    def _share(self, index: int) -> tuple[int, bytes]:
        """The share's size, and the nonce of its chunk."""
        require(0 <= index < self.count, "bad-value")
        is_last = index == self.count - 1
        size = self.padded_bytes - index * self.share_bytes if is_last else self.share_bytes
        return size, self.nonce(index, LAST_CHUNK if is_last else CHUNK)

    def open_chunk(self, index: int, sealed: bytes) -> bytes:
        """The file's bytes in this chunk, without padding."""
        size, nonce = self._share(index)
        share = aes_open(self.chunk_key, nonce, self.header, exactly(sealed, size + TAG_BYTES))
        real = max(0, min(size, self.size - index * self.share_bytes))
        require(not any(share[real:]), "bad-padding")
        return share[:real]

    def seal_chunk(self, index: int, content: bytes) -> bytes:
        size, nonce = self._share(index)
        return aes_seal(self.chunk_key, nonce, self.header, content.ljust(size, b"\0"))

    def open_all(self, chunks: list[bytes]) -> bytes:
        require(len(chunks) >= self.count, "truncated")
        require(len(chunks) <= self.count, "trailing")
        return b"".join(self.open_chunk(index, chunk) for index, chunk in enumerate(chunks))


def _derive(secret: FileSecret, salt: bytes, exponent: int) -> list[bytes]:
    """chunk key ‖ prefix ‖ commitment"""
    info = label("file") + bytes([VERSION, exponent]) + secret.file_id
    return cut(hkdf(secret.key, salt, info, 71), 32, 7, 32)


def open_file(secret: FileSecret, header: bytes) -> SealedFile:
    source = Source(header)
    source.version(VERSION)
    exponent = source.number(1)
    require(12 <= exponent <= 22, "bad-value")
    salt, commitment, sealed_size = source.take(32), source.take(32), source.take(24)
    source.done()
    chunk_key, prefix, expected = _derive(secret, salt, exponent)
    require(same(commitment, expected), "bad-tag")
    size = int.from_bytes(aes_open(chunk_key, prefix + u32(0) + bytes([SIZE]), header[:66], sealed_size), "big")
    require(size <= LARGEST_FILE, "too-large")
    return SealedFile(header, chunk_key, prefix, 1 << exponent, size)


def seal_header(secret: FileSecret, salt: bytes, exponent: int, size: int) -> bytes:
    chunk_key, prefix, commitment = _derive(secret, salt, exponent)
    front = bytes([VERSION, exponent]) + salt + commitment
    return front + aes_seal(chunk_key, prefix + u32(0) + bytes([SIZE]), front, u64(size))
