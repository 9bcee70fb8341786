"""Invite links and the sealed bundle a relay holds for one. Section "Invite"."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass

from addresses import base_of, check_base
from ciphers import xchacha_open, xchacha_seal
from notation import ProtocolError, Source, exactly, hkdf, label, pad, require, sha256, text, u16, u32, unpad
from prekeys import Bundle, read_bundle

VERSION = 4
LINK_BYTES = 200
FRAGMENT_LETTERS = 119
SEALED_BYTES = 4096


@dataclass(frozen=True)
class Link:
    base: str
    invite_id: bytes
    secret: bytes
    identity_hash: bytes
    expires_at: int

    @property
    def bundle_key(self) -> bytes:
        return hkdf(self.secret, self.invite_id, label("invite bundle"), 32)


@dataclass(frozen=True)
class Invite:
    bundle: Bundle
    name: str
    base: str
    queue_id: bytes


def _check_of(base: str, body: bytes) -> bytes:
    return sha256(label("invite check") + base.encode("utf-8") + body)[:4]


def _fragment_bytes(fragment: str) -> bytes:
    """base64url without padding; the version is asked before anything else that may have another length then."""
    require(re.fullmatch(r"[A-Za-z0-9_-]*", fragment) is not None, "invite-malformed")
    require(len(fragment) >= 4, "invite-truncated")
    require(base64.urlsafe_b64decode(fragment[:4])[0] == VERSION, "invite-version")
    require(len(fragment) >= FRAGMENT_LETTERS, "invite-truncated")
    require(len(fragment) == FRAGMENT_LETTERS, "invite-malformed")
    return base64.urlsafe_b64decode(fragment + "=")


def read_link(link: str) -> Link:
    """White space goes, wherever it is, and angle brackets around; the address is brought into its one spelling."""
    unwrapped = re.sub(r"\s", "", link).lstrip("<").rstrip(">")
    parts = re.fullmatch(r"([hH][tT][tT][pP][sS]?://[^#]*)/i/?(?:#([^#]*)(?:#.*)?)?", unwrapped)
    if parts is None:
        raise ProtocolError("invite-malformed")
    try:
        base = base_of(parts[1])
    except ProtocolError:
        raise ProtocolError("invite-malformed") from None
    data = _fragment_bytes(parts[2] or "")
    body, check = data[:85], data[85:]
    read = Link(base, body[1:17], body[17:49], body[49:81], int.from_bytes(body[81:85], "big"))
    require(check == _check_of(base, body) and _fragment_of(body + check) == parts[2], "invite-malformed")
    return read


def _fragment_of(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode("ascii").rstrip("=")


def write_link(link: Link) -> str:
    body = bytes([VERSION]) + link.invite_id + link.secret + link.identity_hash + u32(link.expires_at)
    written = f"http{link.base[2:]}/i#{_fragment_of(body + _check_of(link.base, body))}"
    require(len(written) <= LINK_BYTES, "too-large")
    return written


def open_invite(link: Link, sealed: bytes) -> Invite:
    source = Source(exactly(sealed, SEALED_BYTES))
    source.version(VERSION)
    nonce = source.take(24)
    contents = Source(unpad(xchacha_open(link.bundle_key, nonce, _aad(link), source.take(source.left))))
    bundle = contents.take(contents.number(2))
    name, base = contents.text(128), check_base(contents.text(120))
    queue_id = contents.take(24)
    contents.done()
    invite = Invite(read_bundle(bundle), name, base, queue_id)
    require(invite.bundle.statement.identity_hash == link.identity_hash, "invite-identity-mismatch")
    return invite


@dataclass(frozen=True)
class InviteContents:
    bundle: bytes
    name: str
    base: str
    queue_id: bytes


def seal_invite(link: Link, contents: InviteContents, nonce: bytes) -> bytes:
    bundle = u16(len(contents.bundle)) + contents.bundle
    plain = bundle + text(contents.name) + text(contents.base) + contents.queue_id
    return bytes([VERSION]) + nonce + xchacha_seal(link.bundle_key, nonce, _aad(link), pad(plain, 4055))


def _aad(link: Link) -> bytes:
    return bytes([VERSION]) + link.invite_id
