"""PQXDH and its openings. Section "Agreement"."""

from __future__ import annotations

from dataclasses import dataclass

from ciphers import chacha_open, chacha_seal
from curves import agree, check_x25519, x25519_public
from identity import STATEMENT_BYTES, Identity, Statement, read_statement
from mlkem import KEM_1024, decapsulate, encapsulate
from notation import Source, cut, hkdf, label, require, sha256, u32
from prekeys import KEM_BYTES, Bundle, Prekeys

F = 32 * b"\xff"
OPENING_BYTES = 1825
SEALED_STATEMENT_BYTES = STATEMENT_BYTES + 16


@dataclass(frozen=True)
class Opening:
    signed_id: int
    one_time_id: int
    kem_id: int
    generation: int
    ephemeral: bytes
    ciphertext: bytes
    sealed_statement: bytes

    def write(self) -> bytes:
        ids = u32(self.signed_id) + u32(self.one_time_id) + u32(self.kem_id) + u32(self.generation)
        return ids + self.ephemeral + self.ciphertext + self.sealed_statement


def read_opening(data: bytes) -> Opening:
    source = Source(data)
    ids = [source.number(4) for _ in range(4)]
    ephemeral, ciphertext = source.take(32), source.take(KEM_BYTES)
    opening = Opening(ids[0], ids[1], ids[2], ids[3], ephemeral, ciphertext, source.take(SEALED_STATEMENT_BYTES))
    source.done()
    return opening


@dataclass(frozen=True)
class SessionKeys:
    root: bytes
    header_of_initiator: bytes
    header_of_responder: bytes
    session_id: bytes
    pq_root: bytes
    pq_authentication: bytes


@dataclass(frozen=True)
class Shared:
    """What the two have computed. `dh4` is empty without a one-time prekey."""

    dh1: bytes
    dh2: bytes
    dh3: bytes
    dh4: bytes
    kem: bytes


def _offer(bundle: Bundle, generation: int, ephemeral: bytes, ciphertext: bytes) -> bytes:
    one_time = bundle.one_time
    return b"".join(
        (
            bundle.statement.raw,
            u32(bundle.signed.id),
            bundle.signed.public,
            u32(one_time.id) + one_time.public if one_time else u32(0),
            u32(bundle.kem.id),
            bundle.kem.public,
            u32(generation),
            ephemeral,
            ciphertext,
        )
    )


def _statement_key(dh2: bytes, dh3: bytes, kem: bytes, offer: bytes) -> list[bytes]:
    info = label("pqxdh initiator") + sha256(label("pqxdh offer") + offer)
    return cut(hkdf(F + dh2 + dh3 + kem, b"", info, 44), 32, 12)


def _session_keys(shared: Shared, initiator: Statement, offer: bytes) -> SessionKeys:
    transcript = sha256(label("pqxdh transcript") + initiator.raw + offer)
    secret = F + shared.dh1 + shared.dh2 + shared.dh3 + shared.dh4 + shared.kem
    return SessionKeys(*cut(hkdf(secret, b"", label("pqxdh session") + transcript, 192), *[32] * 6))


@dataclass(frozen=True)
class Beginning:
    """What Alice draws for a session, and the generation she gives it."""

    ephemeral_secret: bytes
    kem_message: bytes
    generation: int


def initiate(alice: Identity, bundle: Bundle, beginning: Beginning) -> tuple[Opening, SessionKeys]:
    secret = beginning.ephemeral_secret
    ephemeral = x25519_public(secret)
    ciphertext, kem = encapsulate(KEM_1024, bundle.kem.public, beginning.kem_message)
    shared = Shared(
        dh1=alice.agree(bundle.signed.public),
        dh2=agree(secret, bundle.statement.dh),
        dh3=agree(secret, bundle.signed.public),
        dh4=agree(secret, bundle.one_time.public) if bundle.one_time else b"",
        kem=kem,
    )
    offer = _offer(bundle, beginning.generation, ephemeral, ciphertext)
    key, nonce = _statement_key(shared.dh2, shared.dh3, kem, offer)
    opening = Opening(
        signed_id=bundle.signed.id,
        one_time_id=bundle.one_time.id if bundle.one_time else 0,
        kem_id=bundle.kem.id,
        generation=beginning.generation,
        ephemeral=ephemeral,
        ciphertext=ciphertext,
        sealed_statement=chacha_seal(key, nonce, b"", alice.statement.raw),
    )
    return opening, _session_keys(shared, alice.statement, offer)


def respond(bob: Identity, prekeys: Prekeys, opening: Opening) -> tuple[Statement, SessionKeys]:
    """Whose opening it is, and the session's keys. Ids that Bob does not hold are `no-prekey`."""
    one_time = prekeys.one_time
    held = (prekeys.signed.id, one_time.id if one_time else 0, prekeys.kem.id)
    require(held == (opening.signed_id, opening.one_time_id, opening.kem_id), "no-prekey")
    ephemeral = check_x25519(opening.ephemeral)
    kem = decapsulate(KEM_1024, prekeys.kem.secret, opening.ciphertext)
    dh2, dh3 = bob.agree(ephemeral), agree(prekeys.signed.secret, ephemeral)
    bundle = Bundle(bob.statement, prekeys.signed, prekeys.kem, one_time)
    offer = _offer(bundle, opening.generation, ephemeral, opening.ciphertext)
    key, nonce = _statement_key(dh2, dh3, kem, offer)
    alice = read_statement(chacha_open(key, nonce, b"", opening.sealed_statement))
    require(alice != bob.statement, "bad-key")
    shared = Shared(
        dh1=agree(prekeys.signed.secret, alice.dh),
        dh2=dh2,
        dh3=dh3,
        dh4=agree(one_time.secret, ephemeral) if one_time else b"",
        kem=kem,
    )
    return alice, _session_keys(shared, alice, offer)
