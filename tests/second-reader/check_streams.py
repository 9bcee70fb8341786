"""Files, numbers and the membership log, over streams.json."""

from __future__ import annotations

from dataclasses import replace

from checks import Checks, Json, flipped, parts, unhex
from curves import ed25519_public
from files import FileSecret, SealedFile, open_file, padme, seal_header
from identity import Identity, make_identity, read_stored_identity
from membership import NOBODY_BEFORE, Log, group_id, read_entry, write_entry
from notation import label, sha256
from number import LANES, MEMORY_KIB, OUTPUT_BYTES, PASSES, SALT, argon_password, number_of, read_number, shown
from shapes import Value

FILE_HEADER = parts(
    ("version", 1, "bad-version"),
    ("chunk size", 1, "bad-value bad-tag"),
    ("salt", 32, "bad-tag"),
    ("commitment", 32, "bad-tag"),
    ("sealed size", 24, "bad-tag"),
)


def content_of(size: int) -> bytes:
    return bytes(place % 251 for place in range(size))


def check_files(checks: Checks, streams: Json) -> None:
    for vector in streams["files"]:
        secret = FileSecret(unhex(vector["key"]), unhex(vector["fileId"]))
        header, chunks = unhex(vector["header"]), [unhex(chunk) for chunk in vector["chunks"]]
        sealed = open_file(secret, header)
        content = content_of(vector["sizeBytes"])
        told = (vector["sizeBytes"], vector["chunkBytes"], vector["paddedBytes"], len(chunks))
        checks.equal("sizes", (sealed.size, sealed.chunk_bytes, sealed.padded_bytes, sealed.count), told)
        checks.equal("content", sealed.open_all(chunks), content)
        exponent = sealed.chunk_bytes.bit_length() - 1
        checks.equal("header made again", seal_header(secret, unhex(vector["salt"]), exponent, sealed.size), header)
        for index, chunk in enumerate(chunks):
            share = content[index * sealed.share_bytes :][: sealed.share_bytes]
            checks.equal(f"chunk {index} made again", sealed.seal_chunk(index, share), chunk)
        checks.refuses_flips("header", header, FILE_HEADER, lambda data, s=secret: open_file(s, data))
        checks.refuses_lengths("header", header, lambda data, s=secret: open_file(s, data))
        for other in (replace(secret, key=bytes(32)), replace(secret, file_id=bytes(16))):
            checks.refuses("another file's secret", "bad-tag", lambda o=other, h=header: open_file(o, h))
        _check_chunks(checks, sealed, chunks)
    for size, padded in ((0, 4096), (4096, 4096), (4097, 4352), (6000, 6144), (65_535, 65_536), (65_537, 67_584)):
        checks.equal(f"Padmé of {size}", padme(size), padded)
    checks.equal("Padmé of 2^40", padme(2**40), 2**40)
    checks.holds("Padmé of the rest", all(size <= padme(size) <= size * 1.0625 for size in range(4096, 99_999, 97)))


def _check_chunks(checks: Checks, sealed: SealedFile, chunks: list[bytes]) -> None:
    last = len(chunks) - 1
    for at in (0, len(chunks[last]) - 1):
        checks.refuses("a chunk changed", "bad-tag", lambda a=at: sealed.open_chunk(last, flipped(chunks[last], a)))
    checks.refuses("a chunk cut", "truncated", lambda: sealed.open_chunk(last, chunks[last][:-1]))
    checks.refuses("a chunk and more", "trailing", lambda: sealed.open_chunk(last, chunks[last] + b"\0"))
    checks.refuses("a chunk too many", "bad-value", lambda: sealed.open_chunk(last + 1, chunks[last]))
    checks.refuses("a chunk missing", "truncated", lambda: sealed.open_all(chunks[:-1]))
    checks.refuses("a chunk more", "trailing", lambda: sealed.open_all([*chunks, chunks[-1]]))
    moved = replace(sealed, header=flipped(sealed.header, 89))
    checks.refuses("under another header", "bad-tag", lambda: moved.open_chunk(0, chunks[0]))
    dirty = replace(sealed, size=sealed.padded_bytes).seal_chunk(last, b"\1" * (len(chunks[last]) - 16))
    checks.refuses("padding that is not zero", "bad-padding", lambda: sealed.open_chunk(last, dirty))


def check_numbers(checks: Checks, streams: Json) -> None:
    for vector in streams["numbers"]:
        argon = vector["argon2id"]
        password = argon_password(unhex(vector["sigPublic"]), unhex(vector["dhPublic"]), vector["counter"])
        checks.equal("password", password.hex(), argon["password"])
        checks.equal("salt", SALT.hex(), argon["salt"])
        asked = [argon[name] for name in ("memoryKib", "passes", "lanes", "outputBytes")]
        checks.equal("parameters", asked, [MEMORY_KIB, PASSES, LANES, OUTPUT_BYTES])
        number = number_of(unhex(argon["output"]))
        checks.equal("number", number, vector["number"])
        checks.equal("shown", shown(number), vector["shown"])
        checks.equal("read", read_number(vector["shown"]), number)
    for typed in ("٠٤٥-٧٣٢-٤٣٩-٥١٦-٦٠٦", " 045 732–439—516.606\n", "045\u200b732\u00a0439\u2011516\ufeff606"):
        checks.equal(f"{typed!r}", read_number(typed), "045732439516606")
    for typed in ("045-732-439-516-60", "0457324395166060", "", "-"):
        checks.refuses(f"{typed!r}", "number-length", lambda t=typed: read_number(t))
    for typed in ("045-732-439-516-60a", "045_732", "½45", "+457"):
        checks.refuses(f"{typed!r}", "number-malformed", lambda t=typed: read_number(t))
    checks.refuses("a sixteenth counter", "number-exhausted", lambda: argon_password(bytes(32), bytes(32), 16))


