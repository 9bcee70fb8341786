"""Every form of tests/vectors/forms.json: read, written again, and refused by the same code when it is damaged in the same way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from addresses import base_of
from checks import Checks, Json, unhex
from contents import CONTENT, read_content, write_content
from curves import ed25519_public, ed25519_sign, ed25519_verifies
from files import FileSecret, open_file
from identity import read_statement, read_stored_identity
from invite import read_link, write_link
from live import PAYLOAD
from membership import read_entry
from notation import ProtocolError
from number import read_number, shown
from prekeys import read_bundle, read_stock, read_stored_prekeys
from ratchet import read_header
from relay import (
    CLIENT,
    RELAY,
    box_right_of,
    invite_deletion_of,
    password_proof,
    proof_of,
    puzzle_of,
    read_frame,
    work_done,
    write_frame,
)
from session import read_envelope
from shapes import read_whole

Read = Callable[[bytes], Any]

READERS: dict[str, Read] = {
    "content": read_content,
    "live payload": lambda data: read_whole(PAYLOAD, data),
    "client frame": lambda data: read_frame(CLIENT, data),
    "relay frame": lambda data: read_frame(RELAY, data),
    "header": read_header,
    "envelope": read_envelope,
    "statement": read_statement,
    "stored identity": read_stored_identity,
    "bundle": read_bundle,
    "stored prekeys": read_stored_prekeys,
    "stock": read_stock,
    "entry": read_entry,
}
WRITERS: dict[str, Callable[[Any], bytes]] = {
    "content": lambda value: write_content(*value),
    "live payload": PAYLOAD.write,
    "client frame": lambda value: write_frame(CLIENT, value),
    "relay frame": lambda value: write_frame(RELAY, value),
    "header": lambda value: value.write(),
}
REQUEST_ID = {"client frame": 7, "relay frame": 0}


def flat(value: Any) -> list[Any]:
    """Values in their order, without names and lists; bytes in hexadecimal."""
    if isinstance(value, bytes):
        return [value.hex()]
    if isinstance(value, dict):
        return flat(list(value.values()))
    if isinstance(value, (list, tuple)):
        return [one for part in value for one in flat(part)]
    return [value]


def _told(name: str, value: Any) -> list[Any]:
    """Kinds of relay frames are written large in the document, and their request id comes first."""
    told = flat(value)
    if name in REQUEST_ID:
        return [told[1].lower().replace("_", "-"), *told[2:]]
    return told


def damaged(data: bytes, how: str, where: int) -> bytes:
    if how == "cut":
        return data[:where]
    if how == "grow":
        return data + bytes(where)
    return data[:where] + bytes([data[where] ^ 1 << where % 8]) + data[where + 1 :]


def _code_of(read: Read, data: bytes) -> str:
    try:
        read(data)
        return ""
    except ProtocolError as refusal:
        return refusal.code


def _check_damages(checks: Checks, name: str, read: Read, example: Json) -> None:
    data = unhex(example["bytes"])
    for damage in example["damaged"].split(", "):
        how, where, *code = damage.split(" ")
        refused = _code_of(read, damaged(data, how, int(where)))
        checks.equal(f"{name} {example['bytes'][:8]}, {how} {where}", refused, code[0] if code else "")


def check_tables(checks: Checks, forms: Json) -> None:
    checks.equal("readers", sorted(form["name"] for form in forms["forms"]), sorted(READERS))
    for form in forms["forms"]:
        name = form["name"]
        for example in form["examples"]:
            data = unhex(example["bytes"])
            value = READERS[name](data)
            if "fields" in example:
                checks.equal(f"fields of {name}", _told(name, value), example["fields"])
            if name in REQUEST_ID:
                checks.equal(f"request id of {name}", value[0], REQUEST_ID[name])
            if name in WRITERS:
                checks.equal(f"{name} written again", WRITERS[name](value), data)
    tables = (("content", CONTENT), ("live payload", PAYLOAD), ("client frame", CLIENT), ("relay frame", RELAY))
    for name, kinds in tables:
        form = next(form for form in forms["forms"] if form["name"] == name)
        kinds_said = {unhex(example["bytes"])[0] for example in form["examples"]}
        checks.equal(f"every kind of {name}", kinds_said, set(kinds.table))


def check_refusals(checks: Checks, forms: Json) -> None:
    for form in forms["forms"]:
        for example in form["examples"]:
            _check_damages(checks, form["name"], READERS[form["name"]], example)
    header = forms["fileHeader"]
    secret = FileSecret(unhex(header["key"]), unhex(header["fileId"]))
    checks.equal("name", header["name"], "file header")
    example = header["examples"][0]
    sealed = open_file(secret, unhex(example["bytes"]))
    checks.equal("file header", (sealed.size, sealed.chunk_bytes), (2**40, 2**22))
    _check_damages(checks, "file header", lambda data: open_file(secret, data), example)


def check_spellings(checks: Checks, forms: Json) -> None:
    readers: dict[str, Callable[[str], str]] = {
        "bases": base_of,
        "numbers": lambda typed: shown(read_number(typed)),
        "links": lambda pasted: write_link(read_link(pasted)),
    }
    for name, read in readers.items():
        for spelling in forms[name]:
            text = spelling["text"]
            if "read" in spelling:
                checks.equal(f"{text!r}", read(text), spelling["read"])
            else:
                checks.refuses(f"{text!r}", spelling["refused"], lambda r=read, t=text: r(t))


def check_signatures(checks: Checks, forms: Json) -> None:
    message = forms["signatures"]["message"].encode()
    for edge in forms["signatures"]["verdicts"]:
        verifies = ed25519_verifies(unhex(edge["signature"]), message, unhex(edge["public"]))
        checks.equal(edge["what"], verifies, edge["verifies"])


def check_rights(checks: Checks, forms: Json) -> None:
    rights = forms["rights"]
    secret, nonce, queue_id = unhex(rights["secret"]), unhex(rights["nonce"]), unhex(rights["queueId"])
    origin, box_id = rights["origin"], unhex(rights["boxId"])
    checks.equal("public key", ed25519_public(secret).hex(), rights["public"])
    messages = [proof_of(origin, nonce, queue_id, role) for role in (1, 2, 3)]
    messages.append(invite_deletion_of(origin, nonce, unhex(rights["inviteId"])))
    messages += [box_right_of(origin, nonce, box_id, revision) for revision in (0, rights["revision"])]
    for number, (message, signature) in enumerate(zip(messages, rights["signatures"], strict=True)):
        checks.equal(f"right {number}", ed25519_sign(secret, message).hex(), signature)


def check_admissions(checks: Checks, forms: Json) -> None:
    """What a stranger pays in work, and how a private relay is shown its password."""
    said = forms["admissions"]
    origin, nonce = said["origin"], unhex(said["nonce"])
    checks.equal("password", password_proof(origin, nonce, said["password"]).hex(), said["proof"])
    checks.equal("paid kinds", [unhex(one["frame"])[0] for one in said["paid"]], [0x01, 0x11])
    for one in said["paid"]:
        checks.equal("puzzle", puzzle_of(origin, nonce, unhex(one["frame"])).hex(), one["puzzle"])
    solved = said["solved"]
    puzzle, work = unhex(solved["puzzle"]), unhex(solved["work"])
    checks.equal("solved", work_done(puzzle, work) >= solved["bits"], True)
    tried = int.from_bytes(unhex(solved["start"]), "big")
    while work_done(puzzle, tried.to_bytes(8, "big")) < solved["bits"]:
        tried = (tried + 1) % 2**64
    checks.equal("the first solution from there", tried.to_bytes(8, "big"), work)
