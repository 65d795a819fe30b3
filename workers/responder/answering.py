"""The built-in bot: what is said to a turn, given what the texts mean; pure."""

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from msgspec.structs import replace

from schemas.bot import BotAnswered, BotAsked, HandOver, Line, Memory
from workers.responder.intents import Intents

UNSURE_TWICE = 2
MOST_LINES = 16
LINE_CHARS = 300
SUMMARY_CHARS = 1_500
_HANGUL = re.compile(r"[ㄱ-ㆎ가-힣]")
_LATIN = re.compile(r"[A-Za-z]{2,}")
_BETWEEN_DIGITS = re.compile(r"(?<=\d)[\s-]+(?=\d)")
Guess = Callable[[str], str]
"""The name of the intent of a text; "" where it is none, or not sure."""


class Said(NamedTuple):
    """An answer in the making; `outcome` is for the metrics."""

    text: str
    memory: Memory
    outcome: str
    learned: Mapping[str, str] = {}
    queue: str | None = None
    """Of the hand-over, "" being the first one; None: no hand-over."""


def language_of(text: str, known: str) -> str:
    """Of the customer: any Korean is Korean; of a word or a number alone nothing can be told."""
    if _HANGUL.search(text):
        return "ko"
    return "en" if _LATIN.search(text) and (not known or len(text.split()) > 1) else known


def answer(intents: Intents, guess: Guess, asked: BotAsked) -> tuple[BotAnswered, str]:
    """The answer to a turn, and its outcome."""
    text = "\n".join(asked.texts)
    language = language_of(text, asked.memory.language) or intents.language
    heard = replace(asked.memory, language=language)
    said = _decide(intents, guess, asked, text, heard)
    return finished(intents, asked, said), said.outcome


def finished(intents: Intents, asked: BotAsked, said: Said) -> BotAnswered:
    """The answer as a record: remembered, and with a summary where it is handed over."""
    lines = asked.memory.lines + tuple(Line(False, text[:LINE_CHARS]) for text in asked.texts)
    memory = replace(said.memory, lines=(*lines, Line(True, said.text[:LINE_CHARS]))[-MOST_LINES:])
    hand_over = None
    if said.queue is not None:
        hand_over = HandOver(
            queue=said.queue, reason=said.outcome, summary=summary(said.outcome, memory, said.learned)
        )
    return BotAnswered(
        session_id=asked.session_id,
        turn=asked.turn,
        texts=(said.text,) if said.text else (),
        memory=memory,
        attributes=dict(said.learned),
        hand_over=hand_over,
    )


def summary(reason: str, memory: Memory, learned: Mapping[str, str]) -> str:
    """What the agent should know: why, what was told, and what was said last."""
    facts = {**memory.values, **learned}
    head = [f"Reason: {reason}", f"Language: {memory.language}"]
    head += [f"{name}: {value}" for name, value in facts.items()]
    talk = [f"{'Bot' if line.by_bot else 'Customer'}: {line.text}" for line in memory.lines]
    while talk and len("\n".join(head + talk)) > SUMMARY_CHARS:
        talk.pop(0)
    return "\n".join(head + talk)[:SUMMARY_CHARS]


def _decide(intents: Intents, guess: Guess, asked: BotAsked, text: str, memory: Memory) -> Said:
    if memory.intent in intents.intents:
        return _in_form(intents, guess, asked, text, memory)
    name = guess(text)
    if name:
        return _begin(intents, asked, text, replace(memory, unsure=0), name)
    unsure = memory.unsure + 1
    if unsure >= UNSURE_TWICE:
        return _hands_over(intents, asked, replace(memory, unsure=unsure), "unsure", intents.says.hand_over)
    said = intents.text(intents.says.unsure, memory.language, _known(asked, memory))
    return Said(said, replace(memory, unsure=unsure), "unsure_once")


def _begin(intents: Intents, asked: BotAsked, text: str, memory: Memory, name: str) -> Said:
    """An intent is understood: what its form asks for may be in the text already, or known of before."""
    values = {
        field: found
        for field in intents.intents[name].form
        if (found := value_in(intents, field, text) or memory.values.get(field, ""))
    }
    started = replace(memory, intent=name, step=0, tries=0, values={**memory.values, **values})
    return _go_on(intents, asked, started)


def value_in(intents: Intents, field: str, text: str) -> str:
    """What the field's pattern finds in the text, digits being taken together; "" for nothing."""
    pattern = intents.fields[field].pattern
    found = re.search(pattern, text) or re.search(pattern, _BETWEEN_DIGITS.sub("", text))
    return found[0] if found else ""


def _go_on(intents: Intents, asked: BotAsked, memory: Memory) -> Said:
    """Asks for the next field that is missing, or answers."""
    intent = intents.intents[memory.intent]
    for step, field in enumerate(intent.form):
        if field not in memory.values:
            text = intents.text(intents.fields[field].ask, memory.language, _known(asked, memory))
            return Said(text, replace(memory, step=step, tries=0), "form", memory.values)
    text = intents.text(intent.answer, memory.language, _known(asked, memory))
    done = replace(memory, intent="", step=0, tries=0)
    queue = _queue(asked, intent.queue) if intent.hand_over else None
    return Said(text, done, memory.intent if intent.hand_over else "answered", memory.values, queue)


def _in_form(intents: Intents, guess: Guess, asked: BotAsked, text: str, memory: Memory) -> Said:
    form = intents.intents[memory.intent].form
    field = form[min(memory.step, len(form) - 1)]
    if value := value_in(intents, field, text):
        told = {**memory.values, field: value}
        return _go_on(intents, asked, replace(memory, values=told, tries=0))
    left = replace(memory, intent="", step=0, tries=0)
    match guess(text):
        case intents.agent:
            return _begin(intents, asked, text, left, intents.agent)
        case intents.cancel:
            return Said(
                intents.text(intents.says.canceled, memory.language, _known(asked, memory)), left, "canceled"
            )
    tries = memory.tries + 1
    if tries >= intents.fields[field].tries:
        return _hands_over(intents, asked, left, "form_given_up", intents.says.given_up)
    again = intents.text(intents.fields[field].again, memory.language, _known(asked, memory))
    return Said(again, replace(memory, tries=tries), "form_again")


def _hands_over(intents: Intents, asked: BotAsked, memory: Memory, why: str, says: dict[str, str]) -> Said:
    text = intents.text(says, memory.language, _known(asked, memory))
    return Said(text, memory, why, memory.values, _queue(asked, ""))


def _queue(asked: BotAsked, wanted: str) -> str:
    return wanted if wanted in asked.queues else ""


def _known(asked: BotAsked, memory: Memory) -> dict[str, str]:
    return {**asked.attributes, **memory.values, "customer_name": asked.customer_name}
