"""A group's log of members. Section "Membership log"."""

from __future__ import annotations

from dataclasses import dataclass, field

from curves import check_signature, ed25519_public, ed25519_sign
from identity import STATEMENT_BYTES, Statement, read_statement
from notation import Source, label, require, sha256, u32
from shapes import Bytes, Flag, Kinds, Text, Value, record

VERSION = 1
MEMBERS = 100
ENTRIES = 10_000
NOBODY_BEFORE = bytes(32)

BODY = Kinds(
    {
        1: ("create", record(nonce=Bytes(32), statement=Bytes(STATEMENT_BYTES), name=Text(128))),
        2: ("add", record(statement=Bytes(STATEMENT_BYTES), admin=Flag())),
        3: ("remove", record(member=Bytes(32))),
        4: ("role", record(member=Bytes(32), admin=Flag())),
        5: ("rename", record(name=Text(128))),
    }
)


@dataclass(frozen=True)
class Entry:
    group: bytes
    sequence: int
    before: bytes
    author: bytes
    name: str
    body: dict[str, Value]
    raw: bytes

    @property
    def hash(self) -> bytes:
        return sha256(label("membership hash") + self.raw)


def group_id(founder: bytes, nonce: bytes) -> bytes:
    return sha256(label("group") + founder + nonce)


def read_entry(raw: bytes) -> Entry:
    """Form and signature."""
    source = Source(raw)
    source.version(VERSION)
    group, sequence, before, author = source.take(32), source.number(4), source.take(32), source.take(32)
    name, body = BODY.read(source)
    signature = source.take(64)
    source.done()
    require((name == "create") == (sequence == 0), "bad-value")
    require(name != "create" or before == NOBODY_BEFORE, "bad-value")
    check_signature(signature, label("membership entry") + raw[:-64], author)
    return Entry(group, sequence, before, author, name, body, raw)


def write_entry(secret: bytes, group: bytes, sequence: int, before: bytes, body: tuple[str, dict[str, Value]]) -> bytes:
    front = bytes([VERSION]) + group + u32(sequence) + before + ed25519_public(secret) + BODY.write(body)
    return front + ed25519_sign(secret, label("membership entry") + front)


def _body_statement(entry: Entry) -> Statement:
    return read_statement(entry.body["statement"])


@dataclass
class Log:
    """`members` are admin or not; `hashes` are those of all entries so far."""

    group: bytes
    members: dict[bytes, bool] = field(default_factory=dict)
    hashes: list[bytes] = field(default_factory=list)
    name: str = ""

    def take(self, raw: bytes) -> None:
        """Group, sequence, this very entry already, author, the hash before, right, sense: in this order."""
        entry = read_entry(raw)
        require(entry.group == self.group, "log-group")
        require(entry.sequence <= len(self.hashes), "log-gap")
        if entry.sequence < len(self.hashes) and self.hashes[entry.sequence] == entry.hash:
            return
        self._check_author(entry)
        require(entry.sequence == len(self.hashes), "log-fork")
        require(entry.before == (self.hashes[-1] if self.hashes else NOBODY_BEFORE), "log-fork")
        require(entry.sequence < ENTRIES, "too-large")
        self._check_right(entry)
        self.members = self._members_after(entry)
        self.name = entry.body["name"] if entry.name in ("create", "rename") else self.name
        self.hashes.append(entry.hash)

    def _check_author(self, entry: Entry) -> None:
        if entry.name == "create" and not self.hashes:
            is_founder = group_id(entry.author, entry.body["nonce"]) == self.group
            require(is_founder and _body_statement(entry).sig == entry.author, "log-author")
        else:
            require(entry.author in self.members, "log-author")

    def _check_right(self, entry: Entry) -> None:
        is_own_leaving = entry.name == "remove" and entry.body["member"] == entry.author
        if entry.name != "create" and not is_own_leaving:
            require(self.members[entry.author], "log-not-admin")

    def _members_after(self, entry: Entry) -> dict[bytes, bool]:
        after = dict(self.members)
        if entry.name == "create":
            after[entry.author] = True
        elif entry.name == "add":
            added = _body_statement(entry).sig
            require(added not in after, "log-member")
            require(len(after) < MEMBERS, "too-large")
            after[added] = entry.body["admin"]
        elif entry.name in ("remove", "role"):
            require(entry.body["member"] in after, "log-member")
            if entry.name == "role":
                after[entry.body["member"]] = entry.body["admin"]
            else:
                del after[entry.body["member"]]
        require(not after or any(after.values()), "log-last-admin")
        return after
