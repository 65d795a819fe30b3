"""Card numbers and the like are made unreadable before anybody can read them. Pure.

What is masked is as narrow as the numbers' own checks allow: one of ten runs of 13 to 19 digits passes
Luhn's by chance and is masked as well.
"""

import re
from bisect import bisect_left
from functools import lru_cache
from itertools import accumulate
from typing import TypeVar

import msgspec

from gateway.numbers import Luhn, iban_length, is_iban, is_korean_resident

S = TypeVar("S", bound=msgspec.Struct)
_MASK = "*"
_KEPT = 4
_FEWEST = 13
"""Digits of a card or a person."""

_DASHES = "\u2010-\u2015\u2212\uff0d-"
_GAP = rf"[ \u00a0\u3000{_DASHES}]"
_DIGIT = re.compile(r"\d")
_CHAIN = re.compile(rf"\d(?:{_GAP}?\d){{12,}}")
_GROUP = re.compile(r"\d+")
_RESIDENT = re.compile(rf"(?<!\d)(\d{{6}})(\s?[{_DASHES}]?\s?)(\d)(\d{{6}})(?!\d)")
_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}\d{2}")
_CODE = re.compile(
    r"(?i)((?<![a-z])(?:(?:cvc|cvv|cvn|cid|csc)2?|security code)(?![a-z])|보안\s?(?:코드|번호))"
    r"([\s:=#-]{0,4}(?:(?:is|was|code|number|no\.?|번호|코드)[\s:=#-]{0,3}|[은는이가]\s?){0,2})(\d{3,4})(?!\d)"
)
_CODE_WORDS = ("cv", "csc", "cid", "security code", "보안")
_TEXTS = frozenset({"text", "message", "note", "comment", "customer_name", "input", "disposition", "reason"})


def masked(text: str) -> str:
    """`text` itself, or with asterisks for cards and bank accounts but for their last four digits, for the
    codes on cards, and for Korean residents' numbers but for the date of birth and sex."""
    if not _DIGIT.search(text):
        return text
    small = text.lower()
    if any(word in small for word in _CODE_WORDS):
        text = _CODE.sub(lambda found: found[1] + found[2] + _MASK * len(found[3]), text)
    text = _without_accounts(text)
    if len(_DIGIT.findall(text)) < _FEWEST:
        return text
    text = _RESIDENT.sub(_without_person, text)
    # What is left of one card may, with what follows, look like another.
    while (clean := _CHAIN.sub(_without_cards, text)) != text:
        text = clean
    return text


def masked_record(record: S) -> S:
    """With every free text in it masked: one place for all commands, so that none is forgotten."""
    changed: dict[str, str] = {}
    for field in _texts_of(type(record)):
        text = getattr(record, field)
        if text and (clean := masked(text)) is not text:
            changed[field] = clean
    return msgspec.structs.replace(record, **changed) if changed else record


@lru_cache(256)
def _texts_of(kind: type[msgspec.Struct]) -> tuple[str, ...]:
    return tuple(field.name for field in msgspec.structs.fields(kind) if field.name in _TEXTS)


def _without_accounts(text: str) -> str:
    pieces, done = [], 0
    for found in _IBAN.finditer(text):
        begin, end = found.start(), _account_end(text, found.start())
        if end and begin >= done:
            pieces += [text[done:begin], _hidden(text[begin:end], 2)]
            done = end
    return "".join([*pieces, text[done:]]) if pieces else text


def _account_end(text: str, begin: int) -> int:
    """Where the account that begins here ends, as its country has it; 0 where none begins."""
    length = iban_length(text[begin : begin + 2])
    if not length:
        return 0
    # Twice as long as it is with a gap after each letter.
    found = re.match(rf"(?:[ -]?[A-Za-z0-9]){{{length}}}(?![A-Za-z0-9])", text[begin : begin + 2 * length])
    return begin + found.end() if found and is_iban(re.sub(r"[ -]", "", found[0])) else 0


def _without_person(found: re.Match[str]) -> str:
    birth, gap, sex, rest = found.groups()
    return birth + gap + sex + _MASK * len(rest) if is_korean_resident(birth + sex + rest) else found[0]


def _without_cards(found: re.Match[str]) -> str:
    """Digits belong together as far as no more than a space or a dash is between them; a card begins and ends
    where a group of them does."""
    chain = found[0]
    groups = [group.span() for group in _GROUP.finditer(chain)]
    starts = list(accumulate((end - begin for begin, end in groups), initial=0))
    luhn = Luhn("".join(chain[begin:end] for begin, end in groups))
    pieces, done, first = [], 0, 0
    while first < len(groups):
        after = _card_from(luhn, starts, first)
        if after is not None:
            begin, end = groups[first][0], groups[after - 1][1]
            pieces += [chain[done:begin], _hidden(chain[begin:end])]
            done = end
        first = after or first + 1
    return "".join([*pieces, chain[done:]])


def _card_from(luhn: Luhn, starts: list[int], first: int) -> int | None:
    """The group after the longest card that begins with this one."""
    longest = None
    for after in range(bisect_left(starts, starts[first] + _FEWEST, first), len(starts)):
        if starts[after] - starts[first] > 19:
            break
        if luhn.is_card(starts[first], starts[after]):
            longest = after
    return longest


def _hidden(text: str, head: int = 0) -> str:
    """Asterisks for letters and digits but the first `head` and the last four."""
    left = sum(char.isalnum() for char in text) - _KEPT
    out = []
    for number, char in enumerate(text):
        hide = char.isalnum() and left > 0
        left -= char.isalnum()
        out.append(_MASK if hide and number >= head else char)
    return "".join(out)
