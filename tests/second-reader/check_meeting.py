"""How two people meet: identities, bundles, boxes, invites and the agreement, over transcript.json."""

from __future__ import annotations

from dataclasses import dataclass, replace

from agreement import Beginning, Opening, SessionKeys, initiate, read_opening, respond
from checks import Checks, Json, Part, flipped, parts, replaced, unhex
from identity import Identity, make_identity, read_statement, read_stored_identity, safety_number
from invite import InviteContents, Link, open_invite, read_link, seal_invite, write_link
from notation import label, u32
from prekeys import (
    Box, Bundle, Prekeys, kem_role, make_kem_prekey, make_prekey, open_boxed, read_bundle, read_stored_prekeys,
    seal_boxed, write_bundle,
)  # fmt: skip

SIGNED = "bad-key bad-signature"
STATEMENT_PARTS = parts(
    ("version", 1, "bad-version"),
    ("IK_sig", 32, SIGNED),
    ("IK_dh", 32, SIGNED),
    ("signature by IK_sig", 64, "bad-signature"),
    ("signature by IK_dh", 64, "bad-signature"),
)
BUNDLE_PARTS = parts(
    ("version", 1, "bad-version"),
    ("statement", 193, SIGNED + " bad-version"),
    ("signed prekey's id", 4, "bad-signature"),
    ("signed prekey", 32, SIGNED),
    ("signed prekey's signature", 64, "bad-signature"),
    ("KEM prekey's id", 4, "bad-signature"),
    ("KEM prekey", 1568, SIGNED),
    ("KEM prekey's signature", 64, "bad-signature"),
    ("flag", 1, "trailing"),
)
SEALED_PARTS = [Part("version", 0, 1, "bad-version"), Part("nonce", 1, 25, "bad-tag")]
OPENING_PARTS = parts(
    ("signed id", 4, "no-prekey"),
    ("one-time id", 4, "no-prekey"),
    ("KEM id", 4, "no-prekey"),
    ("generation", 4, "bad-tag"),
    ("EK", 32, "bad-tag"),
    ("CT", 1568, "bad-tag"),
    ("sealed statement", 209, "bad-tag"),
)


@dataclass(frozen=True)
class Met:
    """The two of the transcript, and what their meeting gave."""

    alice: Identity
    bob: Identity
    prekeys: Prekeys
    bundle: Bundle
    opening: Opening
    keys: SessionKeys

    @property
    def hashes(self) -> bytes:
        return self.alice.statement.identity_hash + self.bob.statement.identity_hash


def drawn_for(transcript: Json, what: str) -> list[bytes]:
    """The draws whose description begins so, in order."""
    return [unhex(draw["bytes"]) for draw in transcript["random"] if draw["for"].startswith(what)]


def check_identities(checks: Checks, transcript: Json) -> None:
    both = []
    for name in ("alice", "bob"):
        stored = read_stored_identity(unhex(transcript[name]["identity"]))
        made = make_identity(*drawn_for(transcript, f"identity of {name.capitalize()}"))
        checks.equal(f"{name} made again", made, stored)
        checks.equal(f"{name}'s fingerprint", stored.statement.fingerprint, transcript[name]["fingerprint"])
        raw = stored.statement.raw
        checks.refuses_flips(f"{name}'s statement", raw, STATEMENT_PARTS, read_statement)
        checks.refuses_lengths(f"{name}'s statement", raw, read_statement)
        both.append(stored.statement)
    number = transcript["safetyNumber"]
    checks.equal("safety number", safety_number(both[0], both[1]), number)
    checks.equal("safety number, the other way", safety_number(both[1], both[0]), number)
    swapped = unhex(transcript["alice"]["identity"])[:65] + both[1].raw
    checks.refuses("secrets of another identity", "bad-key", lambda: read_stored_identity(swapped))


