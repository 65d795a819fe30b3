"""aicc-responder: answers what customers write to the bot."""

import asyncio
from contextlib import AsyncExitStack

from aiokafka import AIOKafkaProducer

from runtime.kafka import producer_options
from schemas.topics import BOT_QUESTIONS
from workers.dead_letters import DeadLetters
from workers.errors import WorkerError
from workers.process import Ready, member, run_worker, started
from workers.responder.bots import Bot, MatcherBot
from workers.responder.intents import IntentsError, load
from workers.responder.matching import Matcher
from workers.responder.model import Model, ModelBot
from workers.responder.settings import ResponderSettings
from workers.responder.sink import WORKER, BotLoop, BotSink


async def respond(settings: ResponderSettings, stop: asyncio.Event, ready: Ready) -> None:
    """Runs until `stop`."""
    async with AsyncExitStack() as stack:
        bot = await bot_of(settings, stack)
        producer = AIOKafkaProducer(**producer_options(settings.kafka_bootstrap, WORKER, linger_ms=0))
        await started(producer, stack, settings.patience_s)
        consumer = await member(WORKER, settings, stack)
        letters = DeadLetters(producer, settings.dead_letter_limit)
        loop = BotLoop(WORKER, consumer, BotSink(bot, consumer, producer, letters, settings), settings)
        ready(loop.ready)
        await loop.run([settings.topic_prefix + BOT_QUESTIONS.name], stop)


async def bot_of(settings: ResponderSettings, stack: AsyncExitStack) -> Bot:
    """As the settings say. Raises WorkerError for intents that can't be used."""
    try:
        intents = load(settings.bot_intents)
    except IntentsError as error:
        raise WorkerError(f"{settings.bot_intents}: {error}") from error
    built_in = MatcherBot(intents, Matcher(intents))
    if not settings.bot_model_url:
        return built_in
    return ModelBot(await stack.enter_async_context(Model(settings)), built_in, settings.bot_model_tokens)


def main() -> None:
    """The command."""
    run_worker("responder", ResponderSettings, respond, "Answers what customers write to the bot.")


if __name__ == "__main__":
    main()
