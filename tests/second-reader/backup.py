"""A backup: header, blocks, how items lie in them. Section "Backup". Unlike most of this folder it was written after the code."""

from __future__ import annotations

from dataclasses import dataclass

from ciphers import aes_open, aes_seal
from notation import ProtocolError, Source, cut, hkdf, label, require, same, sha256, u8, u32

MAGIC = b"tincan backup"
VERSION = 2
HEADER_BYTES = 72
BLOCK_BYTES = 65_536
CONTENT_BYTES = 65_520
LARGEST_ITEM = 1 << 19
LEAST = (65_536, 3, 1)
MOST = (262_144, 10, 4)


@dataclass(frozen=True)
class Backup:
    header: bytes
    key: bytes
    prefix: bytes

    def nonce(self, index: int, is_last: bool) -> bytes:
        return self.prefix + u32(index) + u8(is_last)

    def seal(self, index: int, is_last: bool, content: bytes) -> bytes:
        return aes_seal(self.key, self.nonce(index, is_last), self.header, content.ljust(CONTENT_BYTES, b"\0"))

    def open(self, index: int, is_last: bool, block: bytes) -> bytes:
        try:
            return aes_open(self.key, self.nonce(index, is_last), self.header, block)
        except ProtocolError:
            try:
                aes_open(self.key, self.nonce(index, not is_last), self.header, block)
            except ProtocolError:
                raise ProtocolError("bad-tag") from None
            raise ProtocolError("truncated" if is_last else "trailing") from None


def _check(fields: bytes) -> bytes:
    return sha256(label("backup check") + fields)[:4]


def _derive(secret: bytes, opening: bytes) -> list[bytes]:
    """key ‖ prefix ‖ commitment"""
    return cut(hkdf(secret, b"", label("backup") + opening, 71), 32, 7, 32)


def make_header(secret: bytes, terms: tuple[int, int, int], salt: bytes) -> bytes:
    memory, passes, lanes = terms
    opening = MAGIC + u8(VERSION) + u32(memory) + u8(passes) + u8(lanes) + salt
    fields = opening + _derive(secret, opening)[2]
    return fields + _check(fields)


def open_header(secret: bytes, header: bytes) -> Backup:
    """`secret` is what Argon2id made of the passphrase under the header's terms."""
    source = Source(header)
    require(source.take(13) == MAGIC, "bad-kind")
    source.version(VERSION)
    terms = (source.number(4), source.number(1), source.number(1))
    source.take(16)
    commitment, check = source.take(32), source.take(4)
    source.done()
    require(same(check, _check(header[:68])), "bad-value")
    require(all(asked <= most for asked, most in zip(terms, MOST, strict=True)), "too-large")
    require(all(asked >= least for asked, least in zip(terms, LEAST, strict=True)), "weak-parameters")
    key, prefix, expected = _derive(secret, header[:36])
    require(same(commitment, expected), "bad-tag")
    return Backup(header, key, prefix)


def split_items(content: bytes) -> list[bytes]:
    """Of all blocks together."""
    items, at = [], 0
    while len(content) - at >= 4:
        size = int.from_bytes(content[at : at + 4], "big")
        require(size <= LARGEST_ITEM, "too-large")
        if size == 0:
            break
        require(len(content) - at - 4 >= size, "truncated")
        items.append(content[at + 4 : at + 4 + size])
        at += 4 + size
    left = content[at:]
    require(not any(left), "bad-padding" if left[:4] == bytes(4) else "truncated")
    return items
