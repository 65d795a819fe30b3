"""The interface behind which the bot thinks, and the one that is built in."""

from typing import NamedTuple, Protocol

from schemas.bot import BotAnswered, BotAsked
from workers.responder.answering import Guess, answer
from workers.responder.intents import Intents


class Answer(NamedTuple):
    """What is said, by whom (`matcher`, `model`), and what it came to."""

    record: BotAnswered
    by: str
    outcome: str


class Bot(Protocol):
    """Answers every question, however it goes with what it asks itself."""

    async def answer(self, asked: BotAsked) -> Answer:
        """Of the same question the same, or at least an answer that may take the other's place."""


class MatcherBot:
    """Answers from the intents."""

    def __init__(self, intents: Intents, guess: Guess) -> None:
        self.intents = intents
        self.guess = guess

    async def answer(self, asked: BotAsked) -> Answer:
        """At once."""
        record, outcome = answer(self.intents, self.guess, asked)
        return Answer(record, "matcher", outcome)
