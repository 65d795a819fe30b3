"""Which addresses may be called."""

import asyncio
import socket

import aiohttp
import pytest

from workers.webhooks.addresses import is_public, public_socket
from workers.webhooks.claims import Claim
from workers.webhooks.retrying import Outcome
from workers.webhooks.sending import Sender


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "fd00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
    ],
)
def test_inside(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_outside(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]"]
)
def test_no_way_to_name_this_machine_reaches_it(host: str) -> None:
    """A server listens, and nobody connects."""
    with socket.create_server(("", 0), family=socket.AF_INET6, dualstack_ipv6=True) as server:
        server.settimeout(0.01)
        url = f"http://{host}:{server.getsockname()[1]}/"
        outcome = asyncio.run(_tried(url))
        assert outcome.status is None
        assert "no public address" in outcome.error or "not a canonical" in outcome.error
        with pytest.raises(TimeoutError):
            server.accept()


async def _tried(url: str) -> Outcome:
    connector = aiohttp.TCPConnector(socket_factory=public_socket)
    async with aiohttp.ClientSession(connector=connector) as session:
        claim = Claim(1, 1, "evt_1", "{}", 1, url, ("whsec_AAAA",))
        return await Sender(session, 2.0, local=True).send(claim)


def test_outside_of_the_local_profile_it_is_https() -> None:
    async def tried() -> Outcome:
        async with aiohttp.ClientSession() as session:
            claim = Claim(1, 1, "evt_1", "{}", 1, "http://127.0.0.1/", ("whsec_AAAA",))
            return await Sender(session, 2.0, local=False).send(claim)

    assert asyncio.run(tried()) == Outcome(error="the URL is not https")
