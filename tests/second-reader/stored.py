"""A session as its owner stores it. Section "Stored forms"."""

from __future__ import annotations

from braid import CT1, CT2, HEADER, VECTOR, Braid, Speech
from erasure import message_of
from notation import label, sha256, u16, u32, u64
from ratchet import Chain, DoubleRatchet, PqRatchet, Receiving, public_of
from session import Session

VERSION = 3


def write_session(session: Session, generation: int, kept_at_ms: int, *, is_last_resort: bool = False) -> bytes:
    """`kept_at_ms` is when every kept key was stored: this reader has no clock."""
    front = bytes([VERSION]) + session.session_id + u32(generation) + bytes([is_last_resort]) + session.hashes
    ratchet = _ratchet(session.ratchet, kept_at_ms)
    return front + _stage(session) + ratchet + _braid(session.pq.braid) + _chains(session.pq, kept_at_ms)


def _stage(session: Session) -> bytes:
    if session.accepted:
        return b"\3" + sha256(label("opening") + session.accepted.write())
    return b"\1" + session.opening.write() if session.opening else b"\2"


def _kept(chain: Chain, at_ms: int) -> bytes:
    entries = (u32(number) + key + u64(at_ms) for number, key in chain.kept.items())
    return u16(len(chain.kept)) + b"".join(entries)


def _optional(value: bytes | None) -> bytes:
    return b"\0" if value is None else b"\1" + value


def _receiving(receiving: Receiving, at_ms: int) -> bytes:
    chain = receiving.chain
    return receiving.header_key + chain.key + u32(chain.next) + _kept(chain, at_ms)


def _ratchet(ratchet: DoubleRatchet, at_ms: int) -> bytes:
    sending = ratchet.sending
    retired = [one.header_key + _kept(one.chain, at_ms) for one in reversed(ratchet.retired)]
    return b"".join(
        (
            ratchet.root,
            ratchet.secret,
            public_of(ratchet),
            _optional(sending and ratchet.sending_header + sending.key + u32(sending.next)),
            ratchet.next_sending_header,
            _optional(ratchet.receiving and _receiving(ratchet.receiving, at_ms)),
            ratchet.next_receiving_header,
            u32(ratchet.previous),
            bytes([len(retired)]),
            *retired,
        )
    )


def _out(speech: Speech) -> bytes:
    return message_of(len(speech.chunks), speech.chunks) + u16(speech.next)


def _in(braid: Braid, kind: int) -> bytes:
    heard = braid.heard.get(kind, {})
    return bytes([len(heard)]) + b"".join(u16(index) + chunk for index, chunk in heard.items())


def _whole_ct1(braid: Braid) -> bytes:
    return message_of(30, braid.heard[CT1])


def _key_side(braid: Braid) -> bytes:
    if not braid.seed:
        return b"\1"
    if braid.speech is None:
        return b"\5" + braid.seed + _whole_ct1(braid) + _in(braid, CT2)
    said = braid.seed + _out(braid.speech)
    held = {HEADER: b"", VECTOR: _in(braid, CT1)}.get(braid.speech.kind)
    return bytes([braid.speech.kind + 1]) + said + (_whole_ct1(braid) if held is None else held)


def _ciphertext_side(braid: Braid) -> bytes:
    if not braid.header:
        return b"\6" + _in(braid, HEADER)
    header = braid.header[:64]
    if braid.first is None:
        return b"\7" + header
    if braid.speech and braid.speech.kind == CT2:
        return b"\13" + _out(braid.speech)
    if braid.speech and braid.last_half:
        return b"\12" + _out(braid.speech) + braid.last_half
    held = header + braid.first.message
    return (b"\10" + held + _out(braid.speech) if braid.speech else b"\11" + held) + _in(braid, VECTOR)


def _braid(braid: Braid) -> bytes:
    held = _key_side(braid) if braid.has_key else _ciphertext_side(braid)
    return held[:1] + u32(braid.epoch) + braid.root + braid.mac_key + held[1:]


def _chains(pq: PqRatchet, at_ms: int) -> bytes:
    sending, receiving = pq.sending[pq.sending_epoch], pq.receiving[pq.receiving_epoch]
    next_sending, next_receiving = pq.sending.get(pq.sending_epoch + 1), pq.receiving.get(pq.receiving_epoch + 1)
    earlier = sorted((epoch for epoch in pq.receiving if epoch < pq.receiving_epoch), reverse=True)
    retired = [u32(epoch) + _kept(pq.receiving[epoch], at_ms) for epoch in earlier if pq.receiving[epoch].kept]
    return b"".join(
        (
            b"\1" if pq.is_alice else b"\0",
            pq.root,
            u32(pq.sending_epoch) + sending.key + u32(sending.next) + u32(pq.previous),
            u32(pq.receiving_epoch) + receiving.key + u32(receiving.next) + _kept(receiving, at_ms),
            _optional(next_sending and next_sending.key),
            _optional(next_receiving and next_receiving.key),
            u16(len(retired)),
            *retired,
        )
    )
