"""A sweep as markdown: value, effect, interval, recommendation, and how it came about. Pure."""

from collections.abc import Sequence
from itertools import groupby

from loadgen.comparison import LEAST_RUNS, Verdict, bootstrap_median
from loadgen.comparison.intervals import Interval
from loadgen.sweep.effects import Advice, Effect, Valued
from loadgen.sweep.kept import Kept
from loadgen.sweep.order import order
from loadgen.sweep.plan import Metric, Plan, Setting, Variant


def markdown(plan: Plan, kept: Kept, found: Sequence[Valued]) -> str:
    """The whole of it, headings from the second level on."""
    parts = [f"## {kept.plan}", plan.description, _facts(kept), *_warnings(plan, kept), _baseline(plan, kept)]
    for setting, values in groupby(found, key=lambda one: one.setting):
        parts.append(_setting(setting, list(values)))
    if plan.left_out:
        rows = [f"- `{name}`: {why}" for name, why in plan.left_out.items()]
        parts.append("### Not varied\n\n" + "\n".join(rows))
    return "\n\n".join(part for part in parts if part) + "\n"


def recommendation(values: Sequence[Valued]) -> str:
    """For a setting: which of its values to take."""
    baseline = values[0].setting.values[0]
    taken = [one for one in values if one.advice is Advice.TAKE]
    if taken:
        best = max(taken, key=_gain)
        return f"take `{best.value}` instead of `{baseline}`"
    if any(one.advice is Advice.TRADE for one in values):
        return f"keep `{baseline}`, unless what gets better counts more than what gets worse"
    if any(one.advice is Advice.UNSURE for one in values):
        return f"keep `{baseline}`; more runs may show otherwise"
    if all(one.advice is Advice.TOO_FEW for one in values):
        return f"none: fewer than {LEAST_RUNS} runs of a value decide nothing"
    return f"keep `{baseline}`"


def told(effect: Effect) -> str:
    """An effect for people: `−12 % (−15 to −9)`; for a baseline of zero both medians."""
    if effect.after is None or effect.before is None:
        return "not measured"
    if effect.ratio is None:
        return f"{figure(effect.before.value, effect.metric)} → {figure(effect.after.value, effect.metric)}"
    value, low, high = (100 * (one - 1) for one in effect.ratio)
    return f"{_signed(value)} % ({_signed(low)} to {_signed(high)})"


def verdict(effect: Effect) -> str:
    """For people."""
    change = effect.change
    if not effect.metric.judged:
        return "shown only"
    if change.verdict in (Verdict.BETTER, Verdict.WORSE) and not effect.sure:
        return f"{change.verdict}, but perhaps by chance"
    return str(change.verdict)


def figure(value: float, metric: Metric) -> str:
    """A figure with its unit, three digits that count."""
    text = f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
    return f"{text} {metric.unit}".strip()


def _setting(setting: Setting, values: Sequence[Valued]) -> str:
    rows = [
        "| value | metric | median | effect, 95 % interval | p | verdict | runs |",
        "|---|---|---|---|---|---|---|",
    ]
    for one in values:
        for index, effect in enumerate(one.effects):
            p = "" if effect.change.p is None else f"{effect.change.p:.2g}"
            cells = (_ranged(effect.after, effect.metric), told(effect), p, verdict(effect), str(effect.runs))
            name = f"`{one.value}`" if index == 0 else ""
            rows.append(f"| {name} | {effect.metric.name} | {' | '.join(cells)} |")
    advice = "; ".join(f"`{one.value}`: {one.advice}" for one in values)
    lines = [
        f"### {setting.name}",
        f"`{setting.key}`, baseline `{setting.values[0]}`. {setting.note}".strip(),
    ]
    return "\n\n".join([*lines, "\n".join(rows), f"**Recommendation: {recommendation(values)}.** {advice}."])


def _facts(kept: Kept) -> str:
    machine, commit = kept.machine, kept.git.commit[:12] or "unknown"
    counted = sum(one.counts for one in kept.records)
    last = max((one.began_at for one in kept.records), default=kept.began_at)
    rows = {
        "Date": f"{_minute(kept.began_at)} to {_minute(last)} UTC",
        "Commit": commit + (", with changes" if kept.git.dirty else ""),
        "Machine": f"{machine.cpus} × {machine.cpu_model}, {machine.memory_mb / 1024:.0f} GB, "
        f"Linux {machine.kernel}, Python {machine.python}, load {machine.load[0]:.1f} before it began",
        "Load": kept.load,
        "Runs": f"{counted} that count, {len(kept.records) - counted} left out; rounds: {kept.rounds}, "
        f"each value once in each, in an order shuffled by seed {kept.seed}",
    }
    return "\n".join(["| | |", "|---|---|", *(f"| {name} | {value} |" for name, value in rows.items())])


def _minute(at: str) -> str:
    return at[:16].replace("T", " ")


def _warnings(plan: Plan, kept: Kept) -> list[str]:
    found = []
    if kept.rounds < LEAST_RUNS:
        found.append(
            f"**This is no result**: runs of a value: {kept.rounds}; {LEAST_RUNS} are the least that decide."
        )
    missing = [job for job in order(plan, kept.rounds, kept.seed) if not kept.done(job)]
    if missing:
        found.append(f"**Not whole**: {len(missing)} of {kept.rounds * _variants(plan)} runs are missing.")
    return found


def _variants(plan: Plan) -> int:
    return len(order(plan, 1, 0))


def _baseline(plan: Plan, kept: Kept) -> str:
    known = [(metric, kept.counted(Variant().key, metric.name)) for metric in plan.metrics]
    told = [f"{metric.name} {_ranged(bootstrap_median(runs, 1), metric)}" for metric, runs in known if runs]
    return f"The baseline: {', '.join(told)}." if told else ""


def _ranged(interval: Interval | None, metric: Metric) -> str:
    if interval is None:
        return "–"
    low, high = (figure(one, metric) for one in interval[1:])
    return f"{figure(interval.value, metric)} ({low} to {high})"


def _signed(percent: float) -> str:
    return f"{percent:+.0f}".replace("-", "−")


def _gain(one: Valued) -> float:
    """By how much the first metric that got better did so."""
    for effect in one.effects:
        if effect.sure and effect.change.verdict is Verdict.BETTER:
            ratio = effect.change.ratio
            if ratio is None or ratio <= 0:
                return float("inf")
            return ratio if effect.metric.higher_is_better else 1 / ratio
    return 0.0
