"""python -m loadgen.run FD: a generator whose coordinator is at the other end of that socket."""

import asyncio
import signal
import socket
import sys

import uvloop

from loadgen.run.wire import Link
from loadgen.run.worker import work


async def _from(number: int) -> None:
    reader, writer = await asyncio.open_connection(sock=socket.socket(fileno=number))
    link = Link(reader, writer, "coordinator")
    await work(link)
    await link.close()


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the coordinator says when to stop
    uvloop.run(_from(int(sys.argv[1])))
