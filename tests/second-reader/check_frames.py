"""Contents, live frames, string frames and relay frames: the vectors, and every kind of each table at its limits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from addresses import check_base
from checks import Checks, Json, Part, unhex
from check_meeting import drawn_for
from contents import CONTENT, part_id, read_content, split, write_content
from identity import read_stored_identity
from live import PAYLOAD, SIGNAL, SIZES, STRING_FRAME, LiveReader, Way, seal_live
from notation import ProtocolError, sha256
from relay import CLIENT, RELAY, read_frame, write_frame
from shapes import Cell, Counted, Flag, Kinds, Maybe, Number, Record, RelayBase, Rest, Shape, Text, read_whole

Read = Callable[[bytes], Any]
Write = Callable[[str, Any], bytes]


def beyond(shape: Shape) -> list[tuple[bytes, str]]:
    """Encodings just past what the shape may hold, with the code each is refused by."""
    match shape:
        case Text(limit):
            over = (limit + 1).to_bytes(2, "big") + bytes(limit + 1)
            return [(over, "too-large"), (b"\0\1\xff", "bad-text")]
        case RelayBase():
            return [(b"\0\x08WSS://ab", "bad-value"), (b"\0\x09wss://ab/", "bad-value"), (b"\0\0", "bad-value")]
        case Flag():
            return [(b"\2", "bad-value"), (b"\xff", "bad-value")]
        case Number(size, low):
            outside = [low - 1, shape.limit + 1]
            return [(value.to_bytes(size, "big"), "bad-value") for value in outside if 0 <= value < 256**size]
        case Maybe(each):
            return [(b"\2", "bad-value"), *((b"\1" + data, code) for data, code in beyond(each))]
        case Rest(low, high):
            return [(bytes(low - 1), "truncated"), (bytes(high + 1), "too-large")]
        case Cell(sizes):
            outside = {size + step for size in sizes for step in (-1, 1)}
            return [(bytes(size), "bad-value too-large") for size in sorted(outside)]
        case Counted(size, low, high, each):
            many = (high + 1).to_bytes(size, "big") + each.write(each.least()) * (high + 1)
            few = [(bytes(size), shape.over)] if low else []
            count = (1).to_bytes(size, "big")
            return [(many, shape.over), *few, *((count + data, code) for data, code in beyond(each))]
        case Record(fields):
            return [one for place in range(len(fields)) for one in _with_beyond(fields, place)]
        case Kinds(table):
            inner = [(bytes([kind]) + data, code) for kind, (_, body) in table.items() for data, code in beyond(body)]
            unknown = next(kind for kind in range(255, 0, -1) if kind not in table)
            return [(bytes([unknown]), "bad-kind"), *inner]
        case _:
            return []


def _with_beyond(fields: tuple[tuple[str, Shape], ...], place: int) -> list[tuple[bytes, str]]:
    before = b"".join(shape.write(shape.least()) for _, shape in fields[:place])
    after = b"".join(shape.write(shape.least()) for _, shape in fields[place + 1 :])
    return [(before + data + after, code) for data, code in beyond(fields[place][1])]


def check_table(checks: Checks, kinds: Kinds, read: Read, write: Write) -> None:
    """Each kind at its least and its most, cut anywhere, with a byte more, and past each limit."""
    for kind, (name, body) in kinds.table.items():
        for value in (body.least(), body.most()):
            data = write(name, value)
            checks.equal(f"{name} begins with its kind", data[0], kind)
            checks.equal(f"{name} read again", read(data), (name, value))
            for size in {0, 1, len(data) // 2, len(data) - 1} - {len(data)}:
                codes = "truncated bad-value" if _fills(body) else "truncated"
                checks.refuses(f"{name} cut to {size}", codes, lambda d=data[:size]: _refusing(read, d, body))
            if not _fills(body):
                checks.refuses(f"{name} and a byte more", "trailing", lambda d=data: read(d + b"\0"))
    for data, codes in beyond(kinds):
        checks.refuses(f"beyond: {data[:12].hex()}, {len(data)} bytes", codes, lambda d=data: read(d))


def _fills(body: Record) -> bool:
    return bool(body.fields) and isinstance(body.fields[-1][1], (Rest, Cell))


def _refusing(read: Read, data: bytes, body: Record) -> None:
    """A frame that ends in bytes of any length is only refused below its least."""
    read(data)
    if _fills(body):
        raise ProtocolError("truncated")


def check_contents(checks: Checks, transcript: Json) -> None:
    vectors = transcript["contents"]
    name, text = read_content(unhex(vectors["text"]))
    checks.equal("text", (name, text["text"], text["may_wait"]), ("text", "Über die Schnur ✓", True))
    checks.equal("its time", text["expiry"], {"expiry": {"seconds": 3600, "base": 1}, "age": 90})
    checks.equal("its order", (text["order"], text["parts"], text["reply_to"]), (text["sent_at"], 1, None))
    name, receipt = read_content(unhex(vectors["receipt"]))
    only = [b"content id 16 by"]
    lists = [receipt[stage] for stage in ("delivered", "read", "missing")]
    checks.equal("receipt", (name, lists), ("receipt", [only, [], only]))
    for kind, value in (("text", text), ("receipt", receipt)):
        checks.equal(f"{kind} written again", write_content(kind, value).hex(), vectors[kind])
    check_table(checks, CONTENT, read_content, _write_fitting)
    too_many = {**receipt, "delivered": only * 250, "read": only * 251}
    data = CONTENT.write(("receipt", too_many))
    checks.refuses("501 ids and one", "too-large", lambda: read_content(data))
    _check_parts(checks, vectors["long"])
    _check_later(checks)
    check_bases(checks)


def _check_parts(checks: Checks, vector: Json) -> None:
    parts = split(vector["piece"] * vector["count"])
    checks.equal("parts", [sha256(part.encode()).hex() for part in parts], vector["partHashes"])
    ids = [part_id(b"content id 16 by", index) for index in range(1, len(parts))]
    checks.equal("ids of parts", [one.hex() for one in ids], vector["ids"])
    checks.equal("eight parts", len(split("x" * 96_000)), 8)
    checks.refuses("nine parts", "too-large", lambda: split("x" * 96_001))


def _check_later(checks: Checks) -> None:
    """Bits of a later version are passed over."""
    front = b"\3\0" + bytes(16) + b"\0\0\0"
    for told in range(256):
        name, value = read_content(front + bytes([told, 2]))
        known = [told % 2 == 1, told // 2 % 2 == 1]
        checks.equal(f"tells {told}", (name, value["me"]["tells"], value["me"]["version"]), ("profile", known, 2))


def _write_fitting(name: str, value: Any) -> bytes:
    """A receipt's three lists may hold 500 ids between them."""
    if name == "receipt":
        value["read"], value["missing"] = [], []
    return write_content(name, value)


