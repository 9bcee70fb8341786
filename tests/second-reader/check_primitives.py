"""The primitives, over the published vectors of tests/vectors/rfc.json."""

from __future__ import annotations

from checks import Checks, Json, flipped, unhex
from ciphers import aes_open, aes_seal, chacha_open, chacha_seal, xchacha_open, xchacha_seal
from curves import (
    agree, check_ed25519, check_x25519, ed25519_public, ed25519_sign, ed25519_verifies, x25519, x25519_public,
    xeddsa_sign, xeddsa_verifies,
)  # fmt: skip
from notation import ProtocolError, Source, hkdf, hmac, label, pad, text, u64, unpad

# Canonical u of order 1, 2, 4 and 8 on the curve and its twist (RFC 7748, section 7, and its literature).
SMALL_U = [
    0,
    1,
    2**255 - 20,
    325606250916557431795983626356110631294008115727848805560023387167927233504,
    39382357235489614581723060781553021112529911719440698176882885853963445705823,
]


def check_curves(checks: Checks, rfc: Json) -> None:
    for vector in rfc["x25519"]["multiplications"]:
        checks.equal("RFC 7748", x25519(unhex(vector["secret"]), unhex(vector["public"])).hex(), vector["shared"])
    base = (9).to_bytes(32, "little")
    checks.equal("RFC 7748, once", x25519(base, base).hex(), rfc["x25519"]["iterated"]["once"])
    for number in range(4):
        secret = bytes([number]) * 32
        checks.equal("base point either way", x25519_public(secret), x25519(secret, base))
    for u in SMALL_U:
        checks.refuses("small order", "bad-key", lambda u=u: check_x25519(u.to_bytes(32, "little")))
    for u in (2**255 - 19, 2**255 - 10, 2**255 + 9):
        checks.refuses("not canonical", "bad-key", lambda u=u: check_x25519(u.to_bytes(32, "little")))
    checks.refuses("an agreement of zeros", "bad-key weak-shared-secret", lambda: agree(bytes(32), bytes(32)))
    for vector in rfc["ed25519"]["signatures"]:
        secret, message = unhex(vector["secret"]), unhex(vector["message"])
        public, signature = unhex(vector["public"]), unhex(vector["signature"])
        checks.equal("RFC 8032, public", ed25519_public(secret), public)
        checks.equal("RFC 8032, signature", ed25519_sign(secret, message), signature)
        checks.holds("RFC 8032 verifies", ed25519_verifies(signature, message, public))
        for at in (0, 31, 32, 63):
            checks.holds("a changed signature", not ed25519_verifies(flipped(signature, at), message, public))
        checks.holds("another message", not ed25519_verifies(signature, message + b"\0", public))
        order = 2**252 + 27742317777372353535851937790883648493
        high = (int.from_bytes(signature[32:], "little") + order).to_bytes(32, "little")
        checks.holds("S not below the order", not ed25519_verifies(signature[:32] + high, message, public))
    for y in (0, 1, 2**255 - 20, 2**255 - 19, 2**255 - 18, 2**255 + 1):
        checks.refuses("Ed25519, small or not canonical", "bad-key", lambda y=y: check_ed25519(y.to_bytes(32, "little")))
    for number in range(4):
        secret, message = bytes([number]) * 32, bytes([number])
        signature, public = xeddsa_sign(secret, message, bytes(64)), x25519_public(secret)
        checks.holds("XEdDSA verifies", xeddsa_verifies(signature, message, public))
        checks.holds("XEdDSA, another message", not xeddsa_verifies(signature, message + b"\0", public))