def check_log(checks: Checks, streams: Json) -> None:
    vector = streams["membershipLog"]
    people = {person.statement.sig: person for person in map(read_stored_identity, map(unhex, vector["identities"]))}
    entries = [unhex(entry) for entry in vector["entries"]]
    log = Log(unhex(vector["groupId"]))
    for number, raw in enumerate(entries):
        entry = read_entry(raw)
        made = write_entry(people[entry.author].sig_secret, entry.group, number, entry.before, (entry.name, entry.body))
        checks.equal(f"entry {number} made again", made, raw)
        body = len(raw) - 166
        fields = parts(
            ("version", 1, "bad-version"),
            ("group", 32, "bad-signature"),
            ("sequence", 4, "bad-signature too-large bad-value"),
            ("hash before", 32, "bad-signature bad-value"),
            ("author", 32, "bad-signature"),
            ("kind", 1, "bad-signature bad-kind bad-value truncated trailing bad-text too-large"),
            ("body", body, "bad-signature bad-key bad-version bad-value bad-text too-large"),
            ("signature", 64, "bad-signature"),
        )
        checks.refuses_flips(f"entry {number}", raw, fields, read_entry)
        checks.refuses_lengths(f"entry {number}", raw, read_entry)
        ahead = Log(log.group, dict(log.members), list(log.hashes))
        if number + 1 < len(entries):
            checks.refuses("an entry left out", "log-gap", lambda a=ahead, n=number: a.take(entries[n + 1]))
        log.take(raw)
        log.take(raw)
    checks.equal("group", group_id(read_entry(entries[0]).author, read_entry(entries[0]).body["nonce"]), log.group)
    roles = {member.hex(): "admin" if admin else "member" for member, admin in log.members.items()}
    checks.equal("roles", roles, vector["roles"])
    checks.equal("name", log.name, vector["name"])
    checks.equal("head", log.hashes[-1].hex(), vector["head"])
    checks.refuses("an entry of another group", "log-group", lambda: Log(bytes(32)).take(entries[0]))


def _person(number: int) -> Identity:
    seed = bytes([number])
    return make_identity(sha256(b"sign" + seed), sha256(b"agree" + seed), bytes(64))


def check_log_refusals(checks: Checks) -> None:
    founder, member, stranger = _person(1), _person(2), _person(3)
    nonce = bytes(32)
    log = Log(group_id(founder.statement.sig, nonce))

    def says(who: Identity, kind: str, at: int | None = None, before: bytes | None = None, **body: Value) -> bytes:
        place = len(log.hashes) if at is None else at
        last = log.hashes[-1] if log.hashes else NOBODY_BEFORE
        return write_entry(who.sig_secret, log.group, place, last if before is None else before, (kind, body))

    def refused(what: str, code: str, entry: bytes) -> None:
        before = (dict(log.members), list(log.hashes), log.name)
        checks.refuses(what, code, lambda: log.take(entry))
        checks.equal(f"{what}, nothing changed", (log.members, log.hashes, log.name), before)

    create = {"nonce": nonce, "statement": founder.statement.raw, "name": "We"}
    refused("another founder", "log-author", says(member, "create", **{**create, "statement": member.statement.raw}))
    refused("a hash before the first", "bad-value", says(founder, "create", before=bytes([1]) * 32, **create))
    refused("an entry before the first", "log-gap", says(founder, "rename", at=1, name="x"))
    refused("another kind first", "bad-value", says(founder, "rename", at=0, name="x"))
    log.take(says(founder, "create", **create))
    refused("created later", "bad-value", says(founder, "create", at=1, **create))
    refused("a stranger", "log-author", says(stranger, "rename", name="x"))
    refused("an admin alone stepping down", "log-last-admin", says(founder, "role", member=founder.statement.sig, admin=False))
    log.take(says(founder, "add", statement=member.statement.raw, admin=False))
    refused("added twice", "log-member", says(founder, "add", statement=member.statement.raw, admin=True))
    refused("removing nobody", "log-member", says(founder, "remove", member=stranger.statement.sig))
    refused("changing nobody", "log-member", says(founder, "role", member=stranger.statement.sig, admin=True))
    refused("no admin", "log-not-admin", says(member, "rename", name="x"))
    refused("no admin removing", "log-not-admin", says(member, "remove", member=founder.statement.sig))
    refused("the last admin leaving", "log-last-admin", says(founder, "remove", member=founder.statement.sig))
    refused("another past", "log-fork", says(founder, "rename", before=bytes(32), name="x"))
    refused("a place taken", "log-fork", says(founder, "rename", at=1, before=log.hashes[0], name="x"))
    refused("a name too long", "too-large", _with_long_name(says(founder, "rename", name=128 * "x")))
    log.take(says(member, "remove", member=member.statement.sig))
    refused("who has left", "log-author", says(member, "rename", name="x"))
    log.take(says(founder, "remove", member=founder.statement.sig))
    checks.equal("nobody left", log.members, {})
    refused("nobody", "log-author", says(founder, "rename", name="x"))
    checks.holds("keys of its own", ed25519_public(founder.sig_secret) == founder.statement.sig)
    checks.holds("labels of its own", label("group") != label("membership hash"))


def _with_long_name(entry: bytes) -> bytes:
    """One byte more in the last text before the signature; the form is refused before the signature is asked."""
    return entry[:102] + (129).to_bytes(2, "big") + entry[104:-64] + b"x" + entry[-64:]
