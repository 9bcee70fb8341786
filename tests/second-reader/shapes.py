"""Shapes of fields, from which the tables of the document are written down as data and then read and written.

Every shape knows the least and the most it may hold, so that a table can be tried at its limits without a vector.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from addresses import check_base
from notation import ProtocolError, Source, require, text

Value = Any  # an int, bool, str or bytes, or a list or dict of these


class Shape(Protocol):
    def read(self, source: Source) -> Value: ...
    def write(self, value: Value) -> bytes: ...
    def least(self) -> Value: ...
    def most(self) -> Value: ...


@dataclass(frozen=True)
class Bytes:
    size: int

    def read(self, source: Source) -> bytes:
        return source.take(self.size)

    def write(self, value: bytes) -> bytes:
        require(len(value) == self.size, "bad-value")
        return value

    def least(self) -> bytes:
        return bytes(self.size)

    def most(self) -> bytes:
        return bytes(0xFF - place % 251 for place in range(self.size))


@dataclass(frozen=True)
class Number:
    size: int
    low: int = 0
    high: int | None = None

    @property
    def limit(self) -> int:
        return self.high if self.high is not None else min(256**self.size, 1 << 53) - 1

    def read(self, source: Source) -> int:
        value = source.number(self.size)
        require(self.low <= value <= self.limit, "bad-value")
        return value

    def write(self, value: int) -> bytes:
        require(self.low <= value <= self.limit, "bad-value")
        return value.to_bytes(self.size, "big")

    def least(self) -> int:
        return self.low

    def most(self) -> int:
        return self.limit


@dataclass(frozen=True)
class Flag:
    def read(self, source: Source) -> bool:
        return source.flag()

    def write(self, value: bool) -> bytes:
        return b"\1" if value else b"\0"

    def least(self) -> bool:
        return False

    def most(self) -> bool:
        return True


@dataclass(frozen=True)
class Bits:
    """A byte of which the lowest bits are known, lowest first, and the others passed over."""

    known: int

    def read(self, source: Source) -> list[bool]:
        value = source.number(1)
        return [bool(value >> bit & 1) for bit in range(self.known)]

    def write(self, value: list[bool]) -> bytes:
        return bytes([sum(is_set << bit for bit, is_set in enumerate(value))])

    def least(self) -> list[bool]:
        return [False] * self.known

    def most(self) -> list[bool]:
        return [True] * self.known


@dataclass(frozen=True)
class Maybe:
    """A flag, and the value where it is 1."""

    each: Shape

    def read(self, source: Source) -> Value:
        return self.each.read(source) if source.flag() else None

    def write(self, value: Value) -> bytes:
        return b"\0" if value is None else b"\1" + self.each.write(value)

    def least(self) -> Value:
        return None

    def most(self) -> Value:
        return self.each.most()


@dataclass(frozen=True)
class Text:
    limit: int

    def read(self, source: Source) -> str:
        return source.text(self.limit)

    def write(self, value: str) -> bytes:
        encoded = text(value)
        require(len(encoded) - 2 <= self.limit, "too-large")
        return encoded

    def least(self) -> str:
        return ""

    def most(self) -> str:
        return "é" * (self.limit // 2) + "x" * (self.limit % 2)


@dataclass(frozen=True)
class RelayBase:
    """A relay's base address in its one spelling, at most 120 bytes."""

    def read(self, source: Source) -> str:
        return check_base(source.text(120))

    def write(self, value: str) -> bytes:
        return text(check_base(value))

    def least(self) -> str:
        return "wss://a"

    def most(self) -> str:
        return "ws://localhost:8080/".ljust(120, "p")


@dataclass(frozen=True)
class Rest:
    """What is left of a frame, between two sizes."""

    low: int
    high: int

    def read(self, source: Source) -> bytes:
        require(source.left >= self.low, "truncated")
        require(source.left <= self.high, "too-large")
        return source.take(source.left)

    def write(self, value: bytes) -> bytes:
        return self.read(Source(value))

    def least(self) -> bytes:
        return bytes(self.low)

    def most(self) -> bytes:
        return bytes(self.high)


@dataclass(frozen=True)
class Cell:
    """What is left of a frame, of one of the relay's sizes."""

    sizes: tuple[int, ...] = (4096, 16384)

    def read(self, source: Source) -> bytes:
        require(source.left in self.sizes, "bad-value")
        return source.take(source.left)

    def write(self, value: bytes) -> bytes:
        return self.read(Source(value))

    def least(self) -> bytes:
        return bytes(self.sizes[0])

    def most(self) -> bytes:
        return bytes(self.sizes[-1])


@dataclass(frozen=True)
class Counted:
    """A count of `size` bytes and that many records. `over` is the code of a count out of range."""

    size: int
    low: int
    high: int
    each: Shape
    over: str = "too-large"

    def _checked(self, count: int) -> int:
        require(self.low <= count <= self.high, self.over)
        return count

    def read(self, source: Source) -> list[Value]:
        return [self.each.read(source) for _ in range(self._checked(source.number(self.size)))]

    def write(self, value: list[Value]) -> bytes:
        count = self._checked(len(value)).to_bytes(self.size, "big")
        return count + b"".join(self.each.write(one) for one in value)

    def least(self) -> list[Value]:
        return [self.each.least()] * self.low

    def most(self) -> list[Value]:
        return [self.each.most()] * self.high


@dataclass(frozen=True)
class Record:
    """Named fields in order."""

    fields: tuple[tuple[str, Shape], ...]

    def read(self, source: Source) -> dict[str, Value]:
        return {name: shape.read(source) for name, shape in self.fields}

    def write(self, value: dict[str, Value]) -> bytes:
        return b"".join(shape.write(value[name]) for name, shape in self.fields)

    def least(self) -> dict[str, Value]:
        return {name: shape.least() for name, shape in self.fields}

    def most(self) -> dict[str, Value]:
        return {name: shape.most() for name, shape in self.fields}


def record(**fields: Shape) -> Record:
    return Record(tuple(fields.items()))


@dataclass(frozen=True)
class Kinds:
    """kind(1) and what the table says of it. A value is (name, fields)."""

    table: dict[int, tuple[str, Record]]

    def read(self, source: Source) -> tuple[str, dict[str, Value]]:
        kind = source.number(1)
        if kind not in self.table:
            raise ProtocolError("bad-kind")
        name, fields = self.table[kind]
        return name, fields.read(source)

    def write(self, value: tuple[str, dict[str, Value]]) -> bytes:
        name, fields = value
        for kind, (known, shape) in self.table.items():
            if known == name:
                return bytes([kind]) + shape.write(fields)
        raise ProtocolError("bad-kind")

    def least(self) -> tuple[str, dict[str, Value]]:
        name, fields = next(iter(self.table.values()))
        return name, fields.least()

    def most(self) -> tuple[str, dict[str, Value]]:
        name, fields = next(iter(self.table.values()))
        return name, fields.most()


def read_whole(shape: Shape, data: bytes) -> Value:
    source = Source(data)
    value = shape.read(source)
    source.done()
    return value
