"""Generators as processes here, and on other machines by a secret that both sides know."""

import asyncio
import hashlib
import hmac
import os
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from loadgen.run.wire import Failed, Link
from loadgen.run.worker import work

_NONCE_BYTES = 32
_GREETING = b"aicc-loadgen 1\n"
_GREET_S = 10.0
_END_S = 5.0


@asynccontextmanager
async def process(nth: int) -> AsyncIterator[Link]:
    """A generator in a new process of this machine; it ends with the context, or with this process."""
    ours, theirs = socket.socketpair()
    with theirs:
        # A process group of its own: Ctrl-C is for the coordinator alone, who tells the others. Not a session
        # of its own: that would be another autogroup, without the coordinator's priority (sched(7)).
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "loadgen.run",
            str(theirs.fileno()),
            pass_fds=[theirs.fileno()],
            preexec_fn=os.setpgrp,
            stdin=asyncio.subprocess.DEVNULL,
        )
    reader, writer = await asyncio.open_connection(sock=ours)
    link = Link(reader, writer, f"generator {nth} (process {child.pid})")
    try:
        yield link
    finally:
        await link.close()
        try:
            async with asyncio.timeout(_END_S):
                await child.wait()
        except TimeoutError:
            child.kill()
            await child.wait()


@asynccontextmanager
async def remote(host: str, secret: str) -> AsyncIterator[Link]:
    """A generator that is served at HOST:PORT. Raises ConnectionError where nobody is, or nobody who knows
    the secret."""
    name, _, port = host.rpartition(":")
    if not name or not port.isdigit():
        raise ConnectionError(f"{host!r} is not of the form HOST:PORT")
    try:
        async with asyncio.timeout(_GREET_S):
            reader, writer = await asyncio.open_connection(name.strip("[]"), int(port))
            await _greet(reader, writer, secret, first=True)
    except (OSError, TimeoutError, asyncio.IncompleteReadError) as error:
        raise ConnectionError(f"No generator answers at {host}: {str(error) or 'in time'}") from error
    link = Link(reader, writer, f"generator at {host}")
    try:
        yield link
    finally:
        await link.close()


async def serve(host: str, port: int, secret: str, say: Callable[[str], None] = print) -> None:
    """Serves runs at HOST:PORT, one at a time, until canceled. Raises ValueError for an empty secret."""
    if not secret:
        raise ValueError("a worker for other machines needs a secret")
    busy = asyncio.Lock()

    async def met(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        who = "{}:{}".format(*writer.get_extra_info("peername")[:2])
        link = Link(reader, writer, who)
        try:
            async with asyncio.timeout(_GREET_S):
                await _greet(reader, writer, secret, first=False)
            if busy.locked():
                link.say(Failed("a generator is busy with another run"))
                return
            async with busy:
                say(f"a run for {who} begins")
                await work(link)
                say(f"the run for {who} is over")
        except (OSError, EOFError, TimeoutError, ValueError) as error:
            say(f"refused {who}: {str(error) or 'it says nothing'}")
        finally:
            await link.close()

    async with await asyncio.start_server(met, host, port) as server:
        say(f"listening at {host}:{server.sockets[0].getsockname()[1]}")
        await server.serve_forever()


async def _greet(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, secret: str, *, first: bool
) -> None:
    """Each proves to the other that it knows the secret, which itself never crosses the network."""
    nonce = os.urandom(_NONCE_BYTES)
    writer.write(_GREETING + nonce)
    if await reader.readexactly(len(_GREETING)) != _GREETING:
        raise ConnectionError("it speaks something else")
    theirs = await reader.readexactly(_NONCE_BYTES)
    writer.write(_proof(secret, theirs, nonce, first=first))
    proof = await reader.readexactly(hashlib.sha256().digest_size)
    if not hmac.compare_digest(proof, _proof(secret, nonce, theirs, first=not first)):
        raise ConnectionError("it does not know the secret")


def _proof(secret: str, challenge: bytes, own: bytes, *, first: bool) -> bytes:
    role = b"coordinator" if first else b"generator"
    return hmac.digest(secret.encode(), role + challenge + own, "sha256")
