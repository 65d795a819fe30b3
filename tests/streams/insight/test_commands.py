"""aicc-routing's commands, called as a user calls them, on a real Kafka and on files."""

import asyncio
import gzip
import os
import subprocess
import sys
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete

from schemas.codec import encode
from schemas.envelope import headers
from schemas.topics import (
    AGENT_ASSIGNMENTS,
    CONFIG,
    CONVERSATION_COMMANDS,
    ROUTING_APP,
    ROUTING_COMMANDS,
    ROUTING_EVENTS,
    Topic,
    changelog,
)
from streams.harness.sent import Sent
from streams.harness.snapshots import WATERMARK, chunks
from streams.insight.source import Logged
from tests.faults import logs
from tests.streams.insight.day import Day
from tests.streams.insight.logs import Recorder, recorded, replayed_whole
from tests.streams.insight.test_history import STORY
from tests.streams.routing.pools import POOL, TWO, contact

KEPT = {"message.timestamp.type": "CreateTime", "retention.ms": "-1"}
"""The records keep the times that the log in memory has."""

CHANGELOG = changelog(ROUTING_APP)


def call(*arguments: str, bootstrap: str = "127.0.0.1:1") -> subprocess.CompletedProcess[str]:
    script = Path(sys.executable).parent / "aicc-routing"
    environ = {**os.environ, "KAFKA_BOOTSTRAP": bootstrap, "COLUMNS": "200"}
    return subprocess.run(
        [script, *arguments], check=False, capture_output=True, text=True, timeout=120, env=environ
    )


def figures(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = msgspec.json.decode(done.stdout)
    return found


class Broker:
    """A log's records in topics of their own."""

    def __init__(self, bootstrap: str, prefix: str) -> None:
        self.bootstrap, self.prefix = bootstrap, prefix

    def call(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return call(*arguments, "--prefix", self.prefix, bootstrap=self.bootstrap)

    def write(self, log: Recorder, sent: list[Sent] | None = None) -> None:
        """The commands, and what was decided on them."""
        asyncio.run(self._write(log, log.sent if sent is None else sent))

    def delete(self, before: int) -> None:
        """What retention does to the commands."""
        asyncio.run(self._delete(before))

    def checkpoint(self, log: Recorder, at: int) -> None:
        """A changelog record of the processor's, as of that offset."""
        mark, snapshots = replayed_whole(log.log[:at])[2].partition.capture()
        pairs = [pair for one in snapshots for pair in chunks(one.entity, "0-x", 0, one)]
        pairs += chunks(WATERMARK, "0-x", 0, mark)
        asyncio.run(self._send((CHANGELOG.name, key, value, [], 1, 0) for key, value in pairs))

    async def _write(self, log: Recorder, sent: list[Sent]) -> None:
        topics = (ROUTING_COMMANDS, ROUTING_EVENTS, AGENT_ASSIGNMENTS, CONFIG, CHANGELOG)
        told = Topic(self.prefix + CONVERSATION_COMMANDS.name, CONVERSATION_COMMANDS.partitions, KEPT)
        names = {CONVERSATION_COMMANDS.name, *(topic.name for topic in topics)}
        alone = [Topic(self.prefix + topic.name, 1, KEPT) for topic in topics]
        await logs.create(self.bootstrap, [told, *alone])
        await self._send(
            [
                (CONFIG.name, POOL.encode(), encode(TWO.config), [], 1, 0),
                (CONVERSATION_COMMANDS.name, b"x", b"said by a customer", headers("g1", "g1"), 1, 3),
                *((one.topic, one.key, one.value, [], one.timestamp, 0) for one in log.log),
                *(
                    (one.topic, one.key, one.value, one.headers, 1, one.partition)
                    for one in sent
                    if one.topic in names
                ),
            ]
        )

    async def _send(self, records: Any) -> None:
        producer = await logs.producer(self.bootstrap)
        try:
            for topic, key, value, told, at_ms, number in records:
                await producer.send(self.prefix + topic, value, key, number, at_ms, told)
            await producer.flush()
        finally:
            await producer.stop()

    async def _delete(self, before: int) -> None:
        admin = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap)
        await admin.start()
        try:
            part = TopicPartition(self.prefix + ROUTING_COMMANDS.name, 0)
            await admin.delete_records({part: RecordsToDelete(before)})
        finally:
            await admin.close()


@pytest.fixture
def broker(kafka_bootstrap: str, topic_prefix: str) -> Broker:
    return Broker(kafka_bootstrap, topic_prefix)


@pytest.fixture
def story() -> Recorder:
    return recorded(*STORY)


def test_a_replay_tells_what_was_decided_and_agrees_with_the_topics(broker: Broker, story: Recorder) -> None:
    broker.write(story)
    done = broker.call("replay", "--pool", POOL, "--verify")
    assert done.returncode == 0, done.stderr
    assert f"contact.requested contact={contact(1)} queue=q chat priority=5" in done.stdout
    assert f"    offered {contact(1)} in q agent a1 (longest_idle; holds 1 of 1; epoch 1)" in done.stdout
    assert "everything holds" in done.stderr
    some = broker.call("replay", "--from", "9", "--to", "11", "--contact", contact(3))
    assert some.stdout.splitlines()[1:] == [
        f"    offered {contact(3)} in q agent a1 (next_in_line; holds 1 of 1; epoch 1)"
    ]


def test_any_past_state_by_offset_and_by_time(broker: Broker, story: Recorder) -> None:
    broker.write(story)
    done = broker.call("replay", "--to", "10", "--state")
    assert done.returncode == 0, done.stderr
    rows = {line.split()[1]: line.split() for line in done.stdout.splitlines() if contact(1)[:8] in line}
    assert {name: row[5] for name, row in rows.items()} == {
        contact(1): "wrapping",
        contact(2): "assigned",
        contact(3): "pending",
    }
    early = broker.call("replay", "--to", "2020-01-01", "--state")
    assert (early.returncode, early.stdout) == (0, "")


@pytest.mark.parametrize("topic", [ROUTING_EVENTS, AGENT_ASSIGNMENTS, CONVERSATION_COMMANDS])
@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda sent: sent[:5] + sent[6:], "missing: routing.commands:0:"),
        (lambda sent: [*sent[:5], sent[5]._replace(value=sent[6].value), *sent[6:]], "contradictory: "),
    ],
)
def test_topics_that_differ_are_told_with_status_3(
    broker: Broker, story: Recorder, damage: Any, said: str, topic: Topic
) -> None:
    kept = [one for one in story.sent if one.topic == topic.name]
    others = [one for one in story.sent if one.topic != topic.name]
    broker.write(story, [*damage(kept), *others])
    assert broker.call("replay", "--quiet").returncode == 0
    done = broker.call("replay", "--quiet", "--verify")
    assert done.returncode == 3
    assert said in done.stderr


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--pool", "nobody"], f"The log has no pool 'nobody'; it has {POOL}."),
        (["--contact", "nothing.1", "--state"], "The log says nothing of a contact 'nothing.1'."),
    ],
)
def test_what_the_log_does_not_know_is_said(
    broker: Broker, story: Recorder, options: list[str], said: str
) -> None:
    broker.write(story)
    done = broker.call("replay", *options)
    assert (done.returncode, said in done.stderr) == (1, True)


