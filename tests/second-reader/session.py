"""A session: envelopes sealed and opened with both ratchets. Sections "Ratchet" and "Envelope"."""

from __future__ import annotations

import copy
from dataclasses import dataclass

from agreement import OPENING_BYTES, Opening, SessionKeys, read_opening
from braid import Draw
from ciphers import aes_open, aes_seal
from notation import ProtocolError, Source, pad, require, same, unpad
from prekeys import Prekey
from ratchet import (
    SEALED_HEADER_BYTES, BothKeys, DoubleRatchet, Header, PqRatchet, Receiving, public_of, seal_header, start_pq,
)  # fmt: skip

VERSION = 4
WAYS = {"string": (512, 1024, 2048, 4096, 16384), "relay": (4096, 16384)}
PLAINTEXT_BYTES = 14408
OVERHEAD_BYTES = 149


@dataclass(frozen=True)
class Envelope:
    kind: int
    opening: Opening | None
    nonce: bytes
    sealed_header: bytes
    body: bytes
    commitment: bytes

    @property
    def header_aad(self) -> bytes:
        return bytes([VERSION, self.kind])


def read_envelope(data: bytes) -> Envelope:
    require(len(data) in WAYS["string"], "bad-value")
    source = Source(data)
    source.version(VERSION)
    kind = source.number(1)
    require(kind in (1, 2), "bad-kind")
    opening = read_opening(source.take(OPENING_BYTES)) if kind == 2 else None
    nonce, header = source.take(12), source.take(SEALED_HEADER_BYTES)
    require(source.left >= 34, "truncated")
    return Envelope(kind, opening, nonce, header, source.take(source.left - 16), source.take(16))


@dataclass
class Session:
    is_alice: bool
    session_id: bytes
    hashes: bytes
    opening: Opening | None
    ratchet: DoubleRatchet
    pq: PqRatchet
    accepted: Opening | None = None

    def seal(self, plain: bytes, way: str, draw: Draw) -> bytes:
        """Before anything was received Bob has no chain: `no-prekey`."""
        require(len(plain) <= PLAINTEXT_BYTES, "too-large")
        chain = self.ratchet.sending
        if chain is None:
            raise ProtocolError("no-prekey")
        number = chain.next
        chunk, pq_number, pq_key = self.pq.next_key(draw)
        header = Header(public_of(self.ratchet), self.ratchet.previous, number, self.pq.previous, pq_number, chunk)
        nonce = draw(12)
        opening = self.opening.write() if self.opening else b""
        front = bytes([VERSION, 2 if opening else 1])
        sealed_header = seal_header(self.ratchet.sending_header, nonce, front, header)
        room = OVERHEAD_BYTES + len(opening)
        size = next(size for size in WAYS[way] if size >= room + 2 + len(plain))
        key, aes_nonce, commitment = BothKeys(chain.step(), pq_key).derive(nonce)
        body = aes_seal(key, aes_nonce, self._aad(sealed_header), pad(plain, size - room))
        return front + opening + nonce + sealed_header + body + commitment

    def open(self, data: bytes, draw: Draw) -> bytes:
        """Nothing changes until the whole envelope has been opened."""
        after = copy.deepcopy(self)
        plain = after._open(read_envelope(data), draw)
        vars(self).update(vars(after))
        return plain

    def _open(self, envelope: Envelope, draw: Draw) -> bytes:
        header, chain = self._header_of(envelope)
        keys = BothKeys(self.ratchet.message_key(header, chain, draw), self.pq.message_key(header))
        key, nonce, commitment = keys.derive(envelope.nonce)
        require(same(commitment, envelope.commitment), "bad-tag")
        plain = unpad(aes_open(key, nonce, self._aad(envelope.sealed_header), envelope.body))
        self.pq.hear(header.chunk)
        if self.is_alice:
            self.opening = None
        return plain

    def _header_of(self, envelope: Envelope) -> tuple[Header, Receiving | None]:
        """`bad-tag` says that the envelope is not this session's; a repeat of what began it is, and its keys are gone."""
        is_own = envelope.opening is not None and envelope.opening == self.accepted
        require(is_own or envelope.opening is None, "bad-tag")
        try:
            return self.ratchet.open_header(envelope.nonce, envelope.header_aad, envelope.sealed_header)
        except ProtocolError as refusal:
            raise ProtocolError("key-trimmed" if is_own and refusal.code == "bad-tag" else refusal.code) from None

    def _aad(self, sealed_header: bytes) -> bytes:
        return self.session_id + self.hashes + sealed_header


def session_of_alice(keys: SessionKeys, hashes: bytes, opening: Opening, signed: Prekey, secret: bytes) -> Session:
    """`hashes` are both identity hashes, the initiator's first; `secret` is Alice's first ratchet secret."""
    ratchet = DoubleRatchet(keys.root, secret, keys.header_of_initiator, keys.header_of_responder)
    ratchet.begin(signed.public)
    return Session(True, keys.session_id, hashes, opening, ratchet, start_pq(keys.pq_root, keys.pq_authentication, True))


def session_of_bob(keys: SessionKeys, hashes: bytes, opening: Opening, signed: Prekey) -> Session:
    ratchet = DoubleRatchet(keys.root, signed.secret, keys.header_of_responder, keys.header_of_initiator)
    pq = start_pq(keys.pq_root, keys.pq_authentication, False)
    return Session(False, keys.session_id, hashes, None, ratchet, pq, accepted=opening)
