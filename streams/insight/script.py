"""How everybody would act in a simulation: as recorded, and where the record ends early, drawn from it."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from streams.insight.recording import Answer, Recording, Reply, Service, Way

_SPARES = 5
Draw = Callable[[], float]
"""A random number from 0 up to 1."""


class Part(NamedTuple):
    """One contact's part. It leaves after `patience_ms` if nobody has accepted it by then (None: never). Its
    offers are answered by `answers`, further ones by `spares`, over and over. It talks as `services` say, and
    then again as the last one."""

    patience_ms: int | None
    answers: Sequence[Answer]
    spares: Sequence[Answer]
    services: Sequence[Service]


class Patience:
    """How long customers wait, by Kaplan and Meier (1958): who was answered would have waited longer, but
    nobody knows how much. Brown et al. (2005) estimate patience in call centers so."""

    def __init__(self, ways: Iterable[Way], end_ms: int) -> None:
        stays = sorted((_stayed_ms(way, end_ms), way.left_ms is None) for way in ways)
        self._times: list[int] = []
        self._stay: list[float] = [1.0]
        for number, (stayed_ms, answered) in enumerate(stays):
            if not answered:
                self._times.append(stayed_ms)
                self._stay.append(self._stay[-1] * (1.0 - 1.0 / (len(stays) - number)))

    def draw(self, at_least_ms: int, chance: float) -> int | None:
        """The patience of somebody who waits for so long already; None: longer than anybody who left."""
        first = bisect_right(self._times, at_least_ms)
        wanted = chance * self._stay[first]
        for number in range(first, len(self._times)):
            if self._stay[number + 1] <= wanted:
                return self._times[number]
        return None


class Services:
    """The talks of the record, shortest first."""

    def __init__(self, ways: Iterable[Way]) -> None:
        found = (service for way in ways for service in way.services if not service.cut)
        self._services = sorted(found, key=lambda service: service.talk_ms)
        self._talks = [service.talk_ms for service in self._services]

    def __bool__(self) -> bool:
        return bool(self._services)

    def draw(self, at_least_ms: int, chance: float) -> Service:
        """One of those that last longer; where there is none, as long as that."""
        first = bisect_right(self._talks, at_least_ms) if at_least_ms else 0
        if first == len(self._services):
            return Service(at_least_ms, True, None)
        return self._services[first + int(chance * (len(self._services) - first))]


class Answers:
    """What agents said to offers, the quickest first."""

    def __init__(self, ways: Iterable[Way]) -> None:
        said = [answer for way in ways for answer in way.answers if answer.reply is not Reply.CUT]
        self._answers = sorted(said, key=lambda answer: answer.after_ms) or [Answer(Reply.ACCEPT, 0)]
        self._times = [answer.after_ms for answer in self._answers]

    def draw(self, chance: float, later_than_ms: int = -1) -> Answer:
        """One of those that took longer; where none did, no answer."""
        first = bisect_right(self._times, later_than_ms)
        if first == len(self._answers):
            return Answer(Reply.MISS, later_than_ms)
        return self._answers[first + int(chance * (len(self._answers) - first))]


class NothingServed(ValueError):
    """The record has no talk from beginning to end: there is nothing to draw from."""


def cast(recording: Recording, draw: Draw) -> dict[str, Part]:
    """Everybody's part, drawn in the order of arrival; any two simulations of a recording are to meet the
    same people. Raises NothingServed."""
    ways = list(recording.ways.values())
    end_ms = recording.end_ms
    everybody = Patience(ways, end_ms), Services(ways)
    if not everybody[1]:
        raise NothingServed("nobody was served from beginning to end in this log")
    answers = Answers(ways)
    by_queue = _by_queue(ways, end_ms, everybody)
    parts = {}
    for contact_id, way in recording.ways.items():
        patience, services = by_queue[way.request.queue]
        parts[contact_id] = Part(
            way.left_ms if way.left_ms is not None else patience.draw(_stayed_ms(way, end_ms), draw()),
            tuple(_uncut(answer, answers, draw) for answer in way.answers),
            tuple(answers.draw(draw()) for _ in range(_SPARES)),
            tuple(_talks(way, end_ms, services, draw)),
        )
    return parts


def _talks(way: Way, end_ms: int, services: Services, draw: Draw) -> Iterator[Service]:
    """As recorded; those that were cut, or go on when the record ends, last longer; at least one."""
    for service in way.services:
        yield services.draw(service.talk_ms, draw()) if service.cut else service
    if way.hung_up_ms is not None and way.talking_ms is not None:
        yield Service(way.talked_ms, True, None)
    elif way.talking_ms is not None:
        yield services.draw(end_ms - way.talking_ms, draw())
    elif not way.services or way.services[-1].cut:
        yield services.draw(0, draw())


def _uncut(answer: Answer, answers: Answers, draw: Draw) -> Answer:
    return answers.draw(draw(), answer.after_ms) if answer.reply is Reply.CUT else answer


def _by_queue(
    ways: Sequence[Way], end_ms: int, everybody: tuple[Patience, Services]
) -> dict[str, tuple[Patience, Services]]:
    """What each queue's own customers show; where nobody left, or nobody was served, what all show."""
    found = {}
    for queue in sorted({way.request.queue for way in ways}):
        own = [way for way in ways if way.request.queue == queue]
        left = any(way.left_ms is not None for way in own)
        found[queue] = Patience(own, end_ms) if left else everybody[0], Services(own) or everybody[1]
    return found


def _stayed_ms(way: Way, end_ms: int) -> int:
    """For how long it waited at the least."""
    return end_ms - way.came_ms if way.stayed_ms is None else way.stayed_ms