def test_a_log_without_beginning_is_replayed_from_a_checkpoint(broker: Broker, story: Recorder) -> None:
    broker.write(story)
    broker.checkpoint(story, 6)
    broker.delete(before=4)
    done = broker.call("replay", "--verify", "--pool", POOL)
    assert done.returncode == 0, done.stderr
    assert "partition 0: begins from a checkpoint at offset 6" in done.stderr


def test_a_log_without_beginning_or_checkpoint_says_what_is_missing(broker: Broker, story: Recorder) -> None:
    broker.write(story)
    broker.delete(before=4)
    done = broker.call("replay", "--quiet")
    assert done.returncode == 0, done.stderr
    assert "the log's beginning is deleted and no checkpoint serves; it begins at 4" in done.stderr
    assert "nothing to compare" in broker.call("replay", "--verify").stderr


@pytest.mark.parametrize("name", ["day.jsonl", "day.jsonl.gz"])
def test_a_saved_log_is_as_good_as_the_broker(
    broker: Broker, story: Recorder, tmp_path: Path, name: str
) -> None:
    broker.write(story)
    file = str(tmp_path / name)
    live = broker.call("replay", "--verify", "--save", file)
    raw = Path(file).read_bytes()
    lines = (gzip.decompress(raw) if name.endswith(".gz") else raw).splitlines()
    kept = [msgspec.json.decode(line, type=Logged) for line in lines]
    told = [one.value for one in kept if one.topic == CONVERSATION_COMMANDS.name]
    assert sorted(filter(None, told)) == sorted(
        one.value or b"" for one in story.sent if one.topic == CONVERSATION_COMMANDS.name
    )
    saved = call("replay", "--verify", "--log", file)
    assert (saved.returncode, saved.stdout) == (0, live.stdout)
    assert figures(call("measures", "--json", "--log", file)) == figures(broker.call("measures", "--json"))


def test_a_log_without_beginning_is_saved_with_its_checkpoint(
    broker: Broker, story: Recorder, tmp_path: Path
) -> None:
    broker.write(story)
    broker.checkpoint(story, 6)
    broker.delete(before=4)
    file = str(tmp_path / "day.jsonl")
    live = broker.call("replay", "--verify", "--pool", POOL, "--save", file)
    assert live.returncode == 0, live.stderr
    saved = call("replay", "--verify", "--pool", POOL, "--log", file)
    assert (saved.returncode, saved.stdout) == (0, live.stdout)
    assert "partition 0: begins from a checkpoint at offset 6" in saved.stderr


