"""A change of the configuration: what differs, whether it may follow, what is published."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from schemas.codec import type_of
from schemas.config import Agent, ConfigError, PoolConfig, Queue, decode_pool
from schemas.config_change import (
    MOST_CHANGES,
    Source,
    StaleConfig,
    as_written,
    decode_change,
    plan,
    records,
)
from schemas.config_diff import diff
from schemas.flows import End, Flow
from schemas.hours import Hours
from schemas.routing import ApplyConfig, decode_command
from schemas.states import Channel

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
NOW_MS = int(NOW.timestamp() * 1000)
OFFICE = Hours(name="office", zone="Asia/Seoul", weekly={"mon": ("09:00-18:00",)})
POOL = PoolConfig(
    pool="p",
    partition=3,
    version=7,
    queues=(Queue(name="q", hours="office"), Queue(name="r")),
    skills=("german",),
    hours=(OFFICE,),
    agents=(
        Agent(id="a1", name="Kim", queues=("q",), skills={"german": 3}),
        Agent(id="a2", name="Lee", queues=("q", "r"), ranks={"r": 2}),
    ),
)
OTHER = PoolConfig(
    pool="o", partition=1, version=9, queues=(Queue(name="x"),), agents=(Agent(id="b", name="B", queues=()),)
)
PUBLISHED = {"p": POOL, "o": OTHER}


def changed(**fields: Any) -> PoolConfig:
    return replace(POOL, **({"version": 0} | fields))


Q, R = POOL.queues
A1, A2 = POOL.agents


@pytest.mark.parametrize(
    ("to", "lines"),
    [
        (changed(), []),
        (changed(agents=(A2, A1)), []),
        (changed(version=9, hours=(OFFICE.compiled(NOW),)), []),
        (changed(lease_grace_s=3.0), ["pools[p].lease_grace_s: 10.0 → 3.0"]),
        (changed(queues=(R, Q)), ['pools[p].queues: ["q","r"] → ["r","q"]']),
        (
            changed(queues=(replace(Q, aging_s=5.0, when_unstaffed="refuse"), R)),
            ["pools[p].queues[q].aging_s: 60.0 → 5.0", 'pools[p].queues[q].when_unstaffed: – → "refuse"'],
        ),
        (
            changed(queues=(Q,), moves={"r": "q"}),
            ['pools[p].queues[r]: {"name":"r"} → –', 'pools[p].moves[r]: – → "q"'],
        ),
        (changed(queues=(Q, R, Queue(name="s"))), ['pools[p].queues[s]: – → {"name":"s"}']),
        (
            changed(agents=(replace(A1, name="김", skills={"german": 4}), replace(A2, ranks={}))),
            [
                'pools[p].agents[a1].name: "Kim" → "김"',
                "pools[p].agents[a1].skills[german]: 3 → 4",
                "pools[p].agents[a2].ranks[r]: 2 → –",
            ],
        ),
        (
            changed(hours=(replace(OFFICE, zone="UTC", weekly={"tue": ("10:00-11:00",)}),)),
            [
                'pools[p].hours[office].zone: "Asia/Seoul" → "UTC"',
                'pools[p].hours[office].weekly[mon]: ["09:00-18:00"] → –',
                'pools[p].hours[office].weekly[tue]: – → ["10:00-11:00"]',
            ],
        ),
        (changed(skills=()), ['pools[p].skills: ["german"] → []']),
    ],
)
def test_what_differs_is_said_by_its_path(to: PoolConfig, lines: list[str]) -> None:
    assert [str(change) for change in diff(POOL, to)] == lines


def test_of_a_new_pool_everything_differs() -> None:
    assert [str(change) for change in diff(None, OTHER)] == [
        "pools[o].partition: – → 1",
        'pools[o].queues[x]: – → {"name":"x"}',
        'pools[o].agents[b]: – → {"id":"b","name":"B","queues":[]}',
    ]


REFUSED: list[tuple[list[PoolConfig], list[str]]] = [
    ([changed(partition=4)], ["pools[p].partition: 3 for good, not 4"]),
    (
        [changed(queues=(Q,))],
        [
            "pools[p].moves: queue 'r' is deleted, but no move says",
            "pools[p].agents[a2].queues: no queue 'r'",
        ],
    ),
    ([changed(moves={"r": "q"})], ["pools[p].moves[r]: the queue is not deleted"]),
    (
        [changed(queues=(Q,), agents=(), moves={"r": "s"})],
        ["pools[p].moves[r]: no queue 's' in this pool"],
    ),
    ([changed(queues=(Q, R, Queue(name="x")))], ["pools[p].queues[x]: is in pool 'o'"]),
    ([changed(agents=(Agent(id="b", name="B", queues=()),))], ["pools[p].agents[b]: is in pool 'o'"]),
    (
        [changed(agents=()), replace(OTHER, version=0, agents=(A1,), queues=(Queue(name="x"),))],
        [
            "pools[o].agents[a1]: is in pool 'p'",
            "pools[o].agents[a1].queues: no queue 'q'",
            "pools[o].agents[a1].skills: no skill",
        ],
    ),
    ([changed(), changed()], ["pools: 'p' stands 2 times", "queues: 'q' stands 2 times"]),
    ([changed(queues=(Q, R, Queue(name="")))], ["pools[p].queues: '' must have 1 to 128 characters"]),
    (
        [changed(queues=(replace(Q, default_disposition="a\0"), R))],
        ["pools[p].queues[q].default_disposition: must have no NUL"],
    ),
    (
        [changed(agents=(replace(A2, queues=("q", "r", "q"), channels=(Channel.CHAT, Channel.CHAT)),))],
        [
            "pools[p].agents[a2].queues: 'q' stands 2 times",
            "pools[p].agents[a2].channels: 'chat' stands 2 times",
        ],
    ),
    ([changed(skills=("german", "german"))], ["pools[p].skills: 'german' stands 2 times"]),
]


@pytest.mark.parametrize(("wanted", "said"), REFUSED)
def test_what_may_not_follow_is_refused_whole_with_every_path(
    wanted: list[PoolConfig], said: list[str]
) -> None:
    with pytest.raises(ConfigError) as refused:
        plan(PUBLISHED, wanted, NOW)
    lines = str(refused.value).splitlines()
    assert all(any(line.startswith(one) for line in lines) for one in said), lines


def test_what_was_made_from_another_version_is_stale() -> None:
    assert plan(PUBLISHED, [replace(POOL, lease_grace_s=1.0)], NOW)
    with pytest.raises(StaleConfig, match=r"pools\[p\]\.version: made from 6, but 7 is published by now"):
        plan(PUBLISHED, [replace(POOL, version=6)], NOW)


def test_a_file_from_another_platform_may_begin_a_pool() -> None:
    (step,) = plan({}, [POOL], NOW)
    assert step.config.version == NOW_MS


def test_what_is_so_already_makes_no_step_but_on_request() -> None:
    assert plan(PUBLISHED, [changed(), OTHER], NOW) == []
    steps = plan(PUBLISHED, [changed(), OTHER], NOW, anew=True)
    assert [(step.config.pool, step.changes) for step in steps] == [("p", ()), ("o", ())]


@pytest.mark.parametrize(("published", "given"), [(7, NOW_MS), (NOW_MS, NOW_MS + 1), (2**52, 2**52 + 1)])
def test_versions_are_times_and_always_grow(published: int, given: int) -> None:
    before = replace(POOL, version=published)
    (step,) = plan({"p": before}, [changed(lease_grace_s=1.0)], NOW)
    assert step.config.version == given


def test_the_pool_hears_first_then_the_audit_is_written_then_all_others_read() -> None:
    (step,) = plan(PUBLISHED, [changed(lease_grace_s=1.0)], NOW)
    command, audit, pool = records(step, "kim", Source.API, NOW)
    assert [(one.topic, one.partition, one.key) for one in (command, audit, pool)] == [
        ("routing.commands", 3, b"p"),
        ("config.audit", 0, b"p"),
        ("config", 0, b"p"),
    ]
    applied = decode_command(command.value)
    assert isinstance(applied, ApplyConfig)
    assert applied.config == decode_pool(pool.value) == step.config
    assert len(step.config.hours[0].offsets) > 0
    said = decode_change(audit.value)
    assert (said.pool, said.version, said.at_ms) == ("p", NOW_MS, NOW_MS)
    assert (said.author, said.source, said.changed) == ("kim", "api", 1)
    assert said.config == as_written(step.config)
    assert dict(audit.headers)["type"] == type_of(said).encode()


def crowd(count: int, name: str) -> PoolConfig:
    return changed(agents=tuple(Agent(id=f"n{n}", name=name, queues=("q",)) for n in range(count)))


def test_of_many_changes_the_audit_has_the_first_and_their_number() -> None:
    (step,) = plan({}, [crowd(1_000, "x")], NOW)
    said = decode_change(records(step, "kim", Source.CLI, NOW)[1].value)
    assert (len(said.changes), said.changed) == (MOST_CHANGES, len(step.changes))
    assert len(said.config.agents) == 1_000


def test_what_no_record_can_hold_is_refused() -> None:
    (step,) = plan({}, [crowd(10_000, "x" * 100)], NOW)
    with pytest.raises(ConfigError, match=r"pools\[p\]: \d+ bytes as a record"):
        records(step, "kim", Source.CLI, NOW)


NAMES = st.text(min_size=1, max_size=5)
QUEUES = st.builds(
    Queue, name=NAMES, aging_s=st.floats(0, 9), max_depth=st.integers(0, 3), auto_accept=st.booleans()
)
AGENTS = st.builds(
    Agent, id=NAMES, name=NAMES, queues=st.lists(NAMES).map(tuple), ranks=st.dictionaries(NAMES, st.just(2))
)


def unique(made: st.SearchStrategy[Any], by: str) -> st.SearchStrategy[Any]:
    return st.lists(made, max_size=4, unique_by=lambda one: getattr(one, by)).map(tuple)


POOLS = st.builds(
    PoolConfig,
    pool=st.just("p"),
    partition=st.integers(0, 2),
    version=st.integers(0, 5),
    queues=unique(QUEUES, "name"),
    moves=st.dictionaries(NAMES, NAMES, max_size=2),
    agents=unique(AGENTS, "id"),
)


@given(POOLS, POOLS)
def test_nothing_differs_exactly_where_both_say_the_same(one: PoolConfig, other: PoolConfig) -> None:
    def sorted_fields(pool: PoolConfig) -> object:
        agents = tuple(sorted(pool.agents, key=lambda agent: agent.id))
        return msgspec.to_builtins(replace(pool, version=0, agents=agents))

    assert (diff(one, other) == ()) == (sorted_fields(one) == sorted_fields(other))
    assert diff(one, one) == ()


def flow(version: int, prompt: str = "Bye", **more: Any) -> Flow:
    return Flow(name="f", version=version, start="a", nodes={"a": End(prompt=prompt)}, **more)


def test_a_version_of_a_flow_is_published_once() -> None:
    published = {"p": replace(POOL, flows=(flow(1),)), "o": OTHER}
    (same,) = plan(published, [changed(flows=(flow(1),))], NOW, anew=True)
    assert same.changes == ()
    (newer,) = plan(published, [changed(flows=(flow(2, "Goodbye"),))], NOW)
    assert {change.path for change in newer.changes} == {
        "pools[p].flows[f].version",
        "pools[p].flows[f].nodes[a].prompt",
    }
    with pytest.raises(ConfigError, match=r"flows\[f\].version: 1 is published with other nodes: raise it"):
        plan(published, [changed(flows=(flow(1, "Goodbye"),))], NOW)


def test_a_flow_is_checked_and_its_hours_are_compiled_and_no_pool_decides_by_it() -> None:
    with pytest.raises(ConfigError, match=r"pools\[p\].flows\[f\].nodes\[a\]"):
        plan(PUBLISHED, [changed(flows=(replace(flow(1), nodes={"a": End(prompt="{x}")}),))], NOW)
    hours = Hours(name="h", zone="Asia/Seoul", weekly={})
    (step,) = plan(PUBLISHED, [changed(flows=(flow(1, hours=(hours,)),))], NOW)
    assert step.config.flows[0].hours[0].offsets
    assert as_written(step.config).flows[0].hours == (hours,)
    assert plan({"p": step.config}, [as_written(step.config)], NOW) == []
    pool, *_ = records(step, "kim", Source.CLI, NOW)
    assert b"Bye" not in pool.value
