"""Numbers: all of section "Number" but Argon2id itself, which Python does not have."""

from __future__ import annotations

import unicodedata

from notation import label, require, sha256, u32

DIGITS = 15
LAST_COUNTER = 15
MEMORY_KIB, PASSES, LANES, OUTPUT_BYTES = 64 * 1024, 3, 1, 32
SALT = label("number salt")


def argon_password(sig: bytes, dh: bytes, counter: int) -> bytes:
    require(0 <= counter <= LAST_COUNTER, "number-exhausted")
    return sha256(label("number") + sig + dh + u32(counter))


def number_of(argon_output: bytes) -> str:
    return f"{int.from_bytes(argon_output, 'big') % 10**DIGITS:0{DIGITS}}"


def shown(number: str) -> str:
    return "-".join(number[at : at + 3] for at in range(0, DIGITS, 3))


BETWEEN = "\t\n\v\f\r\u2028\u2029.\u00b7\u2024\u2212"


def _is_between(letter: str) -> bool:
    """White space, invisible marks, hyphens, dashes and dots."""
    return letter in BETWEEN or unicodedata.category(letter) in ("Zs", "Cf", "Pd")


def read_number(typed: str) -> str:
    digits = ""
    for letter in typed:
        if unicodedata.category(letter) == "Nd":
            digits += str(unicodedata.decimal(letter))
        else:
            require(_is_between(letter), "number-malformed")
    require(len(digits) == DIGITS, "number-length")
    return digits
