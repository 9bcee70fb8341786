"""Chunks and the braid, over transcript.json."""

from __future__ import annotations

import copy
from dataclasses import replace

from braid import Braid, Chunk, start_braid
from check_meeting import drawn_for
from checks import Checks, Draws, Json, fake_draw, unhex
from erasure import CHUNK, chunk_at, chunks_of, message_of, times
from notation import hkdf, label
from ratchet import start_pq

KINDS = ("none", "header", "vector", "vector-and-ack", "ct1", "ct2")


def check_chunks(checks: Checks, transcript: Json) -> None:
    checks.equal("x^15 times x", times(0x8000, 2), 0x100B)
    checks.equal("times one", times(0xABCD, 1), 0xABCD)
    checks.equal("distributes", times(0x1234, 0x5678 ^ 0x9ABC), times(0x1234, 0x5678) ^ times(0x1234, 0x9ABC))
    said = [line.split() for line in transcript["braid"]["said"]]
    for who, kinds, count in (
        ("alice", ("header",), 3),
        ("bob", ("ct1",), 30),
        ("alice", ("vector", "vector-and-ack"), 36),
        ("bob", ("ct2",), 5),
    ):
        known = {int(line[2]): unhex(line[3]) for line in said if line[0] == who and line[1] in kinds}
        latest = dict(list(known.items())[-count:])
        for index, chunk in known.items():
            checks.equal(f"{kinds[0]} {index} from the last {count}", chunk_at(index, latest), chunk)
        checks.equal(f"{kinds[0]} from both ends", message_of(count, known), message_of(count, latest))
    message = bytes(range(96))
    chunks = chunks_of(message)
    far = {index: chunk_at(index, chunks) for index in (65535, 40000, 3)}
    checks.equal("from far chunks", message_of(3, far), message)
    checks.equal("size of a chunk", len(far[3]), CHUNK)


def check_braid(checks: Checks, transcript: Json) -> None:
    """Speaks the transcript's epoch again, word by word."""
    vector = transcript["braid"]
    key, *drawn = drawn_for(transcript, "braid by itself")
    checks.equal("its key", key.hex(), vector["key"])
    lost = [int(number) for number in vector["lost"].split()]
    checks.equal("every fourth is lost", lost, [at for at in range(len(vector["said"])) if at % 8 in (2, 7)])
    draws = Draws(drawn)
    alice, bob = start_braid(key, has_key=True), start_braid(key, has_key=False)
    secrets = []
    for number, line in enumerate(vector["said"]):
        speaker, reader = (alice, bob) if line.startswith("alice") else (bob, alice)
        chunk, made = speaker.say(draws)
        secrets += [made.hex()] if made else []
        checks.equal(f"said {number}", _spoken(line.split()[0], chunk), line)
        if number not in lost:
            secret = reader.hear(chunk)
            secrets += [secret.hex()] if secret else []
    checks.equal("secrets", secrets, vector["secrets"])
    chains = start_pq(unhex(vector["pqRoot"]), key, is_alice=True)
    chains.take_secret(1, unhex(secrets[0]))
    checks.equal("message keys", [chains.sending[1].step().hex() for _ in range(3)], vector["messageKeys"])
    checks.equal("epochs", [alice.epoch, bob.epoch], [2, 1])
    checks.equal("authenticators", (alice.root, alice.mac_key), (bob.root, bob.mac_key))
    _check_braid_refusals(checks, key)


def _spoken(who: str, chunk: Chunk) -> str:
    return f"{who} {KINDS[chunk.kind]}" + (f" {chunk.index} {chunk.data.hex()}" if chunk.kind else "")


def _check_braid_refusals(checks: Checks, key: bytes) -> None:
    draw = fake_draw("refusals")
    for kind, code in ((1, "braid-part"), (2, "braid-part"), (3, "braid-part")):
        alice = start_braid(key, has_key=True)
        alice.say(draw)
        checks.refuses(f"kind {kind} said to the key side", code, lambda a=alice, k=kind: a.hear(Chunk(1, k)))
    for kind in (4, 5):
        bob = start_braid(key, has_key=False)
        checks.refuses(f"kind {kind} said to the other", "braid-part", lambda b=bob, k=kind: b.hear(Chunk(1, k)))
    for epoch in (2, 3):
        bob = start_braid(key, has_key=False)
        checks.refuses(f"epoch {epoch}", "braid-epoch", lambda b=bob, e=epoch: b.hear(Chunk(e, 0)))
    _check_spoilt(checks, "header", key, Chunk(1, 1, 2), "braid-mac")
    _check_spoilt(checks, "vector", key, Chunk(1, 3, 35), "bad-key")
    _check_spoilt(checks, "ciphertext", key, Chunk(1, 5, 4), "braid-mac")
    checks.holds("a braid needs its key", start_braid(bytes(32), True).mac_key != start_braid(key, True).mac_key)
    checks.equal("its first root", start_braid(key, True).root, hkdf(key, b"", label("braid authenticator") + bytes(4), 64)[:32])


def _check_spoilt(checks: Checks, what: str, key: bytes, last: Chunk, code: str) -> None:
    """Speaks without loss until the chunk that makes `what` whole, and spoils that one."""
    draw = fake_draw("spoilt")
    alice, bob = start_braid(key, has_key=True), start_braid(key, has_key=False)
    for _ in range(200):
        for speaker, reader in ((alice, bob), (bob, alice)):
            chunk, _ = speaker.say(draw)
            if (chunk.kind, chunk.index) == (last.kind, last.index):
                return _refuse_spoilt(checks, what, reader, chunk, code)
            reader.hear(chunk)
    checks.holds(f"{what} was never whole", False)


def _refuse_spoilt(checks: Checks, what: str, reader: Braid, chunk: Chunk, code: str) -> None:
    spoilt = replace(chunk, data=bytes([chunk.data[0] ^ 1]) + chunk.data[1:])
    checks.refuses(f"{what} spoilt", code, lambda: copy.deepcopy(reader).hear(spoilt))
    reader.hear(chunk)
    checks.holds(f"{what} as it was", True)
