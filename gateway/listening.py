"""The socket that the gateway listens on."""

import socket
import sys

import uvicorn

_AT_A_TIME = 16


def listeners(config: uvicorn.Config, *, shared: bool = False) -> list[socket.socket]:
    """One socket under several descriptors. Ends the process with a sentence where its address is taken, if
    only by one that does not share it.

    libuv takes one connection a descriptor each time round its loop (since 1.45, its pull request 3696). A
    busy gateway's rounds are long, and who connects in a spike would wait for seconds to be heard at all.
    """
    first = _sharing(config.host, config.port) if shared else config.bind_socket()
    return [first, *(first.dup() for _ in range(_AT_A_TIME - 1))]


def _sharing(host: str, port: int) -> socket.socket:
    """Each process has a queue of its own for who connects: SO_REUSEPORT, socket(7)."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    made = socket.socket(family)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    try:
        made.bind((host, port))
    except OSError as error:
        sys.exit(f"{host}:{port} can't be served: {error.strerror}")
    made.set_inheritable(True)
    return made
