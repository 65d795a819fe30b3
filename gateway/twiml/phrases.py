"""What a caller hears that no flow says, by language. Pure."""

from math import ceil
from typing import NamedTuple


class Phrases(NamedTuple):
    """One language's."""

    place: str
    wait: str
    closed: str
    refused: str
    unreached: str
    busy: str


_ALL = {
    "en-US": Phrases(
        place="You are number {position} in line.",
        wait="The wait is about {minutes} minutes.",
        closed="We are closed now. Please call again later.",
        refused="All our agents are busy. Please call again later.",
        unreached="We could not connect you. Please call again.",
        busy="Please wait a moment.",
    ),
    "ko-KR": Phrases(
        place="대기 순서는 {position}번째입니다.",
        wait="예상 대기 시간은 약 {minutes}분입니다.",
        closed="지금은 상담 시간이 아닙니다. 나중에 다시 전화해 주세요.",
        refused="모든 상담원이 통화 중입니다. 나중에 다시 전화해 주세요.",
        unreached="연결하지 못했습니다. 다시 전화해 주세요.",
        busy="잠시만 기다려 주세요.",
    ),
}
LANGUAGES = tuple(_ALL)


def phrases(language: str) -> Phrases:
    """In that language; in English where there are none."""
    return _ALL.get(language, _ALL["en-US"])


def of_place(language: str, position: int | None, wait_s: float | None) -> str:
    """Place and wait, as far as they are known."""
    said = phrases(language)
    parts = [said.place.format(position=position)] if position else []
    if wait_s is not None:
        parts.append(said.wait.format(minutes=max(ceil(wait_s / 60), 1)))
    return " ".join(parts)
