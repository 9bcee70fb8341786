"""A backup, over streams.json."""

from __future__ import annotations

from backup import LEAST, MOST, VERSION, Backup, make_header, open_header, read_item, split_items
from checks import Checks, Json, flipped, parts, unhex
from notation import label, sha256, u32

HEADER = parts(
    ("magic", 13, "bad-kind"),
    ("version", 1, "bad-version"),
    ("terms", 6, "bad-value"),
    ("salt", 16, "bad-value"),
    ("commitment", 32, "bad-value"),
    ("check", 4, "bad-value"),
)


def check_backup(checks: Checks, streams: Json) -> None:
    vector = streams["backup"]
    argon = vector["argon2id"]
    checks.equal("password", unhex(argon["password"]).decode("utf-8"), vector["passphrase"])
    terms = (argon["memoryKib"], argon["passes"], argon["lanes"])
    secret, salt, header = unhex(argon["output"]), unhex(argon["salt"]), unhex(vector["header"])
    checks.equal("secret's size", (len(secret), argon["outputBytes"]), (32, 32))
    checks.equal("header made again", make_header(secret, terms, salt), header)
    backup = open_header(secret, header)
    _check_header(checks, secret, header, salt)

    items = [unhex(item) for item in vector["items"]]
    content = b"".join(u32(len(item)) + item for item in items)
    block = backup.seal(0, True, content)
    checks.equal("block made again", sha256(block).hex(), vector["blockHash"])
    checks.equal("items", split_items(backup.open(0, True, block)), items)
    _check_block(checks, backup, block, content)
    _check_items(checks, items, content)


def _check_header(checks: Checks, secret: bytes, header: bytes, salt: bytes) -> None:
    checks.refuses_flips("header", header, HEADER, lambda data: open_header(secret, data))
    checks.refuses_lengths("header", header, lambda data: open_header(secret, data))
    checks.refuses("another passphrase", "bad-tag", lambda: open_header(bytes(32), header))
    for place in range(3):
        for bound, step, code in ((LEAST, -1, "weak-parameters"), (MOST, 1, "too-large")):
            terms = tuple(value + (step if at == place else 0) for at, value in enumerate(bound))
            asked = make_header(secret, terms, salt)
            checks.refuses(f"terms {terms}", code, lambda a=asked: open_header(secret, a))
    other = header[:13] + bytes([VERSION + 1]) + header[14:68]
    checks.refuses("a later version", "bad-version", lambda: open_header(secret, other + sha256(label("backup check") + other)[:4]))


def _check_block(checks: Checks, backup: Backup, block: bytes, content: bytes) -> None:
    checks.refuses("a block that is not last at the end", "trailing", lambda: backup.open(0, False, block))
    first = backup.seal(0, False, content)
    checks.refuses("a last block before the end", "truncated", lambda: backup.open(0, True, first))
    checks.refuses("moved", "bad-tag", lambda: backup.open(1, True, block))
    for at in (0, len(block) - 1):
        checks.refuses(f"flipped at {at}", "bad-tag", lambda a=at: backup.open(0, True, flipped(block, a)))


def _check_items(checks: Checks, items: list[bytes], content: bytes) -> None:
    read = [read_item(item) for item in items]
    checks.equal("kinds", {item["kind"] for item in read}, {1, 2, 3, 4})
    checks.holds("texts", any("✓" in str(item.get("text")) for item in read))
    for item in items:
        checks.refuses("an item and more", "trailing", lambda i=item: read_item(i + b"\0"))
        checks.refuses("an item cut", "truncated bad-value", lambda i=item: read_item(i[:-1]))
        checks.refuses("a file, which is planned", "bad-kind", lambda i=item: read_item(b"\x08" + i[1:]))
    checks.refuses("cut within an item", "truncated", lambda: split_items(content[:-1]))
    checks.refuses("dirty padding", "bad-padding", lambda: split_items(content + bytes(9) + b"\1"))
    checks.refuses("an item too long", "too-large", lambda: split_items(u32(2**19 + 1) + bytes(9)))
