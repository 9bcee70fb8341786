"""Sessions and envelopes, over transcript.json, and their limits over sessions of this reader's."""

from __future__ import annotations

import copy
from dataclasses import replace

from agreement import respond
from braid import Chunk, Draw
from check_meeting import Met, check_agreement, drawn_for
from checks import Checks, Draws, Json, Part, fake_draw, parts, replaced, unhex
from ratchet import CHAIN_JUMP, EPOCH_JUMP, HEADER_BYTES, Header, read_header
from session import PLAINTEXT_BYTES, Session, read_envelope, session_of_alice, session_of_bob
from stored import write_session

IN_HEADER = parts(
    ("version", 1, "bad-version"),
    ("kind", 1, "bad-kind bad-tag"),
    ("nonce", 12, "bad-tag key-trimmed"),
    ("sealed header", 103, "bad-tag key-trimmed"),
)


def sessions_of(met: Met, transcript: Json) -> tuple[Session, Session]:
    secret = drawn_for(transcript, "session of Alice")[2]
    _, keys_of_bob = respond(met.bob, met.prekeys, met.opening)
    alice = session_of_alice(met.keys, met.hashes, met.opening, met.bundle.signed, secret)
    return alice, session_of_bob(keys_of_bob, met.hashes, met.opening, met.prekeys.signed)


def _met(transcript: Json) -> Met:
    return check_agreement(Checks("before"), transcript)


def check_conversation(checks: Checks, transcript: Json) -> None:
    """Bob never sees envelope 0 until all is said: its keys are kept."""
    alice, bob = sessions_of(_met(transcript), transcript)
    draws = Draws([unhex(draw["bytes"]) for draw in transcript["random"] if draw["for"].startswith(("envelope", "turn of Bob: ", "turn of Alice: "))])
    sealed = [unhex(said["envelope"]) for said in transcript["envelopes"]]
    plain = [said["plaintext"].encode() for said in transcript["envelopes"]]
    now_ms = transcript["invite"]["expiresAtMs"]
    checks.equal("who speaks", [said["from"] for said in transcript["envelopes"]], ["alice", "alice", "bob", "alice"])
    checks.refuses("Bob before anything came", "no-prekey", lambda: bob.seal(b"", "string", draws))
    for number in (0, 1):
        checks.equal(f"envelope {number} made again", alice.seal(plain[number], "string", draws), sealed[number])
    checks.equal("envelope 0 first", copy.deepcopy(bob).open(sealed[0], fake_draw("first")), plain[0])
    checks.equal("envelope 1 opened", bob.open(sealed[1], draws), plain[1])
    checks.equal("envelope 2 made again", bob.seal(plain[2], "string", draws), sealed[2])
    checks.equal("Bob, stored", write_session(bob, 1, now_ms).hex(), transcript["bobWhenAnswered"])
    checks.equal("envelope 2 opened", alice.open(sealed[2], draws), plain[2])
    checks.equal("envelope 3 made again", alice.seal(plain[3], "string", draws), sealed[3])
    checks.equal("Alice, stored", write_session(alice, 1, now_ms).hex(), transcript["aliceInTheEnd"])
    checks.equal("draws left", draws.left, 0)
    checks.equal("envelope 3 opened", bob.open(sealed[3], fake_draw("later")), plain[3])
    checks.equal("envelope 0 after all", bob.open(sealed[0], draws), plain[0])
    for number in (0, 1, 3):
        checks.refuses(f"envelope {number} again", "key-trimmed", lambda n=number: bob.open(sealed[n], draws))
    other = sealed[0][:2] + bytes([sealed[0][2] ^ 1]) + sealed[0][3:]
    checks.refuses("another opening", "bad-tag", lambda: bob.open(other, draws))
    checks.refuses("an envelope back to its sender", "bad-tag", lambda: alice.open(sealed[3], draws))


def check_envelopes(checks: Checks, transcript: Json) -> None:
    alice, bob = sessions_of(_met(transcript), transcript)
    draw = fake_draw("envelopes")
    sealed = [unhex(said["envelope"]) for said in transcript["envelopes"]]
    checks.equal("sizes", [len(envelope) for envelope in sealed], [2048, 2048, 512, 512])
    first = [replace(part, start=part.start + 1825, end=part.end + 1825) for part in IN_HEADER[2:]]
    ends = [Part("body", 1942, 2032, "bad-tag"), Part("commitment", 2032, 2048, "bad-tag")]
    first_parts = [*IN_HEADER[:2], *first, *ends]
    checks.refuses_flips("first envelope", sealed[0], first_parts, lambda data: bob.open(data, draw))
    bob.open(sealed[0], draw)
    answer = bob.seal(b"answer", "relay", draw)
    ends = [Part("body", 117, 4080, "bad-tag"), Part("commitment", 4080, 4096, "bad-tag")]
    checks.refuses_flips("answer", answer, [*IN_HEADER, *ends], lambda data: alice.open(data, draw))
    checks.refuses_lengths("answer", answer, lambda data: alice.open(data, draw), "truncated bad-value bad-tag")
    before = copy.deepcopy(alice)
    for version in (0, 3, 5):
        checks.refuses("version", "bad-version", lambda v=version: alice.open(replaced(answer, 0, bytes([v])), draw))
    for kind in (0, 3, 255):
        checks.refuses("kind", "bad-kind", lambda k=kind: alice.open(replaced(answer, 1, bytes([k])), draw))
    checks.equal("nothing changed", alice, before)
    other = replace(alice, hashes=alice.hashes[32:] + alice.hashes[:32])
    checks.refuses("identities the other way round", "bad-tag", lambda: other.open(answer, draw))
    checks.equal("answer opens", alice.open(answer, draw), b"answer")
    checks.equal("no more openings", read_envelope(alice.seal(b"", "string", draw)).kind, 1)
    _check_sizes(checks, bob)
    _check_headers(checks)


