"""Statements, fingerprints and the safety number. Section "Identity"."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from curves import (
    agree, check_signature, check_x25519, ed25519_public, ed25519_sign, x25519_public, xeddsa_sign, xeddsa_verifies,
)  # fmt: skip
from notation import Source, label, require, sha256

STATEMENT_BYTES = 193


@dataclass(frozen=True)
class Statement:
    sig: bytes
    dh: bytes
    raw: bytes

    @property
    def identity_hash(self) -> bytes:
        return sha256(self.raw)

    @property
    def keys(self) -> bytes:
        return self.sig + self.dh

    @property
    def fingerprint(self) -> str:
        return sha256(label("fingerprint") + self.keys)[:16].hex()


@dataclass(frozen=True)
class Identity:
    """The secret half, for those who make vectors again."""

    sig_secret: bytes
    dh_secret: bytes
    statement: Statement

    def agree(self, theirs: bytes) -> bytes:
        return agree(self.dh_secret, theirs)

    def sign(self, message: bytes) -> bytes:
        return ed25519_sign(self.sig_secret, message)


def read_statement(data: bytes) -> Statement:
    source = Source(data)
    source.version(1)
    sig, dh = source.take(32), check_x25519(source.take(32))
    by_sig, by_dh = source.take(64), source.take(64)
    source.done()
    check_signature(by_sig, label("identity by signing key") + sig + dh, sig)
    require(xeddsa_verifies(by_dh, label("identity by agreement key") + sig + dh, dh), "bad-signature")
    return Statement(sig, dh, data)


def make_identity(sig_secret: bytes, dh_secret: bytes, randomness: bytes) -> Identity:
    sig, dh = ed25519_public(sig_secret), x25519_public(dh_secret)
    by_sig = ed25519_sign(sig_secret, label("identity by signing key") + sig + dh)
    by_dh = xeddsa_sign(dh_secret, label("identity by agreement key") + sig + dh, randomness)
    return Identity(sig_secret, dh_secret, read_statement(b"\1" + sig + dh + by_sig + by_dh))


def read_stored_identity(data: bytes) -> Identity:
    """1 ‖ signing secret ‖ agreement secret ‖ statement, which must belong together. Section "Stored forms"."""
    source = Source(data)
    source.version(1)
    sig_secret, dh_secret = source.take(32), source.take(32)
    statement = read_statement(source.take(STATEMENT_BYTES))
    source.done()
    require(statement.sig == ed25519_public(sig_secret) and statement.dh == x25519_public(dh_secret), "bad-key")
    return Identity(sig_secret, dh_secret, statement)


def _half_of_number(statement: Statement) -> str:
    digest = b"\0\0" + statement.keys + label("safety number")
    for _ in range(5200):
        digest = hashlib.sha512(digest + statement.keys).digest()
    groups = (int.from_bytes(digest[at : at + 5], "big") % 100_000 for at in range(0, 30, 5))
    return "".join(f"{group:05}" for group in groups)


def safety_number(one: Statement, other: Statement) -> str:
    return "".join(sorted((_half_of_number(one), _half_of_number(other))))
