"""Which run comes when. Pure."""

from random import Random
from typing import NamedTuple

from loadgen.sweep.plan import Kind, Plan, Variant


class Job(NamedTuple):
    """One run of a variant; `round` from 1."""

    round: int
    variant: Variant


def variants(plan: Plan) -> tuple[Variant, ...]:
    """The baseline, and each setting at each of its other values while all others are the baseline's."""
    others = [Variant(setting, value) for setting in plan.settings for value in setting.values[1:]]
    return (Variant(), *others)


def order(plan: Plan, rounds: int, seed: int) -> list[Job]:
    """Each round has every variant once, shuffled: the machine's hour is in all of them alike. A round's
    order depends on its number and the seed alone, so more rounds can follow later."""
    jobs = []
    for number in range(1, rounds + 1):
        chosen = list(variants(plan))
        Random(f"{seed}:{number}").shuffle(chosen)
        jobs += [Job(number, variant) for variant in chosen]
    return jobs


def environment(plan: Plan, variant: Variant) -> dict[str, str]:
    """The variables of the target for a run: all settings at the baseline's values but the variant's."""
    found = dict(plan.target.environment)
    for setting in plan.settings:
        if setting.kind is Kind.VARIABLE:
            found[setting.key] = _value(setting.key, setting.values[0], variant)
    return found


def overrides(plan: Plan, variant: Variant) -> tuple[str, ...]:
    """What is changed of the profile, as `key=value`."""
    found = list(plan.overrides)
    for setting in plan.settings:
        if setting.kind is Kind.OVERRIDE:
            found.append(f"{setting.key}={_value(setting.key, setting.values[0], variant)}")
    return tuple(found)


def instances(plan: Plan, variant: Variant) -> int:
    """How many of the target are started."""
    for setting in plan.settings:
        if setting.kind is Kind.INSTANCES:
            return int(_value(setting.key, setting.values[0], variant))
    return plan.target.instances


def _value(key: str, usual: str, variant: Variant) -> str:
    return variant.value if variant.setting and variant.setting.key == key else usual
