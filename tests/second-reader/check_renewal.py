"""A session over a prekey box and last-resort keys, and how it goes on through three epochs: the end of transcript.json."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from agreement import Beginning, initiate, read_opening, respond
from check_meeting import drawn_for
from checks import Checks, Draws, Json, unhex
from identity import Identity, read_stored_identity
from notation import ProtocolError, require
from prekeys import (
    Box, Prekey, Prekeys, make_kem_prekey, make_prekey, open_boxed, read_bundle, read_stock, seal_boxed, write_bundle,
)  # fmt: skip
from session import Session, session_of_alice, session_of_bob
from stored import write_session


class Blocks:
    """The draws of `epochs`: whole blocks of SHA-256 of a counter."""

    def __init__(self) -> None:
        self._count = 0

    def __call__(self, size: int) -> bytes:
        drawn = b""
        while len(drawn) < size:
            drawn += hashlib.sha256(f"epochs {self._count}".encode()).digest()
            self._count += 1
        return drawn[:size]


def _identities(transcript: Json) -> tuple[Identity, Identity]:
    alice, bob = (read_stored_identity(unhex(transcript[name]["identity"])) for name in ("alice", "bob"))
    return alice, bob


def _offered(transcript: Json) -> tuple[Prekeys, Prekeys]:
    """The last-resort keys, and the one-time ones, from what was drawn for them."""
    drawn = drawn_for(transcript, "stock behind a box of Bob")
    ids = [int.from_bytes(one, "big") for one in drawn[::2]]
    signed = make_prekey(ids[0], drawn[1])
    last_resort = Prekeys(signed, make_kem_prekey(ids[1], drawn[3]), None)
    return last_resort, Prekeys(signed, make_kem_prekey(ids[3], drawn[7]), make_prekey(ids[2], drawn[5]))


def _bare(prekey: Prekey) -> Prekey:
    return replace(prekey, public=b"")


def check_box(checks: Checks, transcript: Json) -> None:
    alice, bob = _identities(transcript)
    vector = transcript["box"]
    drawn = drawn_for(transcript, "prekey box")
    box = Box(unhex(vector["id"]), unhex(vector["secret"]))
    checks.equal("id and secret", [box.id, box.secret], drawn[:2])
    bundles = []
    for prekeys, sealed, nonce in zip(_offered(transcript), vector["sealed"], drawn[2:], strict=True):
        bundle = write_bundle(bob.statement, bob.sig_secret, prekeys)
        checks.equal("sealed again", seal_boxed(box, bundle, nonce).hex(), sealed)
        opened = open_boxed(box, unhex(sealed), bob.statement)
        checks.equal("KEM prekey", opened.kem.public, prekeys.kem.public)
        checks.refuses("of another identity", "identity-changed", lambda s=sealed: open_boxed(box, unhex(s), alice.statement))
        bundles.append(bundle)
    checks.equal("last-resort bundle", bundles[0].hex(), transcript["lastResort"]["bundle"])
    checks.equal("sizes of bundles", [len(bundle) for bundle in bundles], [1931, 1967])
    stock = read_stock(unhex(vector["stock"]))
    last_resort, one_time = _offered(transcript)
    now_ms = transcript["invite"]["expiresAtMs"]
    week = (stock.weeks[0].signed, stock.weeks[0].last_resort, stock.weeks[0].made_at_ms)
    checks.equal("week", week, (last_resort.signed, _bare(last_resort.kem), now_ms))
    checks.equal("one-time pair", stock.one_times, [(one_time.one_time, _bare(one_time.kem))])
    checks.equal("sessions made", stock.used, [(unhex(transcript["lastResort"]["sessionId"]), now_ms)])


def check_last_resort(checks: Checks, transcript: Json) -> tuple[Session, Session]:
    """Returns both sessions once Bob has opened Alice's first envelope."""
    vector = transcript["lastResort"]
    alice, bob = _identities(transcript)
    prekeys, one_time = _offered(transcript)
    bundle = read_bundle(unhex(vector["bundle"]))
    drawn = drawn_for(transcript, "last-resort session of Alice")
    opening, keys = initiate(alice, bundle, Beginning(drawn[0], drawn[1], vector["generation"]))
    envelope = unhex(vector["envelope"])
    checks.equal("opening", opening.write(), envelope[2:1827])
    checks.equal("session id", keys.session_id.hex(), vector["sessionId"])
    initiator, keys_of_bob = respond(bob, prekeys, read_opening(envelope[2:1827]))
    checks.equal("who it is", initiator, alice.statement)
    for held in (one_time, replace(prekeys, one_time=one_time.one_time)):
        checks.refuses("other prekeys", "no-prekey", lambda h=held: respond(bob, h, opening))
    hashes = alice.statement.identity_hash + bob.statement.identity_hash
    a = session_of_alice(keys, hashes, opening, bundle.signed, drawn[2])
    b = session_of_bob(keys_of_bob, hashes, opening, prekeys.signed)
    checks.equal("envelope made again", a.seal(vector["plaintext"].encode(), "string", Draws(drawn[3:])), envelope)
    stored = write_session(a, vector["generation"], 0, is_last_resort=True)
    checks.equal("Alice, stored", stored.hex(), vector["alice"])
    turn = Draws(drawn_for(transcript, "turn of Bob over last-resort keys"))
    checks.equal("envelope opened", b.open(envelope, turn), vector["plaintext"].encode())
    return a, b


def check_epochs(checks: Checks, transcript: Json) -> None:
    """Every envelope is made again and compared by its hash; at the end both stored sessions are the vector's."""
    vector = transcript["epochs"]
    alice, bob = check_last_resort(Checks("before"), transcript)
    draw = Blocks()
    late: list[tuple[Session, bytes, bytes]] = []
    for count, line in enumerate(vector["said"]):
        speaker, how, digest = line.split()
        sender, reader = (alice, bob) if speaker == "alice" else (bob, alice)
        plain = f"message {count}".encode()
        sealed = sender.seal(plain, "string", draw)
        checks.equal(f"message {count}", hashlib.sha256(sealed).hexdigest()[:16], digest)
        require(hashlib.sha256(sealed).hexdigest()[:16] == digest, "bad-value")
        if how == "late":
            late.append((reader, sealed, plain))
        else:
            checks.equal(f"message {count} opened", reader.open(sealed, draw), plain)
    for reader, sealed, plain in late[-6:]:
        checks.equal("late", reader.open(sealed, draw), plain)
    checks.equal("epochs", (alice.pq.braid.epoch, bob.pq.braid.epoch), (4, 4))
    now_ms, generation = transcript["invite"]["expiresAtMs"], transcript["lastResort"]["generation"]
    for name, session in (("alice", alice), ("bob", bob)):
        stored = write_session(session, generation, now_ms, is_last_resort=True)
        checks.equal(f"{name}, stored", stored.hex(), vector[name])
    reader, sealed, _ = late[0]
    try:
        reader.open(sealed, draw)
        checks.holds("the first of the late is long forgotten", False)
    except ProtocolError as refusal:
        checks.equal("the first of the late", refusal.code, "bad-tag")
