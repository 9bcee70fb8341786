"""Counts what was compared and remembers what failed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from notation import ProtocolError

Json = Any
Attempt = Callable[[bytes], object]


@dataclass
class Checks:
    """One group: a printed line."""

    name: str
    count: int = 0
    failures: list[str] = field(default_factory=list)

    def holds(self, what: str, is_so: bool) -> None:
        self.count += 1
        if not is_so:
            self.failures.append(what)

    def equal(self, what: str, got: object, expected: object) -> None:
        self.holds(f"{what}: {_short(got)} instead of {_short(expected)}", got == expected)

    def refuses(self, what: str, codes: str, attempt: Callable[[], object]) -> None:
        """`codes` are separated by spaces; any of them will do where the document leaves the order open."""
        try:
            attempt()
        except ProtocolError as refusal:
            self.holds(f"{what}: refused as {refusal.code} instead of {codes}", refusal.code in codes.split())
        else:
            self.holds(f"{what}: not refused", False)

    def refuses_flips(self, what: str, data: bytes, fields: Iterable["Part"], attempt: Attempt) -> None:
        """One byte of each part flipped, at its beginning and at its end: the reader must notice both."""
        for part in fields:
            for at in {part.start, part.end - 1}:
                self.refuses(f"{what}, {part.name} flipped at {at}", part.codes, lambda at=at: attempt(flipped(data, at)))

    def refuses_lengths(self, what: str, data: bytes, attempt: Attempt, short: str = "truncated") -> None:
        """Nothing, half, one byte less and one more."""
        for size in (0, len(data) // 2, len(data) - 1):
            self.refuses(f"{what}, cut to {size}", short, lambda size=size: attempt(data[:size]))
        longer = "trailing" if short == "truncated" else short
        self.refuses(f"{what}, one byte more", longer, lambda: attempt(data + b"\0"))


@dataclass(frozen=True)
class Part:
    """A field of a form, and how the reader refuses it when it was changed."""

    name: str
    start: int
    end: int
    codes: str


def parts(*sizes: tuple[str, int, str]) -> list[Part]:
    """Parts that follow one another, from (name, size, codes)."""
    result, start = [], 0
    for name, size, codes in sizes:
        result.append(Part(name, start, start + size, codes))
        start += size
    return result


def flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 0x01]) + data[at + 1 :]


def replaced(data: bytes, at: int, part: bytes) -> bytes:
    return data[:at] + part + data[at + len(part) :]


def _short(value: object) -> str:
    shown = value.hex() if isinstance(value, bytes) else repr(value)
    return shown if len(shown) <= 80 else f"{shown[:77]}..."


class Draws:
    """A vector's randomness, given out in the order it was drawn. A draw of another size is a failure."""

    def __init__(self, drawn: Iterable[bytes]) -> None:
        self._left = list(drawn)

    def __call__(self, size: int) -> bytes:
        if not self._left or len(self._left[0]) != size:
            raise AssertionError(f"a draw of {size} bytes where the vector has none")
        return self._left.pop(0)

    @property
    def left(self) -> int:
        return len(self._left)


def fake_draw(seed: str) -> Callable[[int], bytes]:
    """Draws that anybody can make again: SHAKE-256 of a name and a count."""
    count = 0

    def draw(size: int) -> bytes:
        nonlocal count
        count += 1
        return hashlib.shake_256(f"{seed} {count}".encode()).digest(size)

    return draw


unhex = bytes.fromhex