def check_ciphers(checks: Checks, rfc: Json) -> None:
    for vector in rfc["hkdf"]["derivations"]:
        secret, salt, info, keys = (unhex(vector[name]) for name in ("secret", "salt", "info", "keys"))
        checks.equal("RFC 5869", hkdf(secret, salt, info, len(keys)), keys)
    for vector in rfc["hmac"]["tags"]:
        tag = unhex(vector["tag"])
        checks.equal("RFC 4231", hmac(unhex(vector["key"]), unhex(vector["message"]))[: len(tag)], tag)
    for vector in rfc["aead"]["seals"]:
        key, nonce, aad, plain = (unhex(vector[name]) for name in ("key", "nonce", "aad", "plaintext"))
        seal, open_ = (chacha_seal, chacha_open) if len(nonce) == 12 else (xchacha_seal, xchacha_open)
        sealed = seal(key, nonce, aad, plain)
        checks.equal("sealed", sealed.hex(), vector["ciphertext"] + vector["tag"])
        checks.equal("opens", open_(key, nonce, aad, sealed), plain)
        spoilt = [(aad, flipped(sealed, at)) for at in (0, len(sealed) - 17, len(sealed) - 1)]
        for beside, data in (*spoilt, (aad + b"\0", sealed), (aad, sealed[:-1])):
            args = (key, nonce, beside, data)
            checks.refuses("changed, or other data beside it", "bad-tag", lambda o=open_, a=args: o(*a))
    _check_gcm(checks)


def _check_gcm(checks: Checks) -> None:
    """Test case 16 of the GCM submission, AES-256 with data beside it."""
    key = unhex("feffe9928665731c6d6a8f9467308308" * 2)
    nonce, aad = unhex("cafebabefacedbaddecaf888"), unhex("feedfacedeadbeeffeedfacedeadbeefabaddad2")
    plain = unhex(
        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
        "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"
    )
    sealed = aes_seal(key, nonce, aad, plain)
    checks.equal("GCM, begins", sealed[:16].hex(), "522dc1f099567d07f47f37a32a84427d")
    checks.equal("GCM, tag", sealed[-16:].hex(), "76fc6ece0f4e1768cddf8853bb2d551b")
    checks.equal("GCM, opens", aes_open(key, nonce, aad, sealed), plain)
    for at in range(0, len(sealed), 5):
        checks.refuses("GCM, changed", "bad-tag", lambda at=at: aes_open(key, nonce, aad, flipped(sealed, at)))
    checks.refuses("GCM, other data beside it", "bad-tag", lambda: aes_open(key, nonce, aad[:-1], sealed))


def check_notation(checks: Checks) -> None:
    checks.equal("label", label("x"), b"tincan/1/x\0")
    checks.equal("text", text("é"), b"\0\2\xc3\xa9")
    checks.equal("u64", u64(2**53 - 1).hex(), "001fffffffffffff")
    checks.refuses("u64 of 2^53", "bad-value", lambda: Source((2**53).to_bytes(8, "big")).number(8))
    checks.refuses("flag of 2", "bad-value", lambda: Source(b"\2").flag())
    checks.refuses("text that is no UTF-8", "bad-text", lambda: Source(b"\0\1\xff").text(9))
    checks.refuses("text of a surrogate", "bad-text", lambda: Source(b"\0\3\xed\xa0\x80").text(9))
    checks.refuses("text in a longer form", "bad-text", lambda: Source(b"\0\2\xc0\x80").text(9))
    checks.refuses("text over its limit", "too-large", lambda: Source(text("abc")).text(2))
    checks.refuses("text cut off", "truncated", lambda: Source(text("abc")[:-1]).text(3))
    checks.equal("text with a mark of byte order", Source(text("\ufeffa")).text(9), "\ufeffa")
    checks.equal("pad", pad(b"ab", 6), b"\0\2ab\0\0")
    checks.equal("unpad", unpad(pad(b"", 2)), b"")
    for padded in (b"\0\2ab\0\1", b"\0\5ab\0\0", b"\0", b""):
        checks.refuses("padding", "bad-padding", lambda padded=padded: unpad(padded))
    checks.refuses("too much to pad", "too-large", lambda: pad(b"abc", 4))
    checks.holds("a refusal carries its code", ProtocolError("bad-tag").code == "bad-tag")