def check_bundles(checks: Checks, transcript: Json) -> None:
    bob = read_stored_identity(unhex(transcript["bob"]["identity"]))
    raw = unhex(transcript["bundle"])
    prekeys = read_stored_prekeys(unhex(transcript["bob"]["prekeys"]))
    ids = drawn_for(transcript, "prekeys of Bob")
    made = Prekeys(
        make_prekey(int.from_bytes(ids[0], "big"), ids[1]),
        make_kem_prekey(int.from_bytes(ids[4], "big"), ids[5]),
        make_prekey(int.from_bytes(ids[2], "big"), ids[3]),
    )
    checks.equal("prekeys made again", made, prekeys)
    checks.equal("bundle made again", write_bundle(bob.statement, bob.sig_secret, prekeys), raw)
    checks.equal("bundle's size", len(raw), 1967)
    bundle = read_bundle(raw)
    checks.equal("bundle's ids", (bundle.signed.id, bundle.kem.id), (prekeys.signed.id, prekeys.kem.id))
    checks.equal("one-time prekey", bundle.one_time and bundle.one_time.public, prekeys.one_time and prekeys.one_time.public)
    checks.refuses_flips("bundle", raw, BUNDLE_PARTS, read_bundle)
    checks.refuses_lengths("bundle", raw, read_bundle)
    for at in (194, 294, 1931):
        checks.refuses(f"an id of 0 at {at}", "bad-value", lambda at=at: read_bundle(replaced(raw, at, u32(0))))
    checks.refuses("flag of 2", "bad-value", lambda: read_bundle(replaced(raw, 1930, b"\2")))
    checks.refuses("one-time prekey of small order", "bad-key", lambda: read_bundle(replaced(raw, 1935, bytes(32))))
    checks.refuses("a KEM coefficient of 3,329", "bad-key", lambda: read_bundle(replaced(raw, 298, b"\x01\x0d")))
    _check_last_resort(checks, bob, replace(prekeys, one_time=None), raw)


def _check_last_resort(checks: Checks, bob: Identity, prekeys: Prekeys, one_time: bytes) -> None:
    raw = write_bundle(bob.statement, bob.sig_secret, prekeys)
    checks.equal("last-resort bundle's size", len(raw), 1931)
    checks.equal("no one-time prekey", read_bundle(raw).one_time, None)
    checks.refuses("a one-time bundle made a last-resort one", "bad-signature", lambda: read_bundle(one_time[:1930] + b"\0"))
    grown = raw[:1930] + one_time[1930:]
    checks.refuses("a last-resort bundle made a one-time one", "bad-signature", lambda: read_bundle(grown))
    checks.refuses_lengths("last-resort bundle", raw, read_bundle)
    checks.holds("roles differ", kem_role(True) != kem_role(False))


def check_boxes(checks: Checks, transcript: Json) -> None:
    """Sealed by this reader where the transcript has none."""
    contact = read_bundle(unhex(transcript["bundle"])).statement
    other = read_stored_identity(unhex(transcript["alice"]["identity"])).statement
    box = Box(bytes(range(16)), bytes(range(32)))
    sealed = seal_boxed(box, unhex(transcript["bundle"]), bytes(24))
    checks.equal("size", len(sealed), 2048)
    checks.equal("opens", open_boxed(box, sealed, contact).statement, contact)
    fields = [*SEALED_PARTS, Part("sealed", 25, 2048, "bad-tag")]
    checks.refuses_flips("boxed bundle", sealed, fields, lambda data: open_boxed(box, data, contact))
    checks.refuses_lengths("boxed bundle", sealed, lambda data: open_boxed(box, data, contact))
    elsewhere = Box(bytes(16), box.secret)
    checks.refuses("a bundle of another box", "bad-tag", lambda: open_boxed(elsewhere, sealed, contact))
    checks.refuses("a bundle of another contact", "identity-changed", lambda: open_boxed(box, sealed, other))


def check_invites(checks: Checks, transcript: Json) -> None:
    invite = transcript["invite"]
    link = read_link(invite["link"])
    drawn = drawn_for(transcript, "invite")
    contents = InviteContents(unhex(transcript["bundle"]), invite["name"], invite["relay"], unhex(invite["sid"]))
    sealed = unhex(invite["sealed"])
    opened = open_invite(link, sealed)
    checks.equal("id, secret, queue", [link.invite_id, link.secret, opened.queue_id], drawn[:3])
    checks.equal("relay", [link.base, opened.base], 2 * [invite["relay"]])
    checks.equal("name", opened.name, invite["name"])
    checks.equal("expiry", link.expires_at * 1000, invite["expiresAtMs"])
    checks.equal("identity", opened.bundle.statement.identity_hash, link.identity_hash)
    checks.equal("link made again", write_link(link), invite["link"])
    checks.equal("sealed again", seal_invite(link, contents, drawn[3]), sealed)
    fields = [*SEALED_PARTS, Part("sealed", 25, 4096, "bad-tag")]
    checks.refuses_flips("sealed bundle", sealed, fields, lambda data: open_invite(link, data))
    checks.refuses_lengths("sealed bundle", sealed, lambda data: open_invite(link, data))
    for name in ("secret", "invite_id"):
        other = replace(link, **{name: flipped(getattr(link, name), 0)})
        checks.refuses(f"another {name}", "bad-tag", lambda other=other: open_invite(other, sealed))
    other = replace(link, identity_hash=bytes(32))
    checks.refuses("another identity", "invite-identity-mismatch", lambda: open_invite(other, sealed))
    _check_links(checks, invite["link"], link)


