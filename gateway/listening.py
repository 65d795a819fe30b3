"""The socket that the gateway listens on."""

import socket

import uvicorn

_AT_A_TIME = 16


def listeners(config: uvicorn.Config) -> list[socket.socket]:
    """One socket under several descriptors. Ends the process with a sentence where its address is taken.

    libuv takes one connection a descriptor each time round its loop (since 1.45, its pull request 3696). A
    busy gateway's rounds are long, and who connects in a spike would wait for seconds to be heard at all.
    """
    first = config.bind_socket()
    return [first, *(first.dup() for _ in range(_AT_A_TIME - 1))]
