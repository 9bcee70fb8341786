"""The ML-KEM Braid: one ML-KEM-768 agreement after another, said in chunks. Section "Post-quantum ratchet".

    key side         header ──ct1 chunk──▶ vector ──ct1 whole──▶ vector and ack ──ct2 chunk──▶ silent ──ct2 whole──▶ e + 1
    ciphertext side  silent ──header whole──▶ ct1 ──ack──▶ silent ──vector whole──▶ ct2 ──e + 1 heard──▶ e + 1
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field

from erasure import chunk_at, chunks_of, message_of
from mlkem import KEM_768, FirstHalf, check_vector, decapsulate, encapsulate_first, encapsulate_last, keys_from_seed
from notation import cut, hkdf, hmac, label, require, same, u32

Draw = Callable[[int], bytes]

NOTHING, HEADER, VECTOR, VECTOR_AND_ACK, CT1, CT2 = range(6)
CHUNKS = {HEADER: 3, VECTOR: 36, CT1: 30, CT2: 5}
OF_KEY = (HEADER, VECTOR, VECTOR_AND_ACK)
OF_CIPHERTEXT = (CT1, CT2)


@dataclass(frozen=True)
class Chunk:
    epoch: int
    kind: int
    index: int = 0
    data: bytes = bytes(32)


@dataclass
class Speech:
    """One part being said, from chunk 0 on."""

    kind: int
    chunks: dict[int, bytes]
    next: int = 0


@dataclass
class Braid:
    """One side. `secret` is known to the ciphertext side before the epoch ends, to the key side only then."""

    has_key: bool
    root: bytes
    mac_key: bytes
    epoch: int = 1
    seed: bytes = b""
    speech: Speech | None = None
    heard: dict[int, dict[int, bytes]] = field(default_factory=dict)
    first: FirstHalf | None = None
    header: bytes = b""
    acknowledged: bool = False
    last_half: bytes = b""

    def say(self, draw: Draw) -> tuple[Chunk, bytes | None]:
        """With the epoch's secret when it has just been made: the encapsulator does that for its first chunk of ct1."""
        secret = None
        if self.has_key and not self.seed:
            self.seed = draw(64)
            self.speech = Speech(HEADER, chunks_of(self._own_header()))
        if self.header and self.first is None:
            secret = self._encapsulate(draw(32))
        if self.speech is None:
            return Chunk(self.epoch, NOTHING), secret
        index = self.speech.next
        self.speech.next = (index + 1) % 65536
        return Chunk(self.epoch, self.speech.kind, index, chunk_at(index, self.speech.chunks)), secret

    def hear(self, chunk: Chunk) -> bytes | None:
        """Takes the chunk of an opened message in. Returns this epoch's secret when it has just become known."""
        if chunk.epoch == self.epoch + 1:
            require(self.speech is not None and self.speech.kind == CT2, "braid-epoch")
            self._begin_epoch(has_key=True)
        require(chunk.epoch <= self.epoch, "braid-epoch")
        if chunk.epoch < self.epoch or chunk.kind == NOTHING:
            return None
        require(chunk.kind in (OF_CIPHERTEXT if self.has_key else OF_KEY), "braid-part")
        if self.has_key:
            return self._hear_ciphertext(chunk)
        self._hear_key(chunk)
        return None

    def _begin_epoch(self, has_key: bool) -> None:
        self.has_key, self.epoch, self.seed, self.speech = has_key, self.epoch + 1, b"", None
        self.heard, self.first, self.header, self.acknowledged, self.last_half = {}, None, b"", False, b""

    def _keep(self, kind: int, chunk: Chunk) -> bytes | None:
        """Returns the part when this chunk has made it whole."""
        known = self.heard.setdefault(kind, {})
        if self._is_whole(kind):
            return None
        known.setdefault(chunk.index, chunk.data)
        return message_of(CHUNKS[kind], known) if self._is_whole(kind) else None

    def _is_whole(self, kind: int) -> bool:
        return len(self.heard.get(kind, {})) == CHUNKS[kind]

    def _hear_ciphertext(self, chunk: Chunk) -> bytes | None:
        """What this side does not wait for comes late, or early, and is passed over."""
        if not self.seed:
            return None
        if chunk.kind == CT1:
            if self.speech and self.speech.kind == HEADER:
                self.speech = Speech(VECTOR, chunks_of(self._own_key()[0]))
            if self._keep(CT1, chunk) and self.speech:
                self.speech.kind = VECTOR_AND_ACK
            return None
        if not self._is_whole(CT1):
            return None
        self.speech = None
        last = self._keep(CT2, chunk)
        if last is None:
            return None
        ct1 = message_of(CHUNKS[CT1], self.heard[CT1])
        secret = self._advance(decapsulate(KEM_768, self.seed, ct1 + last[:128]))
        require(same(last[128:], self._mac("braid ciphertext", ct1 + last[:128])), "braid-mac")
        self._begin_epoch(has_key=False)
        return secret

    def _hear_key(self, chunk: Chunk) -> None:
        if chunk.kind == HEADER:
            header = self._keep(HEADER, chunk)
            if header:
                require(same(header[64:], self._mac("braid header", header[:64])), "braid-mac")
                self.header = header
            return
        if self.first is None:
            return
        vector = self._keep(VECTOR, chunk)
        if vector:
            require(same(hashlib.sha3_256(vector + self.header[:32]).digest(), self.header[32:64]), "bad-key")
            check_vector(KEM_768, vector)
            self.last_half = self._last_half(self.first, vector)
        if chunk.kind == VECTOR_AND_ACK and not self.acknowledged:
            self.acknowledged, self.speech = True, None
        if self.acknowledged and self.speech is None and self.last_half:
            self.speech = Speech(CT2, chunks_of(self.last_half))

    def _encapsulate(self, message: bytes) -> bytes:
        self.first = encapsulate_first(KEM_768, self.header[:32], self.header[32:64], message)
        self.speech = Speech(CT1, chunks_of(self.first.ct1))
        return self._advance(self.first.secret)

    def _last_half(self, first: FirstHalf, vector: bytes) -> bytes:
        ct2 = encapsulate_last(KEM_768, first, vector)
        return ct2 + self._mac("braid ciphertext", first.ct1 + ct2)

    def _own_key(self) -> tuple[bytes, bytes]:
        vector, rho, _ = keys_from_seed(KEM_768, self.seed)
        return vector, rho

    def _own_header(self) -> bytes:
        vector, rho = self._own_key()
        body = rho + hashlib.sha3_256(vector + rho).digest()
        return body + self._mac("braid header", body)

    def _mac(self, name: str, data: bytes) -> bytes:
        return hmac(self.mac_key, label(name) + u32(self.epoch) + data)

    def _advance(self, shared: bytes) -> bytes:
        """The epoch's secret; the authenticator takes it in."""
        secret = hkdf(shared, b"", label("braid secret") + u32(self.epoch), 32)
        info = label("braid authenticator") + u32(self.epoch)
        self.root, self.mac_key = cut(hkdf(secret, self.root, info, 64), 32, 32)
        return secret


def start_braid(authentication: bytes, has_key: bool) -> Braid:
    root, mac_key = cut(hkdf(authentication, b"", label("braid authenticator") + u32(0), 64), 32, 32)
    return Braid(has_key, root, mac_key)
