"""The smallest business: each command changes its key's sum and yields one output that tells it.

As a process: python -m tests.streams.harness.chain, with CHAIN_PREFIX naming its topics and app, and
CHAIN_RULES the versions of the rules that this "release" carries.
"""

import os
from collections.abc import Mapping, Sequence

import msgspec

from runtime.settings import read_settings
from schemas.codec import ApplyVersion, Record, Tick
from schemas.topics import Topic, changelog
from streams.harness.decider import Life, Moment, Output, Rules
from streams.harness.run import StreamSettings, run


class Add(Record, tag="add", kw_only=True, frozen=True):
    """Adds `n` to the chain. `padding` makes the record, `answer_bytes` the output, `keep_bytes` the state
    as large as wanted."""

    n: int
    padding: str = ""
    answer_bytes: int = 0
    keep_bytes: int = 0


class Alarm(Record, tag="alarm", kw_only=True, frozen=True):
    """Wakes the entity `after_ms` later."""

    after_ms: int


class Boom(Record, tag="boom", kw_only=True, frozen=True):
    """Changes the state, then raises."""


class Jam(Record, tag="jam", kw_only=True, frozen=True):
    """From now on the entity refuses ticks; or no longer."""

    on: bool = True


class Close(Record, tag="close", kw_only=True, frozen=True):
    """Ends the entity."""


class Added(Record, tag="added", kw_only=True, frozen=True):
    """The chain after the command."""

    entity: str
    total: int
    count: int
    answer: str = ""


Command = Add | Alarm | Boom | Jam | Close | Tick | ApplyVersion


class Chain(msgspec.Struct):
    """The state: a sum that depends on every command and their order."""

    entity: str
    partition: int
    total: int = 0
    count: int = 0
    due_ms: int | None = None
    closed: bool = False
    kept: str = ""
    jammed: bool = False


class ChainRules:
    """One version of the rules; `factor` is what differs between them."""

    def __init__(self, output: Topic, factor: int) -> None:
        self.output, self.factor = output, factor

    def step(self, state: Chain, command: Command, at: Moment) -> Sequence[Output]:
        """One output for each add, and one when an alarm rings."""
        match command:
            case Add():
                state.count += 1
                state.total = (state.total * self.factor + command.n) % 1_000_003
                state.kept += "k" * command.keep_bytes
                answer = "x" * command.answer_bytes
                return [self._said(state, answer)]
            case Alarm():
                state.due_ms = at.at_ms + command.after_ms
            case Boom():
                state.total = -1
                raise RuntimeError("boom")
            case Close():
                state.closed = True
            case Jam():
                state.jammed = command.on
            case Tick():
                if state.jammed:
                    raise RuntimeError("jammed")
                state.due_ms = None
                state.total += 7
                return [self._said(state)]
            case ApplyVersion():
                pass
        return []

    def _said(self, state: Chain, answer: str = "") -> Output:
        said = Added(entity=state.entity, total=state.total, count=state.count, answer=answer)
        return Output(self.output, state.partition, state.entity, said)

    def due_ms(self, state: Chain) -> int | None:
        """When the alarm rings."""
        return state.due_ms

    def life(self, state: Chain) -> Life:
        """Absent until the first command."""
        if state.closed:
            return Life.GONE
        return Life.LIVE if state.count or state.due_ms is not None else Life.ABSENT


class ChainDecider:
    """The decider over topics `<prefix>cmd` and `<prefix>ev`."""

    def __init__(self, prefix: str = "chain.", partitions: int = 4) -> None:
        self.app = f"{prefix}app"
        self.source = Topic(f"{prefix}cmd", partitions)
        self.output = Topic(f"{prefix}ev", partitions)
        self.rules: Mapping[int, Rules[Chain, Command]] = {
            1: ChainRules(self.output, 31),
            2: ChainRules(self.output, 37),
        }

    @property
    def topics(self) -> tuple[Topic, ...]:
        """What must exist."""
        return (
            self.source,
            self.output,
            Topic(self.source.dlq, 1),
            changelog(self.app, self.source.partitions),
            Topic("processor.positions", 1),
        )

    decode = staticmethod(msgspec.json.Decoder(Command).decode)
    pack = staticmethod(msgspec.msgpack.Encoder().encode)
    unpack = staticmethod(msgspec.msgpack.Decoder(Chain).decode)

    def new(self, entity: str, partition: int, life: Life) -> Chain:
        """A fresh chain."""
        return Chain(entity, partition, closed=life is Life.GONE)


def main() -> None:
    """Runs the chain as a stream processor."""
    decider = ChainDecider(os.environ["CHAIN_PREFIX"], int(os.environ.get("CHAIN_PARTITIONS", "4")))
    carried = map(int, os.environ.get("CHAIN_RULES", "1,2").split(","))
    decider.rules = {version: decider.rules[version] for version in carried}
    run(decider, read_settings(StreamSettings), (decider.output,))


if __name__ == "__main__":
    main()
