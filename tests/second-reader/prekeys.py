"""Prekey bundles, what their owner keeps of them, and prekey boxes."""

from __future__ import annotations

from dataclasses import dataclass

from ciphers import xchacha_open, xchacha_seal
from curves import check_signature, check_x25519, ed25519_sign, x25519_public
from identity import STATEMENT_BYTES, Statement, read_statement
from mlkem import KEM_1024, check_vector, public_from_seed
from notation import Source, exactly, hkdf, label, pad, require, u32, unpad

BUNDLE_VERSION = 4
KEM_BYTES = 1568
BOX_BYTES = 2048


@dataclass(frozen=True)
class Prekey:
    """An id and a public key; the secret (for ML-KEM the seed) where its owner reads it."""

    id: int
    public: bytes
    secret: bytes = b""


@dataclass(frozen=True)
class Prekeys:
    """What the owner holds for one bundle. `one_time` is missing when the KEM prekey is a last-resort one."""

    signed: Prekey
    kem: Prekey
    one_time: Prekey | None


@dataclass(frozen=True)
class Bundle:
    statement: Statement
    signed: Prekey
    kem: Prekey
    one_time: Prekey | None


def _id(source: Source) -> int:
    value = source.number(4)
    require(value != 0, "bad-value")
    return value


def _kem_key(source: Source) -> bytes:
    return check_vector(KEM_1024, source.take(KEM_BYTES - 32)) + source.take(32)


def kem_role(is_one_time: bool) -> bytes:
    return label("one-time KEM prekey" if is_one_time else "last-resort KEM prekey")


def read_bundle(data: bytes) -> Bundle:
    source = Source(data)
    source.version(BUNDLE_VERSION)
    statement = source.take(STATEMENT_BYTES)
    signed, signed_signature = Prekey(_id(source), check_x25519(source.take(32))), source.take(64)
    kem, kem_signature = Prekey(_id(source), _kem_key(source)), source.take(64)
    one_time = Prekey(_id(source), check_x25519(source.take(32))) if source.flag() else None
    source.done()
    owner = read_statement(statement)
    check_signature(signed_signature, label("signed prekey") + u32(signed.id) + signed.public, owner.sig)
    check_signature(kem_signature, kem_role(one_time is not None) + u32(kem.id) + kem.public, owner.sig)
    return Bundle(owner, signed, kem, one_time)


def write_bundle(statement: Statement, sig_secret: bytes, prekeys: Prekeys) -> bytes:
    signed = u32(prekeys.signed.id) + prekeys.signed.public
    kem = u32(prekeys.kem.id) + prekeys.kem.public
    one_time = prekeys.one_time
    return b"".join(
        (
            bytes([BUNDLE_VERSION]),
            statement.raw,
            signed,
            ed25519_sign(sig_secret, label("signed prekey") + signed),
            kem,
            ed25519_sign(sig_secret, kem_role(one_time is not None) + kem),
            b"\1" + u32(one_time.id) + one_time.public if one_time else b"\0",
        )
    )


def make_prekey(prekey_id: int, secret: bytes) -> Prekey:
    return Prekey(prekey_id, x25519_public(secret), secret)


def make_kem_prekey(prekey_id: int, seed: bytes) -> Prekey:
    return Prekey(prekey_id, public_from_seed(KEM_1024, seed), seed)


@dataclass(frozen=True)
class Week:
    signed: Prekey
    last_resort: Prekey
    made_at_ms: int


@dataclass(frozen=True)
class Stock:
    """What stands behind a box. KEM prekeys are stored as seeds: their public keys are made when they are needed."""

    weeks: list[Week]
    one_times: list[tuple[Prekey, Prekey]]
    used: list[tuple[bytes, int]]


def _stored_prekey(source: Source) -> Prekey:
    prekey_id, secret, public = _id(source), source.take(32), source.take(32)
    require(x25519_public(secret) == public, "bad-key")
    return Prekey(prekey_id, public, secret)


def read_stored_prekeys(data: bytes) -> Prekeys:
    """Of an invite: 3 ‖ signed prekey ‖ KEM prekey ‖ `flag` ‖ one-time prekey. Section "Stored forms"."""
    source = Source(data)
    source.version(3)
    signed = _stored_prekey(source)
    seed = _stored_seed(source)
    one_time = _stored_prekey(source) if source.flag() else None
    source.done()
    return Prekeys(signed, make_kem_prekey(seed.id, seed.secret), one_time)


def _stored_seed(source: Source) -> Prekey:
    return Prekey(_id(source), b"", source.take(64))


def _count(source: Source, limit: int) -> int:
    count = source.number(2)
    require(count <= limit, "too-large")
    return count


def read_stock(data: bytes) -> Stock:
    source = Source(data)
    source.version(1)
    weeks = [Week(_stored_prekey(source), _stored_seed(source), source.number(8)) for _ in range(source.number(1))]
    require(len(weeks) > 0, "bad-value")
    one_times = [(_stored_prekey(source), _stored_seed(source)) for _ in range(_count(source, 200))]
    used = [(source.take(32), source.number(8)) for _ in range(_count(source, 1000))]
    source.done()
    return Stock(weeks, one_times, used)


@dataclass(frozen=True)
class Box:
    """What a contact is told of a box, besides the relay's base."""

    id: bytes
    secret: bytes

    @property
    def key(self) -> bytes:
        return hkdf(self.secret, self.id, label("prekey box"), 32)


def open_boxed(box: Box, sealed: bytes, contact: Statement) -> Bundle:
    source = Source(exactly(sealed, BOX_BYTES))
    source.version(1)
    nonce = source.take(24)
    bundle = read_bundle(unpad(xchacha_open(box.key, nonce, b"\1" + box.id, source.take(source.left))))
    require(bundle.statement == contact, "identity-changed")
    return bundle


def seal_boxed(box: Box, bundle: bytes, nonce: bytes) -> bytes:
    return b"\1" + nonce + xchacha_seal(box.key, nonce, b"\1" + box.id, pad(bundle, 2007))
