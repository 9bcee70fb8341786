"""Relay frames, as the two tables of section "Relay frames" say them, and the proofs of right."""

from __future__ import annotations

import unicodedata

from notation import Source, hmac, label, require, sha256, text, u32
from shapes import Bytes, Cell, Counted, Flag, Kinds, Number, Rest, Shape, Text, Value, read_whole, record

FRAME_BYTES = 65_536
QUEUE = Bytes(24)
ID = Bytes(16)
KEY = Bytes(32)
SIGNATURE = Bytes(64)
SEALED = Rest(1, 4096)
BUNDLE = Bytes(2048)
SECONDS = Number(4)
WORK = Bytes(8)
POW = 9
BITS = Number(4, 1, 32)


def _listed(low: int, high: int, each: Shape) -> Counted:
    return Counted(1, low, high, each, over="bad-value")


class Refusal:
    """A code, and the time to wait; for POW the bits of work."""

    code = Number(1, 1, 12)

    def read(self, source: Source) -> list[Value]:
        code = self.code.read(source)
        return [code, (BITS if code == POW else SECONDS).read(source)]

    def write(self, value: list[Value]) -> bytes:
        code, rest = value
        return self.code.write(code) + (BITS if code == POW else SECONDS).write(rest)

    def least(self) -> list[Value]:
        return [1, 0]

    def most(self) -> list[Value]:
        return [12, SECONDS.most()]


CLIENT = Kinds(
    {
        0x01: (
            "NEW",
            record(new_id=ID, reader_key=KEY, doorbell_key=KEY, door_bits=Number(1, 0, 32), token=ID, work=WORK),
        ),
        0x02: ("KEY", record(sid=QUEUE, writer_key=KEY)),
        0x03: (
            "SUB",
            record(proofs=_listed(1, 64, record(rid=QUEUE, role=Number(1, 1, 2), live=Flag(), signature=SIGNATURE))),
        ),
        0x04: ("OPEN", record(proofs=_listed(1, 64, record(sid=QUEUE, signature=SIGNATURE)))),
        0x05: ("UNSUB", record(rids=_listed(1, 64, QUEUE))),
        0x06: ("SEND", record(sid=QUEUE, message_id=ID, time_to_live=SECONDS, cell=Cell())),
        0x07: ("ACK", record(rid=QUEUE, message_id=ID)),
        0x08: ("DEL", record(queue=QUEUE, message_id=ID)),
        0x09: ("SIG", record(sid=QUEUE, payload=Rest(1, 16_384))),
        0x0A: ("INV_PUT", record(invite_id=ID, owner_key=KEY, time_to_live=SECONDS, sealed=SEALED)),
        0x0B: ("INV_TAKE", record(invite_id=ID, taker_key=KEY)),
        0x0C: ("INV_DEL", record(invite_id=ID, signature=SIGNATURE)),
        0x0E: (
            "PRE_PUT",
            record(
                box=ID,
                owner_key=KEY,
                revision=Number(4, low=1),
                signature=SIGNATURE,
                replaces=Flag(),
                last_resort=BUNDLE,
                bundles=_listed(0, 24, BUNDLE),
            ),
        ),
        0x0F: ("PRE_TAKE", record(box=ID)),
        0x10: ("PRE_DEL", record(box=ID, signature=SIGNATURE)),
        0x11: ("KNOCK", record(sid=QUEUE, message_id=ID, time_to_live=SECONDS, cell=Bytes(4096), work=WORK)),
        0x12: ("CLOSE", record(rid=QUEUE)),
        0x13: ("PASS", record(proof=KEY)),
        0x14: ("LOOK", record(sid=QUEUE, messages=_listed(1, 64, ID))),
        0x0D: ("PING", record()),
    }
)
RELAY = Kinds(
    {
        0x81: (
            "HELLO",
            record(
                nonce=KEY,
                time_ms=Number(8),
                retention=SECONDS,
                longest_retention=SECONDS,
                stun=_listed(0, 8, Text(120)),
            ),
        ),
        0x82: ("OK", record()),
        0x83: ("OK_QUEUE", record(rid=QUEUE, sid=QUEUE)),
        0x84: ("OK_PROOFS", record(accepted=_listed(1, 64, Flag()))),
        0x85: ("OK_STORED", record(expires_in=SECONDS)),
        0x86: ("OK_INVITE", record(sealed=SEALED)),
        0x87: ("ERR", record(refusal=Refusal())),
        0x88: ("MSG", record(rid=QUEUE, message_id=ID, age=SECONDS, cell=Cell())),
        0x89: ("SIG", record(rid=QUEUE, payload=Rest(1, 16_384))),
        0x8A: ("BELL", record(rid=QUEUE)),
        0x8B: ("END", record(rid=QUEUE)),
        0x8C: ("DRAIN", record(reconnect_after=Number(4))),
        0x8E: ("OK_BOX", record(revision=Number(4), left=Number(2))),
        0x8F: ("OK_BUNDLE", record(sealed=BUNDLE)),
        0x90: ("IDLE", record(rid=QUEUE, days_left=Number(2))),
        0x91: ("OK_DELETED", record(may_have_been_handed=Flag())),
        0x92: ("OK_WAITING", record(waiting=_listed(1, 64, Flag()))),
        0x8D: ("PONG", record()),
    }
)

Frame = tuple[int, str, dict[str, Value]]


def read_frame(kinds: Kinds, data: bytes) -> Frame:
    """kind(1) ‖ request id ‖ body"""
    require(len(data) <= FRAME_BYTES, "too-large")
    source = Source(data)
    kind, request_id = source.take(1), source.number(4)
    name, body = read_whole(kinds, kind + source.take(source.left))
    return request_id, name, body


def write_frame(kinds: Kinds, frame: Frame) -> bytes:
    request_id, name, body = frame
    written = kinds.write((name, body))
    data = written[:1] + u32(request_id) + written[1:]
    require(len(data) <= FRAME_BYTES, "too-large")
    return data


READER, DOORBELL, WRITER = 1, 2, 3


def proof_of(origin: str, nonce: bytes, queue_id: bytes, role: int) -> bytes:
    """What a queue's key signs once per connection."""
    return label("relay proof") + text(origin) + nonce + queue_id + bytes([role])


def invite_deletion_of(origin: str, nonce: bytes, invite_id: bytes) -> bytes:
    return label("invite deletion") + text(origin) + nonce + invite_id


def box_right_of(origin: str, nonce: bytes, box_id: bytes, revision: int) -> bytes:
    """For a put with its revision; for a deletion with revision 0."""
    return label("prekey box") + text(origin) + nonce + box_id + u32(revision)


def password_proof(origin: str, nonce: bytes, password: str) -> bytes:
    key = unicodedata.normalize("NFKC", password).encode()
    return hmac(key, label("relay password") + text(origin) + nonce)


def puzzle_of(origin: str, nonce: bytes, frame: bytes) -> bytes:
    """Of a frame as it is sent: its request id and its work are left out."""
    unpaid = frame[:1] + bytes(4) + frame[5:-8] + bytes(8)
    return sha256(label("relay work") + text(origin) + nonce + unpaid)


def work_done(puzzle: bytes, work: bytes) -> int:
    return 256 - int.from_bytes(sha256(puzzle + work), "big").bit_length()
