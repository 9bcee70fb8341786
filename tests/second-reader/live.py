"""Live frames and what they carry, and the frames of a string. Sections "Live frames" and "Strings"."""

from __future__ import annotations

from dataclasses import dataclass

from ciphers import xchacha_open, xchacha_seal
from notation import ProtocolError, Source, label, pad, require, u64, unpad
from session import WAYS
from shapes import Bytes, Cell, Counted, Flag, Kinds, Number, Text, record

VERSION = 2
SIZES = (256, 1024, 2048, 4096, 8192, 16384)
OVERHEAD_BYTES = 49
PAYLOAD_BYTES = 16_333
STALE_MS = 120_000

SIGNAL = Kinds(
    {
        1: ("offer", record(sdp=Text(16_000))),
        2: ("answer", record(sdp=Text(16_000))),
        3: ("candidates", record(candidates=Counted(1, 0, 64, Text(1_024)))),
        4: ("bye", record()),
    }
)
PAYLOAD = Kinds(
    {
        1: ("presence", record(is_here=Flag(), wants_answer=Flag())),
        2: ("string", record(string_id=Bytes(16), signal=SIGNAL)),
        3: ("typing", record(is_typing=Flag())),
    }
)
STRING_FRAME = Kinds(
    {
        1: ("DATA", record(number=Number(4, low=1), envelope=Cell(WAYS["string"]))),
        2: ("ACK", record(number=Number(4, low=1))),
        3: ("PING", record(id=Number(4))),
        4: ("PONG", record(id=Number(4))),
    }
)


@dataclass(frozen=True)
class Way:
    """From whom to whom: both identity hashes."""

    sender: bytes
    reader: bytes

    @property
    def aad(self) -> bytes:
        return label("live") + bytes([VERSION]) + self.sender + self.reader


def seal_live(key: bytes, way: Way, nonce: bytes, stamp: int, payload: bytes) -> bytes:
    require(len(payload) <= PAYLOAD_BYTES, "too-large")
    size = next(size for size in SIZES if size >= len(payload) + 2 + OVERHEAD_BYTES)
    plain = u64(stamp) + pad(payload, size - OVERHEAD_BYTES)
    return bytes([VERSION]) + nonce + xchacha_seal(key, nonce, way.aad, plain)


@dataclass
class LiveReader:
    """Knows the sender's last two live keys and the last stamp it accepted."""

    way: Way
    keys: list[bytes]
    last_stamp: int = 0

    def open(self, frame: bytes, now_ms: int) -> bytes:
        require(len(frame) in SIZES, "bad-value")
        source = Source(frame)
        source.version(VERSION)
        nonce, sealed = source.take(24), source.take(source.left)
        plain = Source(self._opened(nonce, sealed))
        stamp = plain.number(8)
        require(stamp > self.last_stamp, "live-replayed")
        require(abs(stamp - 1024 * now_ms) <= 1024 * STALE_MS, "live-stale")
        payload = unpad(plain.take(plain.left))
        self.last_stamp = stamp
        return payload

    def _opened(self, nonce: bytes, sealed: bytes) -> bytes:
        for key in self.keys[:2]:
            try:
                return xchacha_open(key, nonce, self.way.aad, sealed)
            except ProtocolError:
                continue
        raise ProtocolError("live-unknown-key")
