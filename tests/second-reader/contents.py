"""What an envelope holds, as the tables of section "Contents" say it."""

from __future__ import annotations

from notation import Source, label, require, sha256, u8
from shapes import Bits, Bytes, Counted, Flag, Kinds, Maybe, Number, Record, RelayBase, Text, Value, record

NAME = Text(128)
ID = Bytes(16)
IDS = Counted(2, 0, 500, ID)
PART_BYTES = 12_000
MOST_PARTS = 8
WORDS = Text(PART_BYTES)
PARTS = Number(1, low=1, high=MOST_PARTS)
INTRODUCTION = record(name=NAME, direct=Flag(), tells=Bits(2), version=Number(1))
EXPIRY = record(seconds=Number(4, low=1, high=365 * 24 * 3600), base=Number(1, high=1))
AGED = record(expiry=EXPIRY, age=Number(4))

BODIES: dict[int, tuple[str, Record]] = {
    1: (
        "request",
        record(me=INTRODUCTION, base=RelayBase(), queue=Bytes(24), live_key=Bytes(32), sent_at=Number(8)),
    ),
    2: ("accept", record(me=INTRODUCTION, live_key=Bytes(32), sent_at=Number(8))),
    3: ("profile", record(me=INTRODUCTION)),
    4: (
        "text",
        record(
            parts=PARTS, text=WORDS, sent_at=Number(8), order=Number(8), expiry=Maybe(AGED), reply_to=Maybe(ID)
        ),
    ),
    5: ("receipt", record(delivered=IDS, read=IDS, missing=IDS)),
    6: ("query", record(ids=IDS)),
    7: ("live-key", record(live_key=Bytes(32))),
    8: ("prekey-box", record(base=RelayBase(), box=ID, secret=Bytes(32))),
    9: ("heal", record(me=INTRODUCTION, live_key=Bytes(32))),
    10: ("part", record(of=ID, index=Number(1, low=1, high=MOST_PARTS - 1), text=WORDS)),
    11: ("edit", record(target=ID, order=Number(8), parts=PARTS, text=WORDS)),
    12: ("reaction", record(target=ID, order=Number(8), emoji=Text(64))),
    13: ("delete", record(ids=IDS)),
    14: ("address", record(order=Number(4), address=Maybe(record(base=RelayBase(), queue=Bytes(24))))),
}
FRONT = (("may_wait", Flag()), ("id", Bytes(16)))

# The front stands between the kind and the body, so each kind's record begins with it.
CONTENT = Kinds({kind: (name, Record(FRONT + body.fields)) for kind, (name, body) in BODIES.items()})


def _check_counts(name: str, value: dict[str, Value]) -> None:
    if name == "receipt":
        require(sum(len(value[stage]) for stage in ("delivered", "read", "missing")) <= 500, "too-large")


def read_content(data: bytes) -> tuple[str, dict[str, Value]]:
    source = Source(data)
    name, value = CONTENT.read(source)
    _check_counts(name, value)
    source.done()
    return name, value


def write_content(name: str, value: dict[str, Value]) -> bytes:
    _check_counts(name, value)
    return CONTENT.write((name, value))


def part_id(of: bytes, index: int) -> bytes:
    return sha256(label("text part") + of + u8(index))[:16]


def split(text: str) -> list[str]:
    """Between characters, as much in each part as it holds."""
    parts = [""]
    for character in text:
        if len((parts[-1] + character).encode()) > PART_BYTES:
            parts.append("")
        parts[-1] += character
    require(len(parts) <= MOST_PARTS, "too-large")
    return parts
