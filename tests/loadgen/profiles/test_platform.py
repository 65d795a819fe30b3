"""The platform's own steps against the platform: right answers count, wrong ones don't, and a run's contacts
can be taken out again."""

import asyncio
from uuid import uuid4

import asyncpg
import pytest
import uvloop

from loadgen.engine import Answer, Client
from loadgen.profiles import read
from loadgen.purging import purge
from loadgen.run.checks import OK, WRONG, fields
from loadgen.run.script import Call, compiled
from tests.platform import Platform
from tests.waiting import until

STEPS = """
mode: ramping-vus
stages: 1m:1
steps: [start, message, connect, ivr, history, own-history, metrics, end]
"""
NAMES = ["start", "message", "connect", "ivr", "ivr", "history", "own-history", "metrics", "end"]
_WAIT_S = 40.0


class Visitor:
    """Makes the calls one after another, as a user of `run` does, and keeps the answers."""

    def __init__(self, run: str) -> None:
        self.values = {"run": run, "vu": "1", "iteration": "0", "number": "7", "token": ""}
        self.answers: list[Answer] = []

    async def visit(self, base_url: str, calls: list[Call]) -> None:
        async with Client(base_url, connections=1) as client:
            for call in calls:
                await until(lambda call=call: self._known(client, call), _WAIT_S, f"{call.name}: only 503")  # type: ignore[misc]

    async def _known(self, client: Client, call: Call) -> bool:
        """Makes the call; False for 503, as a busy machine gives it: not known in time, ask again."""
        answered: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        request = call.request(self)
        client.send(*request[:4], answered.set_result, request.headers)
        answer = await answered
        if answer.status == 503:
            return False
        self.answers.append(answer)
        found = fields(answer.body)
        self.values |= {name: str(found[of]) for name, of in call.save if of in found}
        return True


def test_the_right_answers_of_the_platform_count(platform: Platform) -> None:
    calls, run = compiled(read(STEPS, "x").steps), uuid4().hex[:12]
    visitor = Visitor(run)
    uvloop.run(visitor.visit(platform.base_url, calls))
    assert [call.name for call in calls] == NAMES
    kinds = {call.name: call.check(answer) for call, answer in zip(calls, visitor.answers, strict=True)}
    assert kinds == dict.fromkeys(NAMES, OK), visitor.answers
    for call, answer in zip(calls, visitor.answers, strict=True):
        assert call.check(answer._replace(body=b"{}")) == WRONG
        assert call.check(answer._replace(body=b"")) == WRONG
    asyncio.run(_purged(platform.database_url, run))


async def _purged(database_url: str, run: str) -> None:
    """The chat and the call are stored, as synthetic ones of this run, and go with it."""
    db = await asyncpg.connect(database_url)
    count = "SELECT count(*) FROM consultations WHERE customer_id = $1 AND synthetic AND state = 'closed'"
    try:

        async def is_stored() -> bool:
            return bool(await db.fetchval(count, f"run-{run}-7") >= 2)

        await until(is_stored, _WAIT_S, "the run's contacts are not stored")
        purged = await purge(db, run)
        assert purged.contacts >= 2
        assert (purged.customers, purged.open) == (1, 0)
        assert not await db.fetchval(count, f"run-{run}-7")
    finally:
        await db.close()


@pytest.mark.parametrize(
    ("nth", "body"),
    [
        (0, b'{"session_id":"","status":"bot"}'),
        (0, b'{"session_id":"s","status":"closed"}'),
        (1, b'{"session_id":"s","message_id":null}'),
        (2, b'{"session_id":"s","status":"refused","reason":"full"}'),
        (3, b'{"session_id":"s","status":"closed","prompt":"Bye","expects":null}'),
        (4, b'{"session_id":"s","status":"ivr","prompt":"Again","expects":{}}'),
        (5, b'{"title":"Unprocessable"}'),
        (7, b'{"at_ms":1,"queues":[],"rates":{}}'),
        (8, b'{"title":"There is no such session"}'),
    ],
)
def test_wrong_bodies_with_a_good_status_do_not(nth: int, body: bytes) -> None:
    call = compiled(read(STEPS, "x").steps)[nth]
    assert call.check(Answer(200, body, 0.0)) == WRONG
