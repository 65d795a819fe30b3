"""The client and the blaster against a real uvicorn server, its death included."""

import asyncio
from collections.abc import Iterator

import pytest
import uvloop

from loadgen.engine import FORM, Client, Failure, arrivals, arrive, blast
from loadgen.engine.answer import Answer
from loadgen.engine.schedule import constant
from tests.loadgen.servers import Served, free_port, served


@pytest.fixture(scope="module")
def server() -> Iterator[Served]:
    with served("tests.loadgen.small_app:app") as running:
        yield running


def test_answers_and_classes(server: Served) -> None:
    async def run() -> None:
        async with Client(server.url, connections=4) as client:
            assert (await client.post("/echo", b"a=1", FORM)).body == b"a=1"
            assert (await client.get("/chunked")).body == b"one two three"
            for code, kind in (
                (404, "client_error"),
                (409, "conflict"),
                (503, "shed"),
                (429, "shed"),
                (500, "server_error"),
            ):
                assert (await client.get(f"/status/{code}")).kind == kind
            assert client.counts == {"ok": 2, "client_error": 1, "conflict": 1, "shed": 2, "server_error": 1}

    uvloop.run(run())


def test_more_requests_than_connections_wait_for_their_turn(server: Served) -> None:
    async def run() -> list[Answer]:
        async with Client(server.url, connections=2) as client:
            return await asyncio.gather(*(client.get("/slow?s=0.1") for _ in range(6)))

    answers = uvloop.run(run())
    assert all(answer.ok for answer in answers)
    assert max(answer.waited_s for answer in answers) > 0.15
    assert max(answer.latency_s for answer in answers) < 0.2


def test_timeouts_are_counted_and_the_pool_goes_on(server: Served) -> None:
    async def run() -> list[Answer]:
        async with Client(server.url, connections=1, timeout_s=0.3) as client:
            late, waiting = await asyncio.gather(client.get("/slow?s=5"), client.get("/slow?s=0"))
            return [late, waiting, await client.get("/slow?s=0")]

    late, waiting, after = uvloop.run(run())
    assert (late.failure, waiting.failure, after.ok) == (Failure.TIMEOUT, Failure.TIMEOUT, True)


def test_nobody_there_fails_all_that_wait_at_once() -> None:
    async def run() -> list[Answer]:
        async with Client(f"http://127.0.0.1:{free_port()}", connections=2, timeout_s=5) as client:
            async with asyncio.timeout(2):
                return await asyncio.gather(*(client.get("/") for _ in range(20)))

    assert {answer.failure for answer in uvloop.run(run())} == {Failure.REFUSED}


def test_closing_fails_what_is_in_flight(server: Served) -> None:
    async def run() -> list[Answer]:
        async with Client(server.url, connections=1) as client:
            asked = [asyncio.create_task(client.get("/slow?s=5")) for _ in range(2)]
            await asyncio.sleep(0.2)
        return await asyncio.gather(*asked, client.get("/late"))

    assert [answer.failure for answer in uvloop.run(run())] == [Failure.CLOSED] * 3


def test_a_server_killed_midway_is_counted_and_found_again() -> None:
    async def run(server: Served) -> None:
        async with Client(server.url, connections=8, timeout_s=2) as client:
            asked = [asyncio.create_task(client.get("/slow?s=1")) for _ in range(8)]
            await asyncio.sleep(0.4)
            server.kill()
            assert {answer.failure for answer in await asyncio.gather(*asked)} == {Failure.LOST}
            assert (await client.get("/slow?s=0")).failure == Failure.REFUSED
            await asyncio.to_thread(server.start)
            assert (await client.get("/slow?s=0")).ok

    with served("tests.loadgen.small_app:app") as server:
        uvloop.run(run(server))


def test_blast_through_a_restart() -> None:
    async def restart(server: Served) -> None:
        await asyncio.sleep(0.7)
        server.kill()
        await asyncio.to_thread(server.start)

    async def run(server: Served) -> None:
        result, _ = await asyncio.gather(
            blast(server.url, "/echo", lambda: b"{}", 8, 4, warm_up_s=0.2), restart(server)
        )
        assert result.statuses.keys() == {200}
        assert result.rate == pytest.approx(result.statuses[200] / result.seconds)
        assert result.histogram.get_total_count() == result.statuses[200] > 1000
        assert result.errors["refused"] > 0
        assert result.errors["lost"] in range(1, 9)
        assert 0 < result.percentile_ms(50) <= result.percentile_ms(99) < 1000

    with served("tests.loadgen.small_app:app") as server:
        uvloop.run(run(server))


def test_open_loop_goes_on_while_the_server_is_slow(server: Served) -> None:
    async def run() -> tuple[list[Answer], float]:
        answers: list[Answer] = []
        async with Client(server.url, connections=1) as client:
            late = await arrive(
                arrivals([constant(100, 0.2)]),
                lambda _: client.send("GET", "/slow?s=0.05", b"", "", answers.append),
            )
            while len(answers) < 20:
                await asyncio.sleep(0.01)
        return answers, late.percentile_ms(50)

    answers, lateness_ms = uvloop.run(run())
    assert len(answers) == 20
    assert answers[-1].waited_s > 0.5
    assert lateness_ms < 20
