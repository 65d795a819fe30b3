"""Which addresses may be called: nobody's webhook reaches into the network that we stand in."""

import socket
from errno import EACCES
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from aiohttp import AddrInfoType

_NAT64 = ip_network("64:ff9b::/96")


class Inside(OSError):
    """The address is none of the public internet."""


def is_public(text: str) -> bool:
    """Whether it is an address of the public internet; one that wraps another is as good as that."""
    address = ip_address(text)
    while isinstance(address, IPv6Address) and (wrapped := _wrapped(address)):
        address = wrapped
    return address.is_global and not address.is_multicast


def public_socket(info: AddrInfoType) -> socket.socket:
    """The socket of a connection that is about to be made. Raises Inside.

    Here it is asked of the very address that is called, whatever name or number led to it, and whatever the
    name was resolved to a moment ago.
    """
    family, kind, protocol, _, address = info
    if not is_public(str(address[0])):
        raise Inside(EACCES, f"{address[0]} is no public address")
    return socket.socket(family, kind, protocol)


def _wrapped(address: IPv6Address) -> IPv4Address | None:
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour
