"""Whose request it is, as far as the network knows: the peer, or whom a trusted proxy names. Pure."""

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

_FORWARDED = b"x-forwarded-for"
_HOST_BITS = 64
_MAPPED = "::ffff:"
UNKNOWN = "unknown"


class Addresses:
    """`trusted` names proxies as addresses or networks apart by commas; by default nobody is believed.
    Raises ValueError for what is none."""

    def __init__(self, trusted: str) -> None:
        self._trusted = tuple(ip_network(one.strip()) for one in trusted.split(",") if one.strip())

    def is_proxy(self, peer: str) -> bool:
        """What it says of others is believed."""
        return bool(self._trusted) and _among(peer, self._trusted)

    def client(self, headers: Iterable[tuple[bytes, bytes]], peer: str) -> str:
        """The address that the nearest proxy which is not ours has written down; else the peer's.

        The list is read from its end, as only what our proxies have added is true.
        """
        told = b",".join(value for name, value in headers if name == _FORWARDED)
        found = peer
        for part in reversed(told.decode("latin-1").split(",")):
            address = part.strip()
            if not _is_address(address):
                break
            found = address
            if not _among(address, self._trusted):
                break
        return found


def key_of(address: str) -> str:
    """What limits count by: of IPv6 the network that one customer has, as it holds more addresses than could
    be counted."""
    if not _is_address(address):
        return UNKNOWN
    parsed = ip_address(address.lower().removeprefix(_MAPPED))
    return str(parsed) if parsed.version == 4 else str(ip_network((parsed, _HOST_BITS), strict=False))


def is_loopback(address: str) -> bool:
    """Of this machine."""
    return _is_address(address) and ip_address(address.lower().removeprefix(_MAPPED)).is_loopback


def _among(address: str, networks: tuple[IPv4Network | IPv6Network, ...]) -> bool:
    return _is_address(address) and any(ip_address(address) in one for one in networks)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
