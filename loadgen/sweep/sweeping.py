"""A sweep under way: job after job, each on a target of its own, everything kept as it comes."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from loadgen.results.reading import Unreadable, read_run
from loadgen.results.runs import listed
from loadgen.results.verdict import Exit
from loadgen.sweep.figures import Figures, of_run, of_search
from loadgen.sweep.kept import RUNS, Kept, Record, write
from loadgen.sweep.order import Job, environment, instances, order, overrides
from loadgen.sweep.plan import Measure, Plan
from loadgen.sweep.prometheus import Seen, scrape
from loadgen.sweep.target import NotReady, numbered, started

TRIES = 3
"""A run that does not count is made again so often, and then left out."""
_IN_VAIN = 4
"""So many runs in a row without a figure end the sweep: nothing would come of the others either."""
_STOP_S = 30.0
_LOADGEN = str(Path(sys.executable).with_name("aicc-loadgen"))


class Stopped(Exception):
    """The sweep can't go on."""


@dataclass(frozen=True)
class Options:
    """How it is carried out. With `accept_invalid` runs count in which the generator fell behind."""

    accept_invalid: bool = False
    allow_remote: bool = False


@dataclass(frozen=True)
class _Offered:
    run: str
    counts: bool
    why: str
    figures: Figures


class Sweeping:
    """`kept` grows run by run, and `told` hears of each: the record, how many are left and for how long."""

    def __init__(
        self,
        plan: Plan,
        kept: Kept,
        directory: Path,
        options: Options,
        told: Callable[[Record, int, float], None],
    ) -> None:
        self._plan, self._kept, self._directory = plan, kept, directory
        self._options, self._told = options, told
        self._took: list[float] = []
        self._in_vain = 0

    def left(self) -> list[Job]:
        """What is still to be done, in its order."""
        jobs = order(self._plan, self._kept.rounds, self._kept.seed)
        return [job for job in jobs if not self._kept.done(job) and self._kept.tries(job) < TRIES]

    def run(self) -> None:
        """To the end. Raises Stopped, OSError, and KeyboardInterrupt with all that was done kept."""
        while left := self.left():
            # What did not count comes again at once, so that it stays near the runs of its round.
            record = self._one(left[0])
            self._kept.records.append(record)
            write(self._directory, self._kept)
            self._took.append(record.seconds)
            remaining = len(self.left())
            self._told(record, remaining, remaining * sum(self._took) / len(self._took))
            self._in_vain = 0 if record.counts else self._in_vain + 1
            if self._in_vain >= _IN_VAIN:
                raise Stopped(f"{_IN_VAIN} runs in a row gave no figure; the last one: {record.why}")

    def _one(self, job: Job) -> Record:
        began, at = time.monotonic(), datetime.now(UTC).isoformat(timespec="seconds")
        log = self._directory / "log" / f"{job.round}-{_plain(job.variant.key)}.log"
        settings, count = environment(self._plan, job.variant), instances(self._plan, job.variant)
        try:
            with started(self._plan.target, settings, count, log):
                offered = self._offer(job, count, log)
        except NotReady as error:
            offered = _Offered("", False, str(error), {})
        return Record(
            round=job.round,
            variant=job.variant.key,
            run=offered.run,
            began_at=at,
            seconds=round(time.monotonic() - began, 1),
            counts=offered.counts,
            why=offered.why,
            figures=offered.figures,
        )

    def _offer(self, job: Job, count: int, log: Path) -> _Offered:
        before = self._scrape(count)
        status, said = self._call(self._command(job, count), log)
        after = self._scrape(count)
        if status == Exit.USAGE:
            raise Stopped(f"aicc-loadgen refuses the run; {log} says why")
        if self._plan.measure is Measure.CAPACITY:
            figures, counts, why = of_search(said, self._plan.metrics)
            return _Offered("", counts or self._options.accept_invalid, why, figures)
        return self._read(status, before, after)

    def _read(self, status: int, before: Seen | None, after: Seen | None) -> _Offered:
        known = listed(self._directory / RUNS)
        try:
            run = read_run(known[-1])
        except (IndexError, Unreadable) as error:
            return _Offered("", False, f"the run left nothing: {error}", {})
        figures = of_run(run, self._plan.metrics, before, after)
        whole = status in (Exit.OK, Exit.BREACHED, Exit.INVALID)
        counts = whole and (run.verdict.valid or self._options.accept_invalid)
        missing = [one.name for one in self._plan.metrics if one.judged and figures[one.name] is None]
        why = "" if run.verdict.valid and whole else run.verdict.sentence
        if counts and missing:
            counts, why = False, f"no figure of {', '.join(missing)}"
        return _Offered(run.directory.name, counts, why, figures)

    def _command(self, job: Job, count: int) -> list[str]:
        plan = self._plan
        command = [_LOADGEN, plan.measure.value, plan.profile, "--target", plan.target.url]
        for change in overrides(plan, job.variant):
            command += ["--set", change]
        # The same draws in all runs of a round.
        command += [
            "--seed",
            str(self._kept.seed % 1_000_000 + job.round),
            "--out",
            str(self._directory / RUNS),
        ]
        command += ["--allow-remote"] if self._options.allow_remote else []
        if plan.measure is Measure.CAPACITY:
            return [*command, *plan.search, "--instances", str(count)]
        return [*command, "--no-calibration", *(["--watch"] if plan.watch else [])]

    def _call(self, command: list[str], log: Path) -> tuple[int, str]:
        with log.open("ab") as output:
            called = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=output,
                start_new_session=True,
            )
            try:
                said, _ = called.communicate()
            except KeyboardInterrupt:
                _interrupt(called)
                raise
            output.write(said)
        return called.returncode, said.decode(errors="replace")

    def _scrape(self, count: int) -> Seen | None:
        """None where there is nothing to ask, or several share the address and only one would answer."""
        if not self._plan.target.scrape or count > 1:
            return None
        try:
            return scrape(numbered(self._plan.target.scrape, 0), time.monotonic())
        except (OSError, ValueError):
            return None


def _interrupt(called: "subprocess.Popen[bytes]") -> None:
    called.send_signal(signal.SIGINT)
    try:
        called.communicate(timeout=_STOP_S)
    except subprocess.TimeoutExpired:
        called.kill()
        called.wait()


def _plain(key: str) -> str:
    return "".join(letter if letter.isalnum() or letter in "=._" else "-" for letter in key)[:80]
