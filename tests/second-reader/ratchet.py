"""The Double Ratchet with header encryption, and the post-quantum ratchet's chains beside it."""

from __future__ import annotations

from dataclasses import dataclass, field

from braid import Braid, Chunk, Draw, start_braid
from ciphers import chacha_open, chacha_seal
from curves import agree, check_x25519, x25519_public
from notation import ProtocolError, Source, cut, hkdf, hmac, label, require, u16, u32

HEADER_BYTES = 87
SEALED_HEADER_BYTES = HEADER_BYTES + 16
CHAIN_JUMP = 1000
EPOCH_JUMP = 2000
KEPT_KEYS = 2000
RETIRED_CHAINS = 5


@dataclass(frozen=True)
class Header:
    ratchet_key: bytes
    previous: int
    number: int
    pq_previous: int
    pq_number: int
    chunk: Chunk

    def write(self) -> bytes:
        counters = (self.previous, self.number, self.chunk.epoch, self.pq_previous, self.pq_number)
        chunk = bytes([self.chunk.kind]) + u16(self.chunk.index) + self.chunk.data
        return self.ratchet_key + b"".join(u32(counter) for counter in counters) + chunk


def read_header(data: bytes) -> Header:
    source = Source(data)
    key = check_x25519(source.take(32))
    previous, number, epoch, pq_previous, pq_number = (source.number(4) for _ in range(5))
    require(epoch >= 1, "bad-value")
    kind, index, chunk = source.number(1), source.number(2), source.take(32)
    source.done()
    require(kind <= 5, "bad-kind")
    require(kind != 0 or (index == 0 and not any(chunk)), "bad-value")
    return Header(key, previous, number, pq_previous, pq_number, Chunk(epoch, kind, index, chunk))


@dataclass
class Chain:
    """A chain of message keys with the keys kept for messages that have not come."""

    key: bytes
    next: int = 0
    kept: dict[int, bytes] = field(default_factory=dict)

    def step(self) -> bytes:
        message_key, self.key = hmac(self.key, b"\1"), hmac(self.key, b"\2")
        self.next += 1
        return message_key

    def keep_up_to(self, number: int, jump: int) -> None:
        require(number - self.next <= jump, "skip-limit")
        while self.next < number:
            missing = self.next
            self.kept[missing] = self.step()
        while len(self.kept) > KEPT_KEYS:
            del self.kept[next(iter(self.kept))]

    def key_of(self, number: int, jump: int) -> bytes:
        if number < self.next:
            require(number in self.kept, "key-trimmed")
            return self.kept.pop(number)
        self.keep_up_to(number, jump)
        return self.step()


@dataclass
class Receiving:
    header_key: bytes
    chain: Chain


@dataclass
class DoubleRatchet:
    root: bytes
    secret: bytes
    next_sending_header: bytes
    next_receiving_header: bytes
    sending_header: bytes = b""
    sending: Chain | None = None
    previous: int = 0
    receiving: Receiving | None = None
    retired: list[Receiving] = field(default_factory=list)

    def _step(self, theirs: bytes) -> tuple[Chain, bytes]:
        derived = hkdf(agree(self.secret, theirs), self.root, label("ratchet root"), 96)
        self.root, chain, next_header = cut(derived, 32, 32, 32)
        return Chain(chain), next_header

    def begin(self, theirs: bytes) -> None:
        """Alice's first step, against SPK. Her sending header key is the agreement's."""
        self.sending_header = self.next_sending_header
        self.sending, self.next_sending_header = self._step(theirs)

    def open_header(self, nonce: bytes, aad: bytes, sealed: bytes) -> tuple[Header, Receiving | None]:
        """The header and its chain; no chain means a turn. No key that fits is `bad-tag`."""
        chains: list[Receiving | None] = [self.receiving] if self.receiving else []
        for chain in [*chains, None, *self.retired]:
            key = chain.header_key if chain else self.next_receiving_header
            try:
                return read_header(chacha_open(key, nonce, aad, sealed)), chain
            except ProtocolError as refusal:
                if refusal.code != "bad-tag":
                    raise
        raise ProtocolError("bad-tag")

    def turn(self, header: Header, draw: Draw) -> Receiving:
        if self.receiving:
            self.receiving.chain.keep_up_to(header.previous, CHAIN_JUMP)
            self.retired = [chain for chain in [*self.retired, self.receiving] if chain.chain.kept][-RETIRED_CHAINS:]
        header_key = self.next_receiving_header
        chain, self.next_receiving_header = self._step(header.ratchet_key)
        self.receiving = Receiving(header_key, chain)
        self.secret = draw(32)
        self.previous = self.sending.next if self.sending else 0
        self.sending_header = self.next_sending_header
        self.sending, self.next_sending_header = self._step(header.ratchet_key)
        return self.receiving

    def message_key(self, header: Header, chain: Receiving | None, draw: Draw) -> bytes:
        chain = chain or self.turn(header, draw)
        key = chain.chain.key_of(header.number, CHAIN_JUMP)
        self.retired = [one for one in self.retired if one.chain.kept]
        return key


