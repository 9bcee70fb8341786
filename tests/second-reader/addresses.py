"""A relay's base address in its one spelling, and where `ws:` is dialled. Section "Invite"."""

from __future__ import annotations

import ipaddress
import re

from notation import ProtocolError, require

BASE_BYTES = 120
_SCHEME_AND_HOST = re.compile(
    r"(wss?|https?)://(\[[0-9a-f:.]{2,45}\]|[a-z0-9-]+(?:\.[a-z0-9-]+)*)(?::([0-9]{1,5}))?", re.ASCII
)
_PATH = re.compile(r"(?:/[A-Za-z0-9._~-]*)*", re.ASCII)
_DEFAULT_PORT = {"ws": 80, "wss": 443}
_PRIVATE = [
    ipaddress.ip_network(network)
    for network in (
        "127.0.0.0/8", "::1/128", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "fc00::/7",
        "fe80::/10",
    )
]  # fmt: skip


def _is_private(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return any(address in network for network in _PRIVATE)


def _port(scheme: str, digits: str | None) -> str:
    if digits is None or int(digits) == _DEFAULT_PORT[scheme]:
        return ""
    require(1 <= int(digits) <= 65_535, "bad-value")
    return f":{int(digits)}"


def _path(path: str) -> str:
    require(_PATH.fullmatch(path) is not None, "bad-value")
    parts = [part for part in path.split("/") if part]
    require(not {".", ".."} & set(parts), "bad-value")
    return "".join(f"/{part}" for part in parts)


def base_of(address: str) -> str:
    """The one spelling of an address: of `http` as `ws`, of any letter case before the path, of a port that is the default."""
    scheme, _, rest = address.partition("//")
    host, slash, path = rest.partition("/")
    match = _SCHEME_AND_HOST.fullmatch(_lower(f"{scheme}//{host}"))
    if match is None:
        raise ProtocolError("bad-value")
    scheme = match[1].replace("http", "ws")
    base = f"{scheme}://{match[2]}{_port(scheme, match[3])}{_path(slash + path)}"
    require(len(base.encode("utf-8")) <= BASE_BYTES, "too-large")
    require(scheme == "wss" or _is_private(match[2]), "bad-value")
    return base


def _lower(text: str) -> str:
    """Of ASCII alone: U+212A is no k."""
    return re.sub("[A-Z]", lambda letter: letter[0].lower(), text)


def check_base(base: str) -> str:
    """A base as contents carry it: in its one spelling only."""
    require(base_of(base) == base, "bad-value")
    return base