def check_bases(checks: Checks) -> None:
    for base in (
        "wss://relay.example", "wss://relay.example/can", "wss://relay.example:8443/a/b", "ws://localhost:8080",
        "ws://127.1.2.3", "ws://[::1]:9", "ws://10.0.0.1", "ws://172.31.0.1", "ws://192.168.1.1", "ws://169.254.9.9",
        "ws://[fd00::1]", "ws://[fe80::1]",
    ):  # fmt: skip
        checks.equal(base, check_base(base), base)
    for base in (
        "", "relay.example", "https://relay.example", "wss://Relay.example", "WSS://relay.example",
        "wss://relay.example/", "wss://relay.example:443", "ws://localhost:80", "wss://relay.example:0",
        "wss://relay.example:65536", "wss://relay.example?a", "wss://relay.example#a", "wss://a@relay.example",
        "ws://relay.example", "ws://8.8.8.8", "ws://172.32.0.1", "ws://[2001:db8::1]", "wss://", "wss://a/./b", "wss://a//b",
        "wss://a..b", "wss://a/ü", "wss://\u212aelvin", "wss://relay.example:08443",
    ):  # fmt: skip
        checks.refuses(base, "bad-value", lambda b=base: check_base(b))
    checks.refuses("a base of 121 bytes", "too-large", lambda: check_base("wss://" + 115 * "a"))


