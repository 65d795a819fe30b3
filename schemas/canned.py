"""Answers that are written once and said often: agents pick them by title or shortcut."""

from collections.abc import Iterable
from typing import Annotated

import msgspec

from schemas.limits import MAX_TEXT, NO_NUL

_Title = Annotated[str, msgspec.Meta(min_length=1, max_length=128, pattern=NO_NUL)]
_Shortcut = Annotated[str, msgspec.Meta(max_length=40, pattern=r"\A[^\s/\x00]*\Z")]
_Language = Annotated[str, msgspec.Meta(pattern=r"\A[a-z]{2,3}(-[A-Za-z0-9]{2,8})*\Z")]
_Said = Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_TEXT, pattern=NO_NUL)]
Disposition = Annotated[str, msgspec.Meta(min_length=1, max_length=128, pattern=NO_NUL)]


class CannedAnswer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """`text` by language (ko, en …); {customer_name} and {agent_name} in it are filled in when it is picked.
    `shortcut` is what an agent types after a slash."""

    title: _Title
    text: dict[_Language, _Said]
    shortcut: _Shortcut = ""


def errors_of_answers(answers: Iterable[CannedAnswer], path: str) -> list[str]:
    """What is wrong with them, each with its path: they are found by title and shortcut."""
    answers = tuple(answers)
    titles = [one.title for one in answers]
    shortcuts = [one.shortcut for one in answers if one.shortcut]
    return [
        *(f"{path}: {one!r} stands {titles.count(one)} times" for one in _twice(titles)),
        *(f"{path}: the shortcut {one!r} stands {shortcuts.count(one)} times" for one in _twice(shortcuts)),
        *(f"{path}[{one.title}].text: has no language" for one in answers if not one.text),
    ]


def _twice(names: list[str]) -> list[str]:
    return sorted({one for one in names if names.count(one) > 1})
