"""The switches for operators: what each does, what it takes as its value, and the record of how it stands."""

from collections.abc import Collection, Iterator
from enum import StrEnum
from typing import Annotated

import msgspec

from schemas.limits import NO_NUL, Version

MAX_VALUE = 2_000
MAX_REASON = 300
ALL = "all"
CLASSES = ("new_chat", "ivr", "connect", "read", "running", "agent")
"""Requests by what they are worth when there is too much, as in the gateway's metrics."""

LANGUAGES = ("ko", "en")
_DEFAULT = {
    "ko": "지금은 점검 중입니다. 잠시 후 다시 찾아 주세요.",
    "en": "We are down for maintenance. Please come again in a while.",
}


class Name(StrEnum):
    """A switch. Where it is on, something is not as usual."""

    SHED = "shed"
    DRAIN = "drain"
    BOT_OFF = "bot-off"
    PAUSE_OFFERS = "pause-offers"
    MAINTENANCE = "maintenance"


OF_POOLS = (Name.DRAIN, Name.PAUSE_OFFERS)
"""Pools decide by these, and hear of them as records; gateways act by the others."""


class Switch(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Of the topic `switches`, keyed by name: how it was last turned, `by` whom and why. It has been on since
    `since_ms`, and is off from `until_ms` on (0: when somebody turns it off). Unix milliseconds."""

    name: Name
    version: Version
    on: bool = False
    value: Annotated[str, msgspec.Meta(max_length=MAX_VALUE, pattern=NO_NUL)] = ""
    reason: Annotated[str, msgspec.Meta(max_length=MAX_REASON, pattern=NO_NUL)] = ""
    by: Annotated[str, msgspec.Meta(max_length=512, pattern=NO_NUL)] = ""
    since_ms: int = 0
    until_ms: int = 0

    def is_on(self, now_ms: int) -> bool:
        """Whether it counts then."""
        return self.on and not 0 < self.until_ms <= now_ms


class SwitchError(ValueError):
    """It can't be turned so."""


def names_in(value: str) -> tuple[str, ...]:
    """The names in a value that is a list, apart by commas; each once."""
    return tuple(dict.fromkeys(name for part in value.split(",") if (name := part.strip())))


def texts_of(value: str) -> dict[str, str]:
    """The message by language. A line that begins with `ko:` or `en:` is for that language alone, any other
    for all of them; a language that is left without gets the other's text, and of no text the usual one."""
    found: dict[str, list[str]] = {language: [] for language in LANGUAGES}
    for line in value.splitlines():
        head, colon, rest = line.partition(":")
        language = head.strip().lower()
        if colon and language in found:
            found[language].append(rest.strip())
        else:
            for lines in found.values():
                lines.append(line.strip())
    texts = {language: "\n".join(lines).strip() for language, lines in found.items()}
    some = next(filter(None, texts.values()), "")
    return {language: text or some or _DEFAULT[language] for language, text in texts.items()}


def errors_of(name: Name, value: str, pools: Collection[str], queues: Collection[str]) -> Iterator[str]:
    """What is wrong with a value, for a switch that is to be on."""
    named = names_in(value)
    match name:
        case Name.SHED:
            known, what = set(CLASSES), f"is no class of requests: {', '.join(CLASSES)}"
        case Name.DRAIN:
            known, what = {*pools, *queues}, "is no pool and no queue"
        case Name.PAUSE_OFFERS:
            known, what = {*pools, ALL}, f"is no pool, and not {ALL}"
        case Name.BOT_OFF:
            known, what = set(), "is too much: this switch takes no value"
        case Name.MAINTENANCE:
            return
    if not named and name is not Name.BOT_OFF:
        yield f"value: {name} needs one"
    yield from (f"value: {one!r} {what}" for one in named if one not in known)


def effect(name: Name, value: str) -> str:
    """In a sentence, what it does where it is on."""
    named = ", ".join(names_in(value)) or "…"
    match name:
        case Name.SHED:
            return f"Requests of {named} are refused with 503 and Retry-After; nothing of them is done."
        case Name.DRAIN:
            return f"{named} takes no new contacts, as out of hours; who waits there is still served."
        case Name.BOT_OFF:
            return "The bot answers nobody; who writes to it goes on to a person, as if it were down."
        case Name.PAUSE_OFFERS:
            return f"No contact of {named} is offered or assigned; contacts wait, and keep their places."
        case Name.MAINTENANCE:
            return "New chats and calls are told a message and do not begin; those that run go on."


decode_switch = msgspec.json.Decoder(Switch).decode
