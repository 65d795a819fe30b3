"""What a run says in the end: first whether it may be believed, then whether it kept its thresholds. Pure."""

from collections.abc import Iterable, Sequence
from enum import IntEnum

import msgspec

from loadgen.profiles.thresholds import Judged
from loadgen.results.state import State, Status
from loadgen.results.targets import Target
from loadgen.results.targets import sentence as on_targets
from loadgen.trust import gates as trust


class Exit(IntEnum):
    """Exit statuses of `aicc-loadgen run`; 99 and 105 are k6's."""

    OK = 0
    FAILED = 1
    """The run could not be brought to its end."""
    USAGE = 2
    INVALID = 98
    """The generator did not offer what it says: no figure counts, whatever the thresholds say."""
    BREACHED = 99
    INTERRUPTED = 105


class Gate(msgspec.Struct, frozen=True, kw_only=True):
    """One condition of validity: its figure and the limit."""

    name: str
    value: float
    limit: float
    ok: bool

    @property
    def text(self) -> str:
        """For people."""
        return f"{self.name} {self.value:.4g} (limit {self.limit:g})"


def gates_of(verdicts: Iterable[trust.Verdict]) -> list[Gate]:
    """As they are written down."""
    return [Gate(name=one.name, value=one.value, limit=one.limit, ok=one.ok) for one in verdicts]


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A threshold; `figure` is null where there were no samples."""

    metric: str
    expression: str
    figure: float | None
    ok: bool


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """verdict.json. `valid` first: where it is false the thresholds decide nothing."""

    valid: bool
    sentence: str
    exit_code: int
    status: Status
    reason: str = ""
    gates: list[Gate] = []
    thresholds: list[Kept] = []
    breaches: list[str] = []
    """What simulated agents saw that must never be."""

    targets: list[Target] = []
    """Those of every run; empty where nobody wanted to see them."""

    @property
    def passed(self) -> bool:
        """By its thresholds, or by the targets where the profile has none. The exit status asks less: it
        knows of targets only where they are required."""
        missed = any(one.met is False for one in self.targets)
        return self.exit_code == Exit.OK and (bool(self.thresholds) or not missed)

    @property
    def kept(self) -> bool:
        """Every threshold holds."""
        return all(one.ok for one in self.thresholds)


def verdict(
    state: State,
    gates: Iterable[Gate],
    judged: Iterable[Judged],
    breaches: Iterable[str] = (),
    targets: Sequence[Target] = (),
    *,
    required: bool = False,
) -> Verdict:
    """The verdict on a run that ended so. Missed targets break it only where they are `required`."""
    every, broken_rules = list(gates), list(breaches)
    thresholds = [
        Kept(metric=one.metric, expression=str(one.expression), figure=one.figure, ok=one.ok)
        for one in judged
    ]
    valid = all(gate.ok for gate in every)
    missed = [one for one in targets if one.met is False] if required else []
    code, sentence = _decide(state, valid, every, thresholds, broken_rules, missed)
    if targets and valid:
        sentence = f"{sentence} {on_targets(targets)}"
    return Verdict(
        valid=valid,
        sentence=sentence,
        exit_code=code,
        status=state.status,
        reason=state.reason,
        gates=every,
        thresholds=thresholds,
        breaches=broken_rules,
        targets=list(targets),
    )


def _decide(
    state: State,
    valid: bool,
    gates: list[Gate],
    thresholds: list[Kept],
    breaches: list[str],
    missed: list[Target],
) -> tuple[Exit, str]:
    part = f" It is {state.status}: {state.reason}." if state.reason else ""
    if not valid:
        why = "; ".join(gate.text for gate in gates if not gate.ok)
        return Exit.INVALID, f"INVALID: {why}. None of its figures counts.{part}"
    if broken := [one for one in thresholds if not one.ok]:
        named = "; ".join(f"{one.metric} {one.expression} ({_figure(one)})" for one in broken)
        return Exit.BREACHED, f"Thresholds broken: {named}.{part}"
    if missed:
        return Exit.BREACHED, f"Required targets missed: {len(missed)}.{part}"
    if breaches:
        return Exit.FAILED, f"Agents saw what must never be: {'; '.join(breaches[:3])}.{part}"
    if state.status is Status.INTERRUPTED:
        return Exit.INTERRUPTED, f"Interrupted: {state.reason}. What there is, is valid."
    if state.status is not Status.COMPLETE:
        return Exit.FAILED, f"The run could not be brought to its end: {state.reason}."
    kept = f" All {len(thresholds)} thresholds hold." if thresholds else " It has no thresholds."
    return Exit.OK, f"Valid.{kept}"


def _figure(kept: Kept) -> str:
    return "no samples" if kept.figure is None else f"{kept.figure:g}"
