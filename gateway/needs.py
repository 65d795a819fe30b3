"""What a body asks of an agent, made into a request: pure."""

from collections.abc import Iterable

from gateway.answers import bad_field
from schemas.api import Needs, Skill
from schemas.config import PoolConfig
from schemas.needs import Request, Requirement, SkillStep
from schemas.states import Channel

MAX_LEVEL = 5
_MOST_DIGITS = 15


class BadSkill(ValueError):
    """A required skill is none."""


def request_of(
    body: Needs, queue: str, channel: Channel = Channel.CHAT, *, synthetic: bool = False
) -> Request:
    """The needs, `queue` resolved. Raises Refused (422) for skills that are none, steps that never come."""
    for_s = [body.skills_for_s, *(step.for_s for step in body.steps)]
    if 0.0 in for_s[:-1]:
        at = for_s.index(0.0)
        where = f"steps[{at - 1}].for_s" if at else "skills_for_s"
        raise bad_field("the next step never comes: steps follow on skills, after skills_for_s", where)
    return Request(
        queue=queue,
        channel=channel,
        priority=body.priority,
        skills=_requirements(body.skills, "skills"),
        skills_for_s=body.skills_for_s,
        relaxed=tuple(
            SkillStep(_requirements(step.skills, f"steps[{number}].skills"), step.for_s)
            for number, step in enumerate(body.steps)
        ),
        preferred_agent=body.preferred_agent,
        preferred_s=body.preferred_s if body.preferred_agent else 0.0,
        synthetic=synthetic,
    )


def check_skills(asks: Request, pool: PoolConfig | None) -> None:
    """Raises Refused (422) for a skill that the pool does not know: it would end the contact."""
    known = pool.skills if pool else ()
    steps = ((step.skills, f"steps[{number}].skills") for number, step in enumerate(asks.relaxed))
    every = [(asks.skills, "skills"), *steps]
    for skills, path in every:
        for one in skills:
            if one.skill not in known:
                raise bad_field(f"There is no skill {one.skill!r} in this pool", path)


def requirement(skill: Skill) -> Requirement:
    """A skill as a name, `name:level` or a pair, level 1 to 5. Raises BadSkill."""
    name, level = skill if isinstance(skill, tuple) else _split(skill)
    if not name or len(name) > 128 or not 1 <= level <= MAX_LEVEL:
        raise BadSkill(f"{name!r} at level {level} is no skill: a name and a level of 1 to {MAX_LEVEL}")
    return Requirement(name, level)


def _requirements(skills: Iterable[Skill], path: str) -> tuple[Requirement, ...]:
    try:
        return tuple(requirement(skill) for skill in skills)
    except BadSkill as error:
        raise bad_field(str(error), path) from error


def _split(text: str) -> tuple[str, int]:
    name, colon, level = text.rpartition(":")
    if not colon:
        return text, 1
    # Python makes no number of thousands of digits.
    if not level.isdecimal() or len(level) > _MOST_DIGITS:
        raise BadSkill(f"{level[:_MOST_DIGITS]!r} is no level of a skill")
    return name, int(level)
