"""What a contact asks of an agent."""

import msgspec

from schemas.limits import Level, Priority, Seconds
from schemas.states import Channel


class Requirement(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A skill and the least proficiency (1 to 5) in it."""

    skill: str
    level: Level = 1


class SkillStep(msgspec.Struct, frozen=True, gc=False):
    """After the step before it has waited in vain: these skills, for `for_s` seconds; 0 is for good."""

    skills: tuple[Requirement, ...]
    for_s: Seconds = 0.0


class Request(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What is asked for: an agent who has `skills`; where nobody came within `skills_for_s` (0: no end), who
    satisfies the first of `relaxed`, and so on, and after the last one's time anyone of the queue.
    `preferred_agent` has the contact to itself for `preferred_s`."""

    queue: str
    channel: Channel = Channel.CHAT
    priority: Priority = 5
    skills: tuple[Requirement, ...] = ()
    skills_for_s: Seconds = 0.0
    relaxed: tuple[SkillStep, ...] = ()
    preferred_agent: str = ""
    preferred_s: Seconds = 0.0
    synthetic: bool = False