@dataclass
class PqRatchet:
    """The chains of each key epoch. `chains` holds those of epochs whose secret is known and that are not over."""

    is_alice: bool
    braid: Braid
    root: bytes
    sending: dict[int, Chain]
    receiving: dict[int, Chain]
    previous: int = 0
    sending_epoch: int = 0
    receiving_epoch: int = 0

    def take_secret(self, epoch: int, secret: bytes) -> None:
        self._place(epoch, hkdf(secret, self.root, label("pq root"), 96))

    def _place(self, epoch: int, derived: bytes) -> None:
        self.root, of_alice, of_bob = cut(derived, 32, 32, 32)
        self.sending[epoch] = Chain(of_alice if self.is_alice else of_bob)
        self.receiving[epoch] = Chain(of_bob if self.is_alice else of_alice)

    def next_key(self, draw: Draw) -> tuple[Chunk, int, bytes]:
        """Of the message to send: its chunk, its number in the key epoch, and its key."""
        epoch = self.braid.epoch
        chunk, secret = self.braid.say(draw)
        if secret:
            self.take_secret(epoch, secret)
        if chunk.epoch - 1 > self.sending_epoch:
            self.previous = self.sending.pop(self.sending_epoch).next
            self.sending_epoch = chunk.epoch - 1
        chain = self.sending[self.sending_epoch]
        return chunk, chain.next, chain.step()

    def message_key(self, header: Header) -> bytes:
        epoch = header.chunk.epoch - 1
        require(epoch in self.receiving, "braid-epoch")
        chain = self.receiving[epoch]
        if epoch == self.receiving_epoch + 1:
            self.receiving[self.receiving_epoch].keep_up_to(header.pq_previous, EPOCH_JUMP)
            self.receiving_epoch = epoch
        return chain.key_of(header.pq_number, EPOCH_JUMP)

    def hear(self, chunk: Chunk) -> None:
        epoch = self.braid.epoch
        secret = self.braid.hear(chunk)
        if secret:
            self.take_secret(epoch, secret)


def start_pq(root: bytes, authentication: bytes, is_alice: bool) -> PqRatchet:
    """In epoch 1 Alice has the key."""
    ratchet = PqRatchet(is_alice, start_braid(authentication, has_key=is_alice), root, {}, {})
    ratchet._place(0, hkdf(root, b"", label("pq start"), 96))
    return ratchet


@dataclass
class BothKeys:
    """What a message key is derived from."""

    classical: bytes
    post_quantum: bytes

    def derive(self, header_nonce: bytes) -> list[bytes]:
        """key ‖ nonce ‖ commitment"""
        return cut(hkdf(self.classical, self.post_quantum, label("message") + header_nonce, 60), 32, 12, 16)


def seal_header(key: bytes, nonce: bytes, aad: bytes, header: Header) -> bytes:
    return chacha_seal(key, nonce, aad, header.write())


def public_of(ratchet: DoubleRatchet) -> bytes:
    return x25519_public(ratchet.secret)
