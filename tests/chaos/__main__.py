"""`python -m tests.chaos`: the fault suite under load."""

import json
import os
import random
import shutil
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

import click
import psutil
import uvloop

from infra.paths import CHECKOUT, VAR
from infra.stack import StackError
from tests.chaos.catalogue import CATALOGUE, chosen
from tests.chaos.drive import Outcome, Terms, besiege
from tests.chaos.fault import Fault, Group
from tests.chaos.reconcile import attribute, sums
from tests.chaos.rig import Shape, rig, say
from tests.chaos.table import Result, write

RATE, CONTACTS = 1_000.0, 300
LEAST_FAULTS = 40
_WITHIN = "AICC_CHAOS_NETWORK"
_QUICK = ("routing killed -9", "persister stopped and continued", "Redis flushed")
_SHAPES = {
    Group.BROKERS: Shape(brokers=3),
    Group.DISKS_AND_CLOCKS: Shape(clocks=True, disks_mb={"postgres": 1_500, "kafka": 3_000}),
}
_EPILOG = """\b
Examples:
  python -m tests.chaos                                  all faults, then docs/resilience.md is written
  python -m tests.chaos --only gateway --rate 300        some of them, at another rate
  python -m tests.chaos --pairs 10 --seed 7              ten pairs at a time, chosen by the seed
  python -m tests.chaos --list                           what there is

\b
Exit status: 0 it ran (whether anything was lost stands in the table and the last line);
1 the platform does not come up; 2 wrong usage.
"""


@click.command(context_settings={"show_default": True, "max_content_width": 100}, epilog=_EPILOG)
@click.option("--only", multiple=True, help="Faults whose group or name contains this; may be repeated.")
@click.option("--pairs", type=click.IntRange(0), default=0, help="So many random pairs.")
@click.option("--seed", type=int, default=None, help="Same seed, same pairs and choices. [default: random]")
@click.option("--quick", is_flag=True, help="Three faults, to see that it works; the page is not written.")
@click.option("--rate", type=click.FloatRange(1), default=RATE, help="Commands a second.")
@click.option("--contacts", type=click.IntRange(1), default=CONTACTS, help="Live contacts.")
@click.option("--probe-every", type=click.FloatRange(0.05), default=0.1, help="Seconds between probes.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="The page's file.")
@click.option("--list", "listed", is_flag=True, help="Name the faults and end.")
def main(
    only: tuple[str, ...],
    pairs: int,
    seed: int | None,
    quick: bool,
    rate: float,
    contacts: int,
    probe_every: float,
    out: Path | None,
    listed: bool,
) -> None:
    """Break one thing after another while customers and agents are at work, and reconcile every contact.

    The last line is one JSON object: faults, lost, doubled, invariants_broken, worst_recovery_s, valid.
    """
    if listed:
        click.echo("\n".join(f"{fault.group}: {fault.name}" for fault in CATALOGUE))
        return
    _in_own_network()
    seed = random.SystemRandom().randrange(2**31) if seed is None else seed
    say(f"seed {seed}")
    faults = chosen(_QUICK if quick else only)
    if not faults:
        raise click.UsageError("no fault has such a name; --list names them")
    file = out or (None if quick or only or pairs else CHECKOUT / "docs" / "resilience.md")
    terms = Terms(rate, contacts, seed, probe_every)
    result = _run(plans(faults, pairs, random.Random(seed)), terms, file)
    print(json.dumps(result.figures()), flush=True)


def _in_own_network() -> None:
    """Begins anew in a network namespace of its own, where packets may be dropped."""
    if os.environ.get(_WITHIN) or os.geteuid() != 0 or shutil.which("nft") is None:
        return
    os.environ[_WITHIN] = "1"
    command = f'ip link set lo up && exec "{sys.executable}" -m tests.chaos "$@"'
    os.execvp("unshare", ["unshare", "--net", "sh", "-c", command, "sh", *sys.argv[1:]])


def plans(faults: Sequence[Fault], pairs: int, rng: random.Random) -> list[list[list[Fault]]]:
    """By group what strikes in turn: each fault alone, or so many pairs over all groups with two and more."""
    groups = [list(members) for _, members in groupby(faults, key=lambda fault: fault.group)]
    if not pairs:
        return [[[fault] for fault in group] for group in groups]
    able = [group for group in groups if len(group) > 1]
    if not able:
        raise click.UsageError("a pair needs two faults of one group")
    drawn = sorted(rng.randrange(len(able)) for _ in range(pairs))
    return [[rng.sample(able[n], 2) for n in same] for same in (list(g) for _, g in groupby(drawn))]


def _run(planned: list[list[list[Fault]]], terms: Terms, file: Path | None) -> Result:
    memory_gb = psutil.virtual_memory().total / 2**30
    machine = f"{os.cpu_count()} processors and {memory_gb:.0f} GB"
    result = Result(terms.rate, terms.contacts, terms.seed, f"{datetime.now(UTC):%Y-%m-%d}", machine)
    result.probe_every_s = terms.probe_every_s
    for number, plan in enumerate(planned):
        group = plan[0][0].group
        say(f"{group}: {len(plan)} of {sum(map(len, planned))}")
        try:
            with rig(VAR / "chaos" / f"{os.getpid()}-{number}", _SHAPES.get(group, Shape())) as platform:
                outcome = uvloop.run(besiege(platform, plan, terms))
        except (TimeoutError, StackError) as error:
            result.failures.append(f"{group}: {error}")
            say(f"  {error}")
        else:
            _add(result, outcome)
        _keep(result, file)
    if not result.rows:
        sys.exit(1)
    return result


def _keep(result: Result, file: Path | None) -> None:
    """After each group, so that a run that is cut short has shown what it has. What broke is said once."""
    result.why_invalid = [*result.failures, *_judged(result)]
    if file and result.rows:
        write(result, file)
        say(f"written: {file}")


def _add(result: Result, outcome: Outcome) -> None:
    attribute(outcome.rows, outcome.report)
    lost, doubled, broken = sums(outcome.report)
    say(f"  reconciled: {lost} lost, {doubled} doubled, {broken} broken\n{outcome.report}")
    first = not result.rows
    result.rows += outcome.rows
    result.lost += lost
    result.doubled += doubled
    result.broken += broken
    result.limit_s = max(result.limit_s, outcome.limit_s)
    result.carried_per_s = (
        outcome.carried_per_s if first else min(result.carried_per_s, outcome.carried_per_s)
    )
    result.failures += [f"{row.name}: {row.failed}" for row in outcome.rows if row.failed]


def _judged(result: Result) -> list[str]:
    """What makes it not valid: too few faults, too little in flight."""
    why = []
    if len(result.rows) < LEAST_FAULTS:
        why.append(f"{len(result.rows)} faults are fewer than {LEAST_FAULTS}")
    if result.carried_per_s < 0.9 * RATE:
        why.append(f"{result.carried_per_s:.0f} of {RATE:.0f} commands a second flowed")
    if any(row.in_flight < CONTACTS for row in result.rows):
        why.append(f"fewer than {CONTACTS} contacts were in flight")
    return why


if __name__ == "__main__":
    main()
