"""What a backup holds, as the tables of section "Backup" say it."""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass

from contents import EXPIRY, ID, NAME
from notation import ProtocolError, Source, require, u32
from shapes import Bytes, Flag, Kinds, Maybe, Number, RelayBase, Text, Value, record

TIME = Number(8)
MAYBE_TIME = Maybe(TIME)
STATEMENT = Bytes(193)
SECRET = Bytes(32)


def one_of(count: int) -> Number:
    return Number(1, high=count - 1)


@dataclass(frozen=True)
class Float:
    """`f64`: neither negative, −0, infinite nor NaN."""

    def read(self, source: Source) -> float:
        value = struct.unpack(">d", source.take(8))[0]
        require(math.isfinite(value) and math.copysign(1, value) > 0, "bad-value")
        return value

    def write(self, value: float) -> bytes:
        return struct.pack(">d", value)

    def least(self) -> float:
        return 0.0

    def most(self) -> float:
        return 1.7976931348623157e308


@dataclass(frozen=True)
class Long:
    """`u32` length and that much UTF-8."""

    limit: int

    def read(self, source: Source) -> str:
        size = source.number(4)
        require(size <= self.limit, "too-large")
        try:
            return source.take(size).decode("utf-8")
        except UnicodeDecodeError:
            raise ProtocolError("bad-text") from None

    def write(self, value: str) -> bytes:
        encoded = value.encode("utf-8")
        return u32(len(encoded)) + encoded

    def least(self) -> str:
        return ""

    def most(self) -> str:
        return "x" * self.limit


@dataclass(frozen=True)
class Sized:
    """Bytes with their length, as a text is written."""

    limit: int

    def read(self, source: Source) -> bytes:
        size = source.number(2)
        require(size <= self.limit, "too-large")
        return source.take(size)

    def write(self, value: bytes) -> bytes:
        return len(value).to_bytes(2, "big") + value

    def least(self) -> bytes:
        return b""

    def most(self) -> bytes:
        return b"\xff" * self.limit


@dataclass(frozen=True)
class ChosenExpiry:
    """0 as the settings say, 1 none, 2 and the expiry."""

    def read(self, source: Source) -> Value:
        code = source.number(1)
        require(code <= 2, "bad-value")
        return EXPIRY.read(source) if code == 2 else code

    def write(self, value: Value) -> bytes:
        return bytes([value]) if isinstance(value, int) else b"\2" + EXPIRY.write(value)

    def least(self) -> Value:
        return 0

    def most(self) -> Value:
        return EXPIRY.most()


ROUTING = one_of(3)
MINUTE = Number(2, high=1_439)
NOTIFICATIONS = record(shows=one_of(3), sound=Flag(), quiet=Maybe(record(since=MINUTE, to=MINUTE)))
SETTINGS = record(
    routing=ROUTING, expiry=Maybe(EXPIRY), reading=Flag(), typing=Flag(), presence=Flag(), notifications=NOTIFICATIONS
)
PROFILE = record(
    at=TIME, name=NAME, identity=Sized(512), created=TIME,
    relay=Maybe(record(base=RelayBase(), access=Text(512))), locks=Maybe(Number(2)), settings=SETTINGS,
)  # fmt: skip

READ = record(base=RelayBase(), new_id=ID, reader=SECRET, doorbell=SECRET, rid=Maybe(Bytes(24)), sid=Maybe(Bytes(24)))
WRITTEN = record(base=RelayBase(), sid=Bytes(24), writer=SECRET, is_registered=Flag())
CHOICES = record(
    routing=Maybe(ROUTING), expiry=ChosenExpiry(), reading=Maybe(Flag()), typing=Maybe(Flag()), presence=Maybe(Flag()),
    pinned=Flag(), archived=Flag(), blocked=Flag(), muted_until=TIME,
)  # fmt: skip
MY_BOX = record(base=RelayBase(), id=ID, secret=SECRET, owner=SECRET, revision=Number(4))
THEIR_BOX = record(base=RelayBase(), id=ID, secret=SECRET)
CONTACT = record(
    id=ID, name=NAME, statement=STATEMENT, changed=Maybe(STATEMENT), added=TIME, seen=MAYBE_TIME, invite=ID,
    queue_read=READ, queue_written=WRITTEN, my_direct=Maybe(Flag()), their_direct=Maybe(Flag()), choices=CHOICES,
    told=record(reading=Flag(), typing=Flag(), version=Number(1)), my_box=Maybe(MY_BOX), their_box=Maybe(THEIR_BOX),
    generation=Number(4), my_order=TIME, their_order=TIME, following=Number(4), read_up_to=Float(), draft=Long(300_000),
)  # fmt: skip

OUTCOME = record(what=one_of(4), at=TIME)
DELIVERY = record(
    stage=one_of(4), held=MAYBE_TIME, held_until=MAYBE_TIME, delivered=MAYBE_TIME, read=MAYBE_TIME, outcome=Maybe(OUTCOME)
)
REACTION = Maybe(record(emoji=Text(64), order=Number(8)))
MESSAGE = record(
    id=ID, sequence=Float(), order=Number(8), is_mine=Flag(), delivery=Maybe(DELIVERY), unconfirmed=Flag(),
    may_wait=Flag(), sent=TIME, received=MAYBE_TIME, over=MAYBE_TIME, expiry=Maybe(EXPIRY), reply_to=Maybe(ID),
    edited=Maybe(record(order=Number(8), at=TIME)), mine=REACTION, theirs=REACTION,
    deleted=Maybe(record(at=TIME, confirmed=MAYBE_TIME)), text=Long(96_000),
)  # fmt: skip
TOMBSTONE = record(id=ID, sequence=Float())

ITEM = Kinds(
    {1: ("profile", PROFILE), 2: ("contact", CONTACT), 3: ("message", MESSAGE), 4: ("tombstone", TOMBSTONE)}
)


def _check(name: str, value: dict[str, Value]) -> None:
    """What no field says by itself."""
    if name == "contact":
        require(value["read_up_to"] < value["following"], "bad-value")
    if name == "message":
        require(value["delivery"] is None or value["is_mine"], "bad-value")
        require(value["delivery"] is not None or not value["unconfirmed"], "bad-value")


def read_item(data: bytes) -> tuple[str, dict[str, Value]]:
    source = Source(data)
    name, value = ITEM.read(source)
    _check(name, value)
    source.done()
    return name, value
