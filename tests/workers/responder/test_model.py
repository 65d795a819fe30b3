"""The bot of a language model, against a server of that API which does all that goes wrong."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from msgspec.structs import replace

from schemas.bot import BotAsked, Line, Memory
from workers.responder.bots import Answer, MatcherBot
from workers.responder.intents import load
from workers.responder.model import Model, ModelBot
from workers.responder.settings import ResponderSettings

INTENTS = load()
ASKED = BotAsked(
    session_id="s",
    turn=1,
    texts=("how long is the warranty",),
    memory=Memory(lines=(Line(False, "hi"), Line(True, "Hello"))),
)
USAGE = {"choices": [], "usage": {"total_tokens": 70}}


def piece(text: str, reason: str | None = None) -> dict[str, object]:
    return {"choices": [{"delta": {"content": text}, "finish_reason": reason}]}


class FakeModel:
    """Answers as `way` says; keeps the bodies that it was sent."""

    def __init__(self) -> None:
        self.way, self.bodies = "normal", list[dict[str, object]]()
        self.keys: list[str] = []

    async def complete(self, request: web.Request) -> web.StreamResponse:
        self.bodies.append(await request.json())
        self.keys.append(request.headers.get("authorization", ""))
        if self.way in ("429", "500"):
            return web.Response(status=int(self.way))
        response = web.StreamResponse(headers={"content-type": "text/event-stream"})
        await response.prepare(request)
        for said in self._said():
            await response.write(f"data: {said}\n\n".encode())
        if self.way == "slow":
            await asyncio.sleep(30)
        return response

    def _said(self) -> Iterator[str]:
        match self.way:
            case "garbage":
                yield "<html>"
            case "odd":
                yield json.dumps({"choices": [7]})
            case "empty":
                yield json.dumps(piece("", "stop"))
            case "endless":
                yield from [json.dumps(piece("word " * 100))] * 100
            case "hand_over":
                yield from [json.dumps(piece("HAND_")), json.dumps(piece("OVER", "stop")), "[DONE]"]
            case "broken" | "slow":
                yield json.dumps(piece("Two"))
            case _:
                yield from [json.dumps(piece("Two ")), json.dumps(piece("years.", "stop"))]
                yield from [json.dumps(USAGE), "[DONE]"]


@asynccontextmanager
async def asking(budget: int = 1_000) -> AsyncIterator[tuple[FakeModel, ModelBot]]:
    fake = FakeModel()
    app = web.Application()
    app.router.add_post("/v1/chat/completions", fake.complete)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    settings = ResponderSettings(
        bot_model_url=f"http://127.0.0.1:{port}/v1", bot_model="m", bot_model_key="k", bot_model_s=1.0
    )

    def guess(text: str) -> str:
        return {"agent": "agent", "hi": "greeting"}.get(text, "")

    try:
        async with Model(settings) as model:
            yield fake, ModelBot(model, MatcherBot(INTENTS, guess), budget)
    finally:
        await runner.cleanup()


def once(way: str, asked: BotAsked = ASKED) -> tuple[Answer, FakeModel]:
    async def scenario() -> tuple[Answer, FakeModel]:
        async with asking() as (fake, bot):
            fake.way = way
            return await bot.answer(asked), fake

    return asyncio.run(scenario())


def test_it_answers_from_what_was_said_and_counts_tokens() -> None:
    answer, fake = once("normal")
    assert (answer.by, answer.record.texts, answer.record.memory.spent) == ("model", ("Two years.",), 70)
    roles = [(one["role"], one["content"]) for one in fake.bodies[0]["messages"]]  # type: ignore[attr-defined]
    assert roles[1:] == [("user", "hi"), ("assistant", "Hello"), ("user", "how long is the warranty")]
    assert (fake.bodies[0]["model"], fake.bodies[0]["stream"], fake.keys) == ("m", True, ["Bearer k"])


@pytest.mark.parametrize("way", ["slow", "broken", "429", "500", "garbage", "odd", "empty", "endless"])
def test_where_it_fails_the_built_in_one_answers(way: str) -> None:
    answer, fake = once(way)
    assert (answer.by, answer.outcome, len(fake.bodies)) == ("matcher", "unsure_once", 1)


def test_it_hands_over() -> None:
    answer, _ = once("hand_over")
    assert answer.record.hand_over is not None
    assert answer.record.hand_over.reason == "model_hands_over"


def test_a_person_is_not_argued_about() -> None:
    answer, fake = once("normal", replace(ASKED, texts=("agent",)))
    assert answer.record.hand_over is not None
    assert not fake.bodies


def test_a_budget_that_is_used_up_is_the_built_in_ones_turn() -> None:
    answer, fake = once("normal", replace(ASKED, memory=Memory(spent=1_000)))
    assert (answer.by, fake.bodies) == ("matcher", [])


def test_after_some_failures_it_rests() -> None:
    async def scenario() -> None:
        async with asking() as (fake, bot):
            fake.way = "500"
            for _ in range(6):
                assert (await bot.answer(ASKED)).by == "matcher"
            assert len(fake.bodies) == 2

    asyncio.run(scenario())