def test_measures_of_the_topic_are_those_of_a_replay(broker: Broker, story: Recorder) -> None:
    broker.write(story, [*story.sent, *story.sent[:9]])  # a restart sends some again
    found = figures(broker.call("measures", "--json"))
    assert figures(broker.call("measures", "--json", "--replay")) == found
    measured = found["queues"]["q"]
    assert (measured["queued"], measured["answered"], measured["handled"]) == (3, 3, 3)
    assert measured["asa_s"] == pytest.approx(8 / 3)
    table = broker.call("measures", "--interval", "15", "--queue", "q")
    assert table.returncode == 0
    assert "answered_within_over_queued" in table.stdout
    assert "100.0%" in table.stdout


@pytest.fixture(scope="module")
def day_file(tmp_path_factory: pytest.TempPathFactory, seed: int) -> Path:
    log = Day(Random(f"{seed}:day"), agents=8).run(1.5)
    file = tmp_path_factory.mktemp("logs") / "day.jsonl.gz"
    with gzip.open(file, "wb") as opened:
        opened.writelines(encode(one) + b"\n" for one in log.log)
    return file


def test_what_if_two_more_agents(day_file: Path) -> None:
    asked = ("what-if", "--pool", POOL, "--log", str(day_file), "--agents", "+2", "--queue", "q")
    found = figures(call(*asked, "--json"))
    name = "answered_within_over_queued"
    levels = {column: found[column]["all"][name] for column in ("recorded", "as it was", "changed")}
    assert levels["changed"] > levels["as it was"]
    assert abs(levels["recorded"] - levels["as it was"]) < 0.05
    assert figures(call(*asked, "--json")) == found
    shown = call(*asked)
    assert (shown.returncode, "seed 1\n" in shown.stderr) == (0, True)
    assert "as it was" in shown.stdout


def test_what_if_by_a_configuration_file(day_file: Path, tmp_path: Path) -> None:
    file = tmp_path / "pools.yaml"
    file.write_text(
        f"pools:\n- pool: {POOL}\n  partition: 0\n  queues: [{{name: q}}, {{name: r}}]\n"
        "  agents: [{id: a1, name: A, queues: [q, r], capacity: 3}]\n"
    )
    found = figures(call("what-if", "--pool", POOL, "--log", str(day_file), "--config", str(file), "--json"))
    assert found["changed"]["all"]["abandon_rate"] > found["as it was"]["all"]["abandon_rate"]


def test_staffing_by_what_is_said_and_by_what_was_measured(day_file: Path) -> None:
    said = figures(call("staffing", "--calls-per-hour", "200", "--aht-s", "180", "--json"))
    assert (said["agents"], round(said["service_level"], 5)) == (14, 0.88835)
    assert "14 agents" in call("staffing", "--calls-per-hour", "200", "--aht-s", "180").stdout
    measured = figures(call("staffing", "--measured", "--log", str(day_file), "--json"))
    assert 3 < measured["agents"] < 20


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["replay"], 1, "Kafka at 127.0.0.1:1 does not answer"),
        (["replay", "--to", "soon"], 2, "is neither an offset nor a time"),
        (["measures", "--from", "12345x"], 2, "is no time"),
        (["replay", "--log", "/nowhere"], 2, "does not exist"),
        (["replay", "--log", __file__], 1, "line 1: "),
        (["what-if", "--pool", "p"], 2, "--config or --agents"),
        (["staffing"], 2, "--calls-per-hour and --aht-s, or --measured"),
        (["staffing", "--calls-per-hour", "1", "--aht-s", "1", "--target", "80"], 2, "80"),
    ],
)
def test_what_is_refused_is_said_with_its_status(arguments: list[str], status: int, said: str) -> None:
    done = call(*arguments)
    assert (done.returncode, said in done.stderr) == (status, True), done.stderr
    assert "Traceback" not in done.stderr


def test_what_there_is_not_is_refused(day_file: Path, tmp_path: Path) -> None:
    log = ("--log", str(day_file))
    for arguments in (
        ("what-if", "--pool", "other", "--agents", "1", *log),
        ("what-if", "--pool", POOL, "--agents", "1", "--queue", "other", *log),
        ("measures", "--queue", "other", *log),
        ("replay", "--partition", "7", *log),
    ):
        done = call(*arguments)
        assert done.returncode == 1, done
        assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", ["replay", "measures", "what-if", "staffing"])
def test_help_has_an_example_and_the_statuses(command: str) -> None:
    done = call(command, "--help")
    assert done.returncode == 0
    assert f"Example:  aicc-routing {command}" in done.stdout
    assert "Exit status: 0" in " ".join(done.stdout.split())
