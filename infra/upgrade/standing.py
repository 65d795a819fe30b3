"""Which workers of a processor run, what they carry, and by which rules each partition decides. Pure."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec

from schemas.positions import Position


class Worker(NamedTuple):
    """A member of the group. `release` is empty and `known` too where it has not said anything lately."""

    instance: str
    release: str
    known: tuple[int, ...]


class Standing(msgspec.Struct, frozen=True):
    """A processor as it runs: `rules` by partition, for those that an owner has spoken for lately."""

    app: str
    source: str
    partitions: int
    workers: Sequence[Worker]
    rules: Mapping[int, int]

    @property
    def newest(self) -> int:
        """The highest version that every worker knows; 0 where one has said nothing, or nobody is there."""
        known = [frozenset(one.known) for one in self.workers]
        return max(frozenset.intersection(*known), default=0) if known else 0

    def silent(self) -> list[int]:
        """The partitions that no owner has spoken for."""
        return [number for number in range(self.partitions) if number not in self.rules]


def standing(
    app: str, source: str, partitions: int, members: Collection[str], said: Iterable[Position]
) -> Standing:
    """`members` are the instances that Kafka counts in the group, `said` the recent positions in order. A
    worker that has ended is none, whatever it said; of one that came back the last word counts."""
    carried: dict[str, Worker] = {name: Worker(name, "", ()) for name in sorted(members)}
    rules: dict[int, int] = {}
    for one in said:
        if one.group != app or one.topic != source:
            continue
        if one.instance in carried and one.known:
            carried[one.instance] = Worker(one.instance, one.release, one.known)
        if one.partition >= 0 and one.rules:
            rules[one.partition] = one.rules
    return Standing(app, source, partitions, list(carried.values()), rules)


def refusal(now: Standing, version: int) -> str:
    """Why the version must not be applied yet, with what to do; empty where it may."""
    if not now.workers:
        return f"nobody is a member of {now.app}: start its workers first."
    for one in now.workers:
        if not one.known:
            return (
                f"{now.app}: the worker {one.instance} is a member but has not said what it knows: it hangs, "
                "or runs a release before 1.0. Replace or end it; who ended counts until its session is over."
            )
        if version not in one.known:
            known = ", ".join(map(str, one.known))
            return (
                f"{now.app}: the worker {one.instance} runs {one.release}, which knows {known} and would end "
                f"at version {version}. Replace it by the new release first (docs/upgrading.md)."
            )
    if now.silent():
        gone = ", ".join(map(str, now.silent()))
        return f"{now.app}: nobody decides partition {gone} of {now.source} now. Wait, or see `aicc-doctor`."
    return ""
