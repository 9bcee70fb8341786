"""A backup, over streams.json."""

from __future__ import annotations

from backup import LEAST, MOST, VERSION, Backup, make_header, open_header, split_items
from backup_items import ITEM, read_item
from check_frames import beyond
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
    checks.equal("kinds", {name for name, _ in read}, {name for name, _ in ITEM.table.values()})
    checks.holds("texts", any("✓" in value.get("text", "") for _, value in read))
    for item, value in zip(items, read, strict=True):
        checks.equal(f"{value[0]} written again", ITEM.write(value), item)
    for data, codes in beyond(ITEM):
        checks.refuses(f"beyond: {data[:12].hex()}, {len(data)} bytes", codes, lambda d=data: read_item(d))
    _check_choices(checks, [value for _, value in read])
    for item in items:
        checks.refuses("an item and more", "trailing", lambda i=item: read_item(i + b"\0"))
        checks.refuses("an item cut", "truncated bad-value", lambda i=item: read_item(i[:-1]))
        checks.refuses("a file, which is planned", "bad-kind", lambda i=item: read_item(b"\x08" + i[1:]))
    checks.refuses("cut within an item", "truncated", lambda: split_items(content[:-1]))
    checks.refuses("dirty padding", "bad-padding", lambda: split_items(content + bytes(9) + b"\1"))
    checks.refuses("an item too long", "too-large", lambda: split_items(u32(2**19 + 1) + bytes(9)))


def _check_choices(checks: Checks, read: list[Json]) -> None:
    """Every choice stands somewhere in the vector."""

    def said(*path: str) -> list[object]:
        found = read
        for name in path:
            found = [value[name] for value in found if isinstance(value, dict) and value.get(name) is not None]
        return found

    for path in (("settings", "routing"), ("choices", "routing"), ("settings", "notifications", "shows")):
        checks.equal(f"{path}", set(said(*path)), {0, 1, 2})
    for path in (("delivery", "stage"), ("delivery", "outcome", "what")):
        checks.equal(f"{path}", set(said(*path)), {0, 1, 2, 3})
    checks.equal("bases", set(said("expiry", "base")), {0, 1})
    checks.holds("between two", any(not float(at).is_integer() for at in said("sequence")))
