"""Free ports, taken ports and who holds them."""

from __future__ import annotations

import random
import socket

import psutil

from infra.stack.errors import PortTaken, StackError
from infra.stack.part import Port

LOOPBACK = "127.0.0.1"
_PRIVATE_PORTS = (20_000, 32_000)


def free_port() -> int:
    return free_ports(1)[0]


def free_ports(count: int) -> list[int]:
    """Distinct ports that were free a moment ago.

    All lie below the range that the kernel gives to outgoing connections: in that range a client that
    redials a dead server's port may be given it as its own and then talks to itself.
    """
    candidates = random.SystemRandom().sample(range(*_PRIVATE_PORTS), 50 * count)
    found = [number for number in candidates if is_free(number)]
    if len(found) < count:
        raise StackError(f"fewer than {count} free ports between {_PRIVATE_PORTS[0]} and {_PRIVATE_PORTS[1]}")
    return found[:count]


def is_free(number: int) -> bool:
    with socket.socket() as probe:
        # As servers do: a connection in TIME_WAIT does not make a port taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, number))
        except OSError:
            return False
        return True


def accepts(number: int, timeout_s: float = 0.5) -> bool:
    try:
        socket.create_connection((LOOPBACK, number), timeout_s).close()
    except OSError:
        return False
    return True


def holder(number: int) -> str | None:
    """Who listens on the port, as far as this user may know."""
    try:
        connections = psutil.net_connections("tcp")
    except psutil.Error:
        return None
    for one in connections:
        if one.status == psutil.CONN_LISTEN and one.laddr and one.laddr.port == number and one.pid:
            return _describe(one.pid)
    return None


def require_free(what: str, port: Port) -> None:
    if is_free(port.number):
        return
    raise PortTaken(
        f"{what} needs port {port.number}, which is taken by {holder(port.number) or 'another process'}. "
        f"End that process, or choose another port with {port.variable}=<number>."
    )


def _describe(pid: int) -> str:
    try:
        process = psutil.Process(pid)
        line = " ".join(process.cmdline())[:80] or process.name()
    except psutil.Error:
        return f"pid {pid}"
    return f"pid {pid} ({line})"