def _check_sizes(checks: Checks, session: Session) -> None:
    for plain, way, size in (
        (0, "string", 512), (361, "string", 512), (362, "string", 1024), (873, "string", 1024), (874, "string", 2048),
        (3945, "string", 4096), (3946, "string", 16384), (0, "relay", 4096), (3945, "relay", 4096),
        (3946, "relay", 16384), (PLAINTEXT_BYTES, "relay", 16384),
    ):  # fmt: skip
        made = copy.deepcopy(session).seal(bytes(plain), way, fake_draw("sizes"))
        checks.equal(f"{plain} bytes over the {way}", len(made), size)
    too_much = bytes(PLAINTEXT_BYTES + 1)
    checks.refuses("too much", "too-large", lambda: session.seal(too_much, "relay", fake_draw("sizes")))


def _check_headers(checks: Checks) -> None:
    header = Header(bytes([9]) * 32, 1, 2, 3, 4, Chunk(5, 4, 6, bytes([7]) * 32))
    checks.equal("size", len(header.write()), HEADER_BYTES)
    checks.equal("read again", read_header(header.write()), header)
    checks.refuses_lengths("header", header.write(), read_header)
    for at, wrong, code in ((40, bytes(4), "bad-value"), (52, b"\6", "bad-kind"), (52, b"\0", "bad-value"), (0, bytes(32), "bad-key")):
        checks.refuses(f"header at {at}", code, lambda a=at, w=wrong: read_header(replaced(header.write(), a, w)))


def check_limits(checks: Checks, transcript: Json) -> None:
    alice, bob = sessions_of(_met(transcript), transcript)
    draw = fake_draw("limits")
    bob.open(alice.seal(b"first", "string", draw), draw)
    alice.open(bob.seal(b"second", "string", draw), draw)
    bob.open(alice.seal(b"third", "string", draw), draw)
    for count, code in ((CHAIN_JUMP, None), (CHAIN_JUMP + 1, "skip-limit")):
        sender, reader = copy.deepcopy(alice), copy.deepcopy(bob)
        _lose(sender, count, count)
        _check_jump(checks, f"{count} lost of a chain", code, reader, sender.seal(b"x", "string", draw))
    for count, code in ((EPOCH_JUMP, None), (EPOCH_JUMP + 1, "skip-limit")):
        sender, reader = copy.deepcopy(alice), copy.deepcopy(bob)
        _lose(sender, 0, count)
        _check_jump(checks, f"{count} lost of a key epoch", code, reader, sender.seal(b"x", "string", draw))
    _check_retired(checks, alice, bob, draw)
    _check_ahead(checks, alice, bob, draw)


def _lose(sender: Session, of_chain: int, of_epoch: int) -> None:
    for _ in range(of_chain):
        sender.ratchet.sending.step()
    for _ in range(of_epoch):
        sender.pq.sending[sender.pq.sending_epoch].step()


def _check_jump(checks: Checks, what: str, code: str | None, reader: Session, sealed: bytes) -> None:
    before = copy.deepcopy(reader)
    if code is None:
        checks.equal(what, reader.open(sealed, fake_draw("jump")), b"x")
    else:
        checks.refuses(what, code, lambda: reader.open(sealed, fake_draw("jump")))
        checks.equal(f"{what}, nothing changed", reader, before)


def _check_retired(checks: Checks, alice: Session, bob: Session, draw: Draw) -> None:
    late = []
    for number in range(7):
        late.append(alice.seal(bytes([number]), "string", draw))
        bob.open(alice.seal(b"in time", "string", draw), draw)
        alice.open(bob.seal(b"turn", "string", draw), draw)
        bob.open(alice.seal(b"turn", "string", draw), draw)
    checks.equal("retired chains", len(bob.ratchet.retired), 5)
    for number in (0, 1):
        checks.refuses("of a chain dropped", "bad-tag", lambda n=number: bob.open(late[n], draw))
    for number in (2, 5, 6):
        checks.equal(f"late message {number}", bob.open(late[number], draw), bytes([number]))
    checks.equal("retired chains that miss something", len(bob.ratchet.retired), 2)


def _check_ahead(checks: Checks, alice: Session, bob: Session, draw: Draw) -> None:
    alice.pq.braid.epoch += 2
    alice.pq.sending[2] = copy.deepcopy(alice.pq.sending[0])
    ahead = alice.seal(b"x", "string", draw)
    checks.refuses("two epochs ahead", "braid-epoch", lambda: bob.open(ahead, draw))
