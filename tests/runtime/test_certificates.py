"""Certificates that change while a server and its clients run: new connections see them, open ones go on."""

import asyncio
import os
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from cryptography import x509

from infra.stack.authority import Authority, replace
from runtime.certificates import Files, client_context, server_context

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def _echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while line := await reader.readline():
        writer.write(line)
    writer.close()


@asynccontextmanager
async def serving(certificate: Path) -> AsyncIterator[int]:
    """The port of a server that says everything again."""
    context = server_context(Files(certificate=str(certificate)))
    server = await asyncio.start_server(_echo, "127.0.0.1", 0, ssl=context)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def said_again(streams: Streams, word: bytes) -> bool:
    streams[1].write(word + b"\n")
    return await streams[0].readline() == word + b"\n"


def serial(streams: Streams) -> int:
    shown = streams[1].get_extra_info("ssl_object").getpeercert(binary_form=True)
    return x509.load_der_x509_certificate(shown).serial_number


def serial_of(path: Path) -> int:
    return x509.load_pem_x509_certificate(path.read_bytes()).serial_number


def test_new_connections_see_new_files_and_open_ones_go_on(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    path = authority.issue("server")
    first = serial_of(path)
    context = client_context(Files(ca=str(authority.ca)))

    async def run() -> None:
        async with serving(path) as port:
            old = await asyncio.open_connection("127.0.0.1", port, ssl=context)
            assert serial(old) == first
            authority.succeed()
            authority.issue("server")
            authority.forget()
            new = await asyncio.open_connection("127.0.0.1", port, ssl=context)
            assert serial(new) == serial_of(path) != first
            assert await said_again(old, b"old")
            assert await said_again(new, b"new")
            for _, writer in (old, new):
                writer.close()

    asyncio.run(run())


@pytest.mark.parametrize("broken", [b"", b"no certificate", None])
def test_until_new_files_can_be_used_the_ones_before_are(tmp_path: Path, broken: bytes | None) -> None:
    authority = Authority(tmp_path)
    path = authority.issue("server")
    first, whole = serial_of(path), path.read_bytes()
    context = client_context(Files(ca=str(authority.ca)))

    async def shown(port: int) -> int:
        streams = await asyncio.open_connection("127.0.0.1", port, ssl=context)
        assert await said_again(streams, b"word")
        streams[1].close()
        return serial(streams)

    async def run() -> None:
        async with serving(path) as port:
            path.unlink() if broken is None else replace(path, broken)
            assert await shown(port) == first
            replace(path, whole)
            authority.issue("server")
            assert await shown(port) == serial_of(path) != first

    asyncio.run(run())


def test_a_server_of_another_name_or_authority_is_refused(tmp_path: Path) -> None:
    authority = Authority(tmp_path / "one")
    strange = Authority(tmp_path / "two", "another authority")

    async def run() -> None:
        async with serving(authority.issue("server")) as port:
            for ca, name in ((strange.ca, "localhost"), (authority.ca, "kafka.example.org")):
                context = client_context(Files(ca=str(ca)))
                with pytest.raises(ssl.SSLCertVerificationError):
                    await asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname=name)

    asyncio.run(run())


def test_a_key_is_for_its_owner_only(tmp_path: Path) -> None:
    assert os.stat(Authority(tmp_path).issue("server")).st_mode & 0o077 == 0
