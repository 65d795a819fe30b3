"""How soon a gateway whose loop is busy hears those who connect."""

import asyncio
import socket

import pytest
import uvicorn
import uvloop

from gateway.listening import listeners

CLIENTS = 64


def test_a_busy_loop_hears_many_who_connect_each_time_round() -> None:
    rounds, heard = uvloop.run(_rounds())
    assert heard == CLIENTS
    assert rounds <= CLIENTS // 8


async def _rounds() -> tuple[int, int]:
    """How often the loop went round until all had been heard."""
    loop = asyncio.get_running_loop()
    heard: list[asyncio.Protocol] = []

    class Hears(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            heard.append(self)

    sockets = listeners(uvicorn.Config(lambda: None, host="127.0.0.1", port=0))
    servers = [await loop.create_server(Hears, sock=one, backlog=CLIENTS) for one in sockets]
    clients = [socket.create_connection(sockets[0].getsockname()) for _ in range(CLIENTS)]
    rounds = 0
    while len(heard) < CLIENTS and rounds < 10 * CLIENTS:
        await asyncio.sleep(0)
        rounds += 1
    for client in clients:
        client.close()
    for server in servers:
        server.close()
    return rounds, len(heard)


def test_gateways_that_share_a_port_all_listen_there() -> None:
    first = listeners(uvicorn.Config(lambda: None, host="127.0.0.1", port=0), shared=True)
    first[0].listen()
    port = first[0].getsockname()[1]
    second = listeners(uvicorn.Config(lambda: None, host="127.0.0.1", port=port), shared=True)
    assert second[0].getsockname() == first[0].getsockname()
    with pytest.raises(SystemExit):
        listeners(uvicorn.Config(lambda: None, host="127.0.0.1", port=port))
    for one in (*first, *second):
        one.close()


def test_a_port_of_one_that_does_not_share_is_refused_with_a_sentence() -> None:
    alone, *others = listeners(uvicorn.Config(lambda: None, host="127.0.0.1", port=0))
    alone.listen()
    port = alone.getsockname()[1]
    with pytest.raises(SystemExit, match=f"127.0.0.1:{port} can't be served"):
        listeners(uvicorn.Config(lambda: None, host="127.0.0.1", port=port), shared=True)
    for one in (alone, *others):
        one.close()
