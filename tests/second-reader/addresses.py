"""A relay's base address in its one spelling, and where `ws:` is dialled. Section "Invite"."""

from __future__ import annotations

import ipaddress
import re

from notation import require

BASE_BYTES = 120
_SPELLING = re.compile(
    r"(?P<scheme>wss?)://(?P<host>[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::(?P<port>[1-9][0-9]{0,4}))?(?P<path>(?:/[^/?#\s]+)*)"
)
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


def check_base(base: str) -> str:
    """Returns the base unchanged. Another spelling of it, or one that is not dialled, is `bad-value`."""
    parts = _SPELLING.fullmatch(base)
    if parts is None or len(base.encode("utf-8")) > BASE_BYTES:
        require(False, "bad-value")
        return ""
    default = {"wss": 443, "ws": 80}[parts["scheme"]]
    require(parts["port"] is None or (int(parts["port"]) < 65536 and int(parts["port"]) != default), "bad-value")
    require(parts["scheme"] == "wss" or _is_private(parts["host"]), "bad-value")
    return base
