"""What a conversation asks the bot (the topic `bot.questions`), and the command that answers."""

from collections.abc import Mapping

import msgspec

from schemas.calls import QueueHome
from schemas.codec import Record
from schemas.limits import Personal, Seconds, Text


class BotPlan(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How the bot serves a conversation, stamped by the gateway on its first record.

    A question that is not answered within `answer_s` is handed over to the first of `homes`, which holds the
    queues by name; with `says` the customer is told that instead, and goes on with the bot. Where it is `off`
    all of it is as if the bot did not answer.
    """

    answer_s: Seconds
    homes: dict[str, QueueHome]
    says: Text = ""
    off: bool = False


class Line(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What was said: by the bot, or by the customer."""

    by_bot: bool
    text: Personal[str]


class Memory(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the bot knows of a dialogue between two turns; the conversation keeps it, and does not read it.

    `unsure` counts the turns in a row that were not understood. Of the form of `intent` the field `step` is
    asked for, after `tries` answers in vain; `values` are what was told. `spent` counts the tokens of a
    language model.
    """

    language: str = ""
    unsure: int = 0
    intent: str = ""
    step: int = 0
    tries: int = 0
    values: Mapping[str, Personal[str]] = {}
    lines: tuple[Line, ...] = ()
    spent: int = 0


class BotAsked(Record, tag="bot.asked", kw_only=True, frozen=True):
    """The customer wrote `texts` to the bot: a turn, counted from 1. An answer is of use until `until_ms`
    (Unix, broker time). It may hand over to one of `queues`."""

    session_id: str
    turn: int
    texts: tuple[Personal[str], ...]
    memory: Memory = Memory()
    customer_name: Personal[str] = ""
    attributes: Mapping[str, Personal[str]] = {}
    queues: tuple[str, ...] = ()
    asked_ms: int = 0
    until_ms: int = 0
    synthetic: bool = False


class HandOver(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The customer is to have a person, of `queue` where it is one of those asked with, else of the first.
    The agent reads the `summary`."""

    queue: str = ""
    reason: str = ""
    summary: Personal[Text] = ""


class BotAnswered(Record, tag="bot.answered", kw_only=True, frozen=True):
    """The bot's answer to a turn: entries of the transcript, what it remembers, attributes that it learned.
    One of a turn that is over, or answered, changes nothing."""

    session_id: str
    turn: int
    texts: tuple[Personal[Text], ...] = ()
    memory: Memory = Memory()
    attributes: Mapping[str, Personal[Text]] = {}
    hand_over: HandOver | None = None


decode_question = msgspec.json.Decoder(BotAsked).decode
