"""Reads Tincan's vectors with an implementation of its own, written from lib/protocol/PROTOCOL.md alone.

    python3 tests/second-reader/reader.py

needs Python 3.11 and nothing else. Prints one line for each group of checks, and ends with 1 when one has failed.
What is sealed, signed or drawn is also made again and compared byte by byte; each authenticated field is changed,
and the reader has to notice.
"""

from __future__ import annotations

import json
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

sys.dont_write_bytecode = True

from check_braid import check_braid, check_chunks  # noqa: E402
from check_forms import check_refusals, check_rights, check_spellings, check_tables  # noqa: E402
from check_frames import check_contents, check_live, check_relay, check_strings  # noqa: E402
from check_meeting import check_agreement, check_boxes, check_bundles, check_identities, check_invites  # noqa: E402
from check_primitives import check_ciphers, check_curves, check_notation  # noqa: E402
from check_renewal import check_box, check_epochs, check_last_resort  # noqa: E402
from check_session import check_conversation, check_envelopes, check_limits  # noqa: E402
from check_streams import check_files, check_log, check_log_refusals, check_numbers  # noqa: E402
from checks import Checks, Json  # noqa: E402

VECTORS = Path(__file__).resolve().parent.parent / "vectors"


def _vectors(name: str) -> Json:
    return json.loads((VECTORS / f"{name}.json").read_text("utf-8"))


def groups() -> list[tuple[str, Callable[[Checks], object]]]:
    rfc, transcript, streams, forms = (_vectors(name) for name in ("rfc", "transcript", "streams", "forms"))
    return [
        ("curves", lambda checks: check_curves(checks, rfc)),
        ("ciphers", lambda checks: check_ciphers(checks, rfc)),
        ("notation", check_notation),
        ("identities", lambda checks: check_identities(checks, transcript)),
        ("prekey bundles", lambda checks: check_bundles(checks, transcript)),
        ("prekey boxes", lambda checks: check_boxes(checks, transcript)),
        ("invites", lambda checks: check_invites(checks, transcript)),
        ("agreement", lambda checks: check_agreement(checks, transcript)),
        ("conversation", lambda checks: check_conversation(checks, transcript)),
        ("envelopes", lambda checks: check_envelopes(checks, transcript)),
        ("ratchet limits", lambda checks: check_limits(checks, transcript)),
        ("chunks", lambda checks: check_chunks(checks, transcript)),
        ("braid", lambda checks: check_braid(checks, transcript)),
        ("box", lambda checks: check_box(checks, transcript)),
        ("last resort", lambda checks: check_last_resort(checks, transcript)),
        ("epochs", lambda checks: check_epochs(checks, transcript)),
        ("contents", lambda checks: check_contents(checks, transcript)),
        ("live frames", lambda checks: check_live(checks, transcript)),
        ("string frames", check_strings),
        ("relay frames", check_relay),
        ("forms", lambda checks: check_tables(checks, forms)),
        ("refusals", lambda checks: check_refusals(checks, forms)),
        ("spellings", lambda checks: check_spellings(checks, forms)),
        ("rights", lambda checks: check_rights(checks, forms)),
        ("files", lambda checks: check_files(checks, streams)),
        ("numbers", lambda checks: check_numbers(checks, streams)),
        ("membership log", lambda checks: check_log(checks, streams)),
        ("membership refusals", check_log_refusals),
    ]


def main() -> int:
    has_failed = False
    for name, check in groups():
        checks = Checks(name)
        try:
            check(checks)
        except Exception:  # a reader that breaks is a failed check, not the end of the others
            checks.failures.append(traceback.format_exc())
        print(f"{'FAIL' if checks.failures else 'ok  '}{name:22}{checks.count:6} checks")
        for failure in checks.failures:
            print(f"    {failure}")
        has_failed |= bool(checks.failures)
    return 1 if has_failed else 0


if __name__ == "__main__":
    sys.exit(main())
