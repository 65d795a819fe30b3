"""sweep.json: every run of a sweep as it comes, so that an interrupted one goes on where it stopped."""

import hashlib
from pathlib import Path

import msgspec

from loadgen.profiles.reading import load as load_profile
from loadgen.results.files import write_json
from loadgen.results.meta import Git, Machine
from loadgen.sweep.order import Job
from loadgen.sweep.plan import Plan

SWEEP, MARKDOWN, RUNS = "sweep.json", "sweep.md", "runs"


class Unfit(ValueError):
    """A directory holds another sweep than this one, or none that can be read."""


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """One run; `counts` where its figures do, else `why` not."""

    round: int
    variant: str
    run: str
    began_at: str
    seconds: float
    counts: bool
    why: str = ""
    figures: dict[str, float | None] = {}


class Kept(msgspec.Struct, kw_only=True):
    """The file. `digest` is of the plan as it was understood; `load` says what was offered."""

    plan: str
    digest: str
    seed: int
    rounds: int
    began_at: str
    load: str
    target: str
    machine: Machine
    git: Git
    source: str
    records: list[Record] = []

    def done(self, job: Job) -> bool:
        """Whether the job has a run that counts."""
        return any(one.counts and self._is(one, job) for one in self.records)

    def tries(self, job: Job) -> int:
        """How often it was tried in vain."""
        return sum(self._is(one, job) for one in self.records)

    def counted(self, variant: str, metric: str) -> list[float]:
        """The metric's figure in each run of the variant that counts."""
        found = [one.figures.get(metric) for one in self.records if one.counts and one.variant == variant]
        return [value for value in found if value is not None]

    @staticmethod
    def _is(record: Record, job: Job) -> bool:
        return (record.round, record.variant) == (job.round, job.variant.key)


def digest(plan: Plan) -> str:
    """The same for the same load, metrics and settings, however many runs are wanted and at what port. Raises
    ProfileError where the profile can't be read any more."""
    load = load_profile(plan.profile, plan.overrides).source
    same = (plan.source, load, plan.overrides, [one.key for one in plan.settings])
    return hashlib.sha256(repr(same).encode()).hexdigest()[:16]


def read(directory: Path) -> Kept | None:
    """None where nothing was kept yet. Raises Unfit."""
    file = directory / SWEEP
    if not file.exists():
        return None
    try:
        return msgspec.json.decode(file.read_bytes(), type=Kept)
    except (OSError, msgspec.MsgspecError) as error:
        raise Unfit(f"{file} can't be read: {error}") from error


def write(directory: Path, kept: Kept) -> None:
    """Raises OSError."""
    directory.mkdir(parents=True, exist_ok=True)
    write_json(directory / SWEEP, msgspec.to_builtins(kept))
