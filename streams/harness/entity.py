"""An entity in memory: its state, how far it has come, and what was applied since its last snapshot."""

from typing import Any, Generic, NamedTuple, TypeVar

from schemas.envelope import Cause
from streams.harness.decider import Decider, Life, Moment, Rules
from streams.harness.snapshots import Snapshot

S = TypeVar("S")
_BEFORE_ALL = (-1, 0, "", 0)
MOST_BACKOFF_MS = 600_000


class Applied(NamedTuple):
    """A command that was applied, and by which version of the rules."""

    command: object
    moment: Moment
    rules: int


class Entity(Generic[S]):
    """A hot entity. `journal` holds what was applied since the last snapshot, to rebuild it from."""

    __slots__ = (
        "applied",
        "dirty",
        "due_ms",
        "gone_ms",
        "journal",
        "life",
        "name",
        "next_offset",
        "refusals",
        "refused_ms",
        "state",
    )

    def __init__(self, name: str, state: S, life: Life, snapshot: Snapshot | None) -> None:
        self.name, self.state, self.life = name, state, life
        self.next_offset = snapshot.next_offset if snapshot else 0
        self.due_ms = snapshot.due_ms if snapshot else None
        self.gone_ms = snapshot.gone_ms if snapshot else None
        self.refused_ms = snapshot.refused_ms if snapshot else None
        self.refusals = snapshot.refusals if snapshot else 0
        self.applied = dict(snapshot.applied) if snapshot else {}
        self.journal: list[Applied] = []
        self.dirty = False

    def has_applied(self, cause: Cause) -> bool:
        """Whether this output, or a later one of its source, was applied before; remembers it if not."""
        if cause.rank <= self.applied.get(cause.source, _BEFORE_ALL):
            return True
        self.applied[cause.source] = cause.rank
        return False

    def visit_ms(self, due_ms: int | None, at_ms: int, refused: bool) -> int | None:
        """When a tick visits what is due at `due_ms`: then; or, for as long as it refuses that one, after
        pauses that double. So a bug in `step` fills no log, and what is mended goes on by itself."""
        if due_ms is None or due_ms != self.refused_ms:
            self.refused_ms, self.refusals = (due_ms if refused else None), 0
        if refused and due_ms is not None:
            self.refusals += 1
            return at_ms + min(1_000 << min(self.refusals, 10), MOST_BACKOFF_MS)
        return self.due_ms if self.refusals else due_ms

    def snapshot(self, decider: Decider[S, Any]) -> Snapshot:
        """The entity as it is now, encoded; of one that is gone only a mark."""
        state = decider.pack(self.state) if self.life is Life.LIVE else b""
        return Snapshot(
            self.name,
            self.next_offset,
            self.gone_ms,
            self.due_ms,
            dict(self.applied),
            state,
            self.refused_ms,
            self.refusals,
        )


def restored(decider: Decider[S, Any], number: int, name: str, snapshot: Snapshot | None) -> Entity[S]:
    """The entity of a snapshot, or one that is absent."""
    if snapshot is not None and snapshot.gone_ms is None:
        return Entity(name, decider.unpack(snapshot.state), Life.LIVE, snapshot)
    life = Life.GONE if snapshot else Life.ABSENT
    return Entity(name, decider.new(name, number, life), life, snapshot)


def rebuild(decider: Decider[S, Any], number: int, entity: Entity[S], snapshot: Snapshot | None) -> None:
    """Gives the entity back the state that its last snapshot and its journal make."""
    fresh = restored(decider, number, entity.name, snapshot)
    state, life = fresh.state, fresh.life
    for command, moment, version in entity.journal:
        rules: Rules[S, Any] = decider.rules[version]
        rules.step(state, command, moment)
        life = life_after(life, rules.life(state))
        if life is Life.GONE:
            state = decider.new(entity.name, number, Life.GONE)
    entity.state = state


def life_after(was: Life, now: Life) -> Life:
    """What has lived and lives no more is gone, whatever the rules call it."""
    return Life.GONE if now is Life.ABSENT and was is not Life.ABSENT else now
