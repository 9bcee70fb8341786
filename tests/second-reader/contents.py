"""What an envelope holds, as the table of section "Contents" says it."""

from __future__ import annotations

from notation import Source, require
from shapes import Bytes, Counted, Flag, Kinds, Number, Record, RelayBase, Text, Value, record

NAME = Text(128)
IDS = Counted(2, 0, 500, Bytes(16))

BODIES: dict[int, tuple[str, Record]] = {
    1: (
        "request",
        record(name=NAME, base=RelayBase(), queue=Bytes(24), direct=Flag(), live_key=Bytes(32), sent_at=Number(8)),
    ),
    2: ("accept", record(name=NAME, direct=Flag(), live_key=Bytes(32), sent_at=Number(8))),
    3: ("profile", record(name=NAME, direct=Flag())),
    4: ("text", record(text=Text(12_000), sent_at=Number(8))),
    5: ("receipt", record(delivered=IDS, read=IDS, missing=IDS)),
    6: ("query", record(ids=IDS)),
    7: ("live-key", record(live_key=Bytes(32))),
    8: ("prekey-box", record(base=RelayBase(), box=Bytes(16), secret=Bytes(32))),
    9: ("heal", record(name=NAME, direct=Flag(), live_key=Bytes(32))),
    14: ("address", record(order=Number(4), address=Counted(1, 0, 1, record(base=RelayBase(), queue=Bytes(24)), "bad-value"))),
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