def _check_links(checks: Checks, spelled: str, link: Link) -> None:
    front, fragment = spelled.split("#")
    checks.equal("letters", len(fragment), 119)
    for wrapped in (f" <{spelled}>\n", f"{spelled[:40]}\r\n {spelled[40:]}"):
        checks.equal("white space and brackets", read_link(wrapped), link)
    for at in range(2, 118, 4):
        letter = "A" if fragment[at] != "A" else "B"
        changed = f"{front}#{fragment[:at]}{letter}{fragment[at + 1 :]}"
        checks.refuses(f"letter {at} changed", "invite-malformed", lambda changed=changed: read_link(changed))
    last = f"{spelled[:-1]}{chr(ord(spelled[-1]) + 1)}"
    checks.refuses("bits over the last byte", "invite-malformed", lambda: read_link(last))
    for size in (0, 1, 2, 60, 118):
        cut = f"{front}#{fragment[:size]}"
        checks.refuses(f"cut to {size}", "invite-truncated", lambda cut=cut: read_link(cut))
    checks.refuses("one letter more", "invite-malformed", lambda: read_link(spelled + "A"))
    checks.refuses("a later version", "invite-version", lambda: read_link(f"{front}#I{fragment[1:]}"))
    for text in (f"{front}/#{fragment}", spelled.replace("relay", "Relay"), spelled.replace("example/", "example:443/")):
        checks.equal(f"{text[:40]}", read_link(text), link)
    long = replace(link, base=f"wss://{70 * 'a'}/{'b' * 7}")
    checks.refuses("too long to write", "too-large", lambda: write_link(long))
    for text in ("", "hello", f"{front}#{fragment[:-1]}!", spelled.replace("https", "ftp"), spelled.replace("/i#", "/j#")):
        checks.refuses(f"{text[:20]!r}", "invite-malformed invite-truncated", lambda text=text: read_link(text))
    elsewhere = spelled.replace("relay.example", "other.example")
    checks.refuses("led to another relay", "invite-malformed", lambda: read_link(elsewhere))


def check_agreement(checks: Checks, transcript: Json) -> Met:
    alice = read_stored_identity(unhex(transcript["alice"]["identity"]))
    bob = read_stored_identity(unhex(transcript["bob"]["identity"]))
    prekeys = read_stored_prekeys(unhex(transcript["bob"]["prekeys"]))
    bundle = read_bundle(unhex(transcript["bundle"]))
    drawn = drawn_for(transcript, "session of Alice")
    raw = unhex(transcript["envelopes"][0]["envelope"])[2:1827]
    opening, keys = initiate(alice, bundle, Beginning(drawn[0], drawn[1], 1))
    checks.equal("opening made again", opening.write(), raw)
    checks.equal("session id", keys.session_id.hex(), transcript["sessionId"])
    initiator, same_keys = respond(bob, prekeys, read_opening(raw))
    checks.equal("who it is", initiator, alice.statement)
    checks.equal("keys of both", same_keys, keys)
    checks.refuses_flips("opening", raw, OPENING_PARTS, lambda data: respond(bob, prekeys, read_opening(data)))
    checks.refuses_lengths("opening", raw, read_opening)
    small = replaced(raw, 16, bytes(32))
    checks.refuses("EK of small order", "bad-key", lambda: respond(bob, prekeys, read_opening(small)))
    own, _ = initiate(bob, bundle, Beginning(drawn[0], drawn[1], 1))
    checks.refuses("his own identity", "bad-key", lambda: respond(bob, prekeys, own))
    _check_last_resort_agreement(checks, Met(alice, bob, prekeys, bundle, opening, keys), drawn)
    return Met(alice, bob, prekeys, bundle, opening, keys)


def _check_last_resort_agreement(checks: Checks, met: Met, drawn: list[bytes]) -> None:
    prekeys = replace(met.prekeys, one_time=None)
    bundle = read_bundle(write_bundle(met.bob.statement, met.bob.sig_secret, prekeys))
    opening, keys = initiate(met.alice, bundle, Beginning(drawn[0], drawn[1], 2))
    checks.equal("last resort, one-time id", opening.write()[4:8], u32(0))
    checks.equal("last resort, keys of both", respond(met.bob, prekeys, opening)[1], keys)
    checks.holds("last resort, another session", keys.session_id != met.keys.session_id)
    checks.refuses("last resort over one-time keys", "no-prekey", lambda: respond(met.bob, met.prekeys, opening))
    checks.holds("no label begins another", not label("prekey box").startswith(label("prekey")))