def check_live(checks: Checks, transcript: Json) -> None:
    alice, bob = (read_stored_identity(unhex(transcript[name]["identity"])).statement for name in ("alice", "bob"))
    vector = transcript["live"]
    key, frame, stamp = unhex(vector["key"]), unhex(vector["frame"]), vector["stamp"]
    way, now_ms = Way(alice.identity_hash, bob.identity_hash), stamp // 1024

    def opened(data: bytes, now: int = now_ms, keys: tuple[bytes, ...] = (key,), last: int = 0) -> bytes:
        return LiveReader(way, list(keys), last).open(data, now)

    nonce = drawn_for(transcript, "live frame")[0]
    checks.equal("payload", opened(frame), vector["payload"].encode())
    checks.equal("sealed again", seal_live(key, way, nonce, stamp, vector["payload"].encode()), frame)
    sealed = [Part("version", 0, 1, "bad-version"), Part("nonce", 1, 25, "live-unknown-key")]
    checks.refuses_flips("frame", frame, [*sealed, Part("sealed", 25, len(frame), "live-unknown-key")], opened)
    checks.refuses_lengths("frame", frame, opened, "truncated bad-value")
    checks.equal("the key before", opened(frame, keys=(bytes(32), key)), vector["payload"].encode())
    checks.refuses("a key before that", "live-unknown-key", lambda: opened(frame, keys=(bytes(32), bytes(32), key)))
    checks.refuses("again", "live-replayed", lambda: opened(frame, last=stamp))
    for minutes in (-2, 2):
        checks.equal(f"{minutes} minutes", opened(frame, now_ms + minutes * 60_000), vector["payload"].encode())
        late = now_ms + minutes * 60_001
        checks.refuses("more than that", "live-stale", lambda late=late: opened(frame, late))
    back = LiveReader(Way(bob.identity_hash, alice.identity_hash), [key])
    checks.refuses("back to its sender", "live-unknown-key", lambda: back.open(frame, now_ms))
    for size, whole in ((0, 256), (205, 256), (206, 1024), (8141, 8192), (16_333, 16_384)):
        made = seal_live(key, way, nonce, stamp, bytes(size))
        checks.equal(f"a payload of {size}", (len(made), len(opened(made))), (whole, size))
    checks.refuses("one of 16,334", "too-large", lambda: seal_live(key, way, nonce, stamp, bytes(16_334)))
    checks.equal("sizes", len(SIZES), 6)
    _check_payloads(checks, unhex(transcript["contents"]["live"]))
    typing = read_whole(PAYLOAD, unhex(transcript["contents"]["typing"]))
    checks.equal("typing", typing, ("typing", {"is_typing": True}))


def _check_payloads(checks: Checks, vector: bytes) -> None:
    signal = ("candidates", {"candidates": ["one", "two"]})
    expected = ("string", {"string_id": b"content id 16 by", "signal": signal})
    checks.equal("candidates", read_whole(PAYLOAD, vector), expected)
    checks.equal("candidates written again", PAYLOAD.write(expected), vector)
    for kinds in (PAYLOAD, SIGNAL):
        check_table(checks, kinds, lambda d, k=kinds: read_whole(k, d), lambda n, v, k=kinds: k.write((n, v)))


def check_strings(checks: Checks) -> None:
    check_table(
        checks, STRING_FRAME, lambda data: read_whole(STRING_FRAME, data), lambda n, v: STRING_FRAME.write((n, v))
    )


def check_relay(checks: Checks) -> None:
    """Framed with a request id; the kinds of one side are unknown to the other."""

    def without_id(kinds: Kinds, data: bytes) -> Any:
        request_id, name, body = read_frame(kinds, data[:1] + b"\1\2\3\4" + data[1:])
        checks.equal("request id", request_id, 0x01020304)
        return name, body

    def written(kinds: Kinds, name: str, body: Any) -> bytes:
        frame = write_frame(kinds, (7, name, body))
        checks.equal("request id written", frame[1:5], b"\0\0\0\7")
        return frame[:1] + frame[5:]

    for kinds in (CLIENT, RELAY):
        check_table(checks, kinds, lambda d, k=kinds: without_id(k, d) if d else read_frame(k, d),
                    lambda n, v, k=kinds: written(k, n, v))  # fmt: skip
    for kind in CLIENT.table:
        checks.refuses("a client's kind from a relay", "bad-kind", lambda k=kind: read_frame(RELAY, bytes([k, 0, 0, 0, 0])))
    checks.refuses("65,537 bytes", "too-large", lambda: read_frame(CLIENT, bytes(65_537)))
    checks.refuses("no request id", "truncated", lambda: read_frame(CLIENT, b"\x0d\0\0\0"))
    checks.equal("kinds", (len(CLIENT.table), len(RELAY.table)), (20, 18))
