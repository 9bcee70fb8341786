"""Reads Tincan's vectors with an implementation of its own, written from lib/protocol/PROTOCOL.md alone.

    python3 tests/second-reader/reader.py            one line for each group of checks; ends with 1 when one has failed
    python3 tests/second-reader/reader.py --break    minutes: changes every value of every vector, which a group must notice

needs Python 3.11 and nothing else. What is sealed, signed or drawn is also made again and compared byte by byte; each
authenticated field is changed, and the reader has to notice.
"""

from __future__ import annotations

import copy
import json
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

sys.dont_write_bytecode = True

from check_backup import check_backup  # noqa: E402
from check_braid import check_braid, check_chunks  # noqa: E402
from check_forms import (  # noqa: E402
    check_admissions,
    check_refusals,
    check_rights,
    check_signatures,
    check_spellings,
    check_tables,
)
from check_frames import check_contents, check_live, check_relay, check_strings  # noqa: E402
from check_meeting import check_agreement, check_boxes, check_bundles, check_identities, check_invites  # noqa: E402
from check_primitives import check_ciphers, check_curves, check_notation  # noqa: E402
from check_renewal import check_box, check_epochs, check_last_resort  # noqa: E402
from check_session import check_conversation, check_envelopes, check_limits  # noqa: E402
from check_streams import check_files, check_log, check_log_refusals, check_numbers  # noqa: E402
from checks import Checks, Json  # noqa: E402

VECTORS = Path(__file__).resolve().parent.parent / "vectors"

Check = Callable[[Checks, Json], object]

# Each group with the vectors it reads, the quicker ones of each file first.
GROUPS: list[tuple[str, str, Check]] = [
    ("curves", "rfc", check_curves),
    ("ciphers", "rfc", check_ciphers),
    ("notation", "", lambda checks, _: check_notation(checks)),
    ("identities", "transcript", check_identities),
    ("contents", "transcript", check_contents),
    ("live frames", "transcript", check_live),
    ("prekey bundles", "transcript", check_bundles),
    ("invites", "transcript", check_invites),
    ("agreement", "transcript", check_agreement),
    ("conversation", "transcript", check_conversation),
    ("box", "transcript", check_box),
    ("last resort", "transcript", check_last_resort),
    ("chunks", "transcript", check_chunks),
    ("braid", "transcript", check_braid),
    ("epochs", "transcript", check_epochs),
    ("prekey boxes", "transcript", check_boxes),
    ("envelopes", "transcript", check_envelopes),
    ("ratchet limits", "transcript", check_limits),
    ("string frames", "", lambda checks, _: check_strings(checks)),
    ("relay frames", "", lambda checks, _: check_relay(checks)),
    ("forms", "forms", check_tables),
    ("rights", "forms", check_rights),
    ("admissions", "forms", check_admissions),
    ("edge signatures", "forms", check_signatures),
    ("spellings", "forms", check_spellings),
    ("refusals", "forms", check_refusals),
    ("numbers", "streams", check_numbers),
    ("membership log", "streams", check_log),
    ("files", "streams", check_files),
    ("backup", "streams", check_backup),
    ("membership refusals", "", lambda checks, _: check_log_refusals(checks)),
]


def _vectors(name: str) -> Json:
    return json.loads((VECTORS / f"{name}.json").read_text("utf-8")) if name else None


def _run(name: str, check: Check, vector: Json) -> Checks:
    checks = Checks(name)
    try:
        check(checks, vector)
    except Exception:  # a reader that breaks is a failed check, not the end of the others
        checks.failures.append(traceback.format_exc())
    return checks


def read_all() -> bool:
    vectors = {file: _vectors(file) for _, file, _ in GROUPS}
    is_ok = True
    for name, file, check in GROUPS:
        checks = _run(name, check, vectors[file])
        print(f"{'FAIL' if checks.failures else 'ok  '}{name:22}{checks.count:6} checks", flush=True)
        for failure in checks.failures:
            print(f"    {failure}")
        is_ok &= not checks.failures
    return is_ok


def _places(value: Json, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Every value that is no list. Of a long list some are enough; of what is refused anyhow only the verdict counts."""
    if isinstance(value, dict):
        is_bad = "refused" in value or value.get("verifies") is False
        for key in ({"refused", "verifies"} & set(value)) if is_bad else value:
            yield from _places(value[key], (*path, key))
    elif isinstance(value, list):
        for at in range(0, len(value), max(1, len(value) // 48)):
            yield from _places(value[at], (*path, at))
    else:
        yield path


def _changed(value: Json) -> Json:
    """Another value of the same kind: of text its middle digit, of a list of damages the first code, of a number one more."""
    if isinstance(value, str) and value.startswith("cut "):
        return value.replace(",", "x,", 1)
    if isinstance(value, str):
        places = [at for at, letter in enumerate(value) if letter.isdecimal()] or [0]
        at = places[len(places) // 2]
        other = "2" if value[at : at + 1].isdecimal() and int(value[at]) == 1 else "1"
        return value[:at] + other + value[at + 1 :]
    return not value if isinstance(value, bool) else value + 1


def _is_noticed(vector: Json, path: tuple[str | int, ...], groups: list[tuple[str, Check]]) -> bool:
    broken = copy.deepcopy(vector)
    place = broken
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = _changed(place[path[-1]])
    return any(_run(name, check, broken).failures for name, check in groups)


def _is_bare(vector: Json, path: tuple[str | int, ...]) -> bool:
    bare = ("header", "envelope", "stored prekeys", "stock")
    return path[0] == "forms" and path[-1] == "bytes" and vector["forms"][path[1]]["name"] in bare


def break_all() -> bool:
    """
    Prose is not noticed: where a vector is from, what it was drawn for, how it is to be read. Argon2id is not in Python's
    library, and a thousand turns of X25519 take a second. Of four forms nothing but the bytes is told, and other bytes
    are as good.
    """
    prose = {"source", "for", "damage", "content", "what"}
    unread = {"argon2id", "thousandTimes"}
    is_ok = True
    for file in ("rfc", "streams", "forms", "transcript"):
        vector = _vectors(file)
        groups = [(name, check) for name, of, check in GROUPS if of == file]
        places = [path for path in _places(vector) if path[-1] not in prose and path[0] not in unread and path[-1] not in unread]
        places = [path for path in places if path != ("epochs", "random") and not _is_bare(vector, path)]
        unnoticed = [path for path in places if not _is_noticed(vector, path, groups)]
        print(f"{'FAIL' if unnoticed else 'ok  '}{file:22}{len(places):6} values changed, {len(unnoticed)} unnoticed", flush=True)
        for path in unnoticed:
            print(f"    {'.'.join(map(str, path))}")
        is_ok &= not unnoticed
    return is_ok


if __name__ == "__main__":
    sys.exit(0 if (break_all() if "--break" in sys.argv else read_all()) else 1)
