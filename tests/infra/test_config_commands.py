"""aicc-config as a user calls it, on a real Kafka and Postgres."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import pytest
from aiokafka.admin import AIOKafkaAdminClient

from infra.stack import LocalStack
from infra.topics import apply_topics
from schemas.config import decode_pool
from schemas.config_change import ConfigChanged, decode_change
from schemas.routing import ApplyConfig, decode_command
from schemas.topics import CONFIG, CONFIG_AUDIT, CONVERSATION_EVENTS, ROUTING_COMMANDS
from tests.gateway.topics import records
from tests.waiting import until

BIN = Path(sys.executable).parent
POOL = "zz-cli"  # shares its broker with other tests: theirs come first, and keep the default queue
FILE = """
pools:
  - pool: zz-cli
    partition: 5
    queues:
      - {name: cli-one, hours: office, when_closed: callback}
      - {name: cli-two, aging_s: 5}
    hours:
      - {name: office, zone: Asia/Seoul, weekly: {mon: ["09:00-18:00"]}, holidays: ["2026-12-25"]}
    skills: [german, "no", "1"]
    agents:
      - {id: cli-kim, name: 김, queues: [cli-one], capacity: 3, skills: {german: 3, "no": 1}}
"""


class Done(NamedTuple):
    """How a command ended, and what it said."""

    status: int
    said: str
    complained: str


@dataclass(frozen=True)
class Commands:
    """aicc-config, with its servers and a directory for files."""

    environment: Mapping[str, str]
    path: Path
    kafka: str

    def __call__(self, *arguments: str) -> Done:
        ran = subprocess.run(
            [str(BIN / "aicc-config"), *arguments],
            check=False,
            env={**os.environ, **self.environment},
            capture_output=True,
            text=True,
            timeout=60,
        )
        return Done(ran.returncode, ran.stdout, ran.stderr)

    def file(self, *replaced: tuple[str, str]) -> str:
        """The file, some of its text replaced."""
        text = FILE
        for before, after in replaced:
            assert before in text
            text = text.replace(before, after)
        path = self.path / "config.yaml"
        path.write_text(text)
        return str(path)

    def audit(self) -> list[ConfigChanged]:
        """What the pool's audit has."""
        return [
            decode_change(one.value) for one in records(self.kafka, CONFIG_AUDIT) if one.key == POOL.encode()
        ]


@pytest.fixture(scope="module")
def aicc(stack: LocalStack, database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Commands:
    asyncio.run(_make_topics(stack.kafka.address))
    environment = {"KAFKA_BOOTSTRAP": stack.kafka.address, "DATABASE_URL": database_url, "LOGNAME": "lee"}
    return Commands(environment, tmp_path_factory.mktemp("config"), stack.kafka.address)


async def _make_topics(bootstrap: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    topics = (ROUTING_COMMANDS, CONVERSATION_EVENTS, CONFIG, CONFIG_AUDIT)
    await apply_topics(admin, topics, alter=False, say=lambda _: None)
    await admin.close()


@pytest.fixture(scope="module")
def applied(aicc: Commands) -> Commands:
    """The file is what is published."""
    done = aicc("apply", aicc.file())
    assert done.status == 0, done
    return aicc


def test_the_first_file_is_published_to_the_pool_the_audit_and_all_others(applied: Commands) -> None:
    (first, *_) = applied.audit()
    assert (first.author, first.source, first.pool) == ("lee", "cli", POOL)
    assert str(first.changes[0]) == "pools[zz-cli].partition: – → 5"
    commands = [decode_command(one.value) for one in records(applied.kafka, ROUTING_COMMANDS, POOL.encode())]
    pools = [decode_pool(one.value) for one in records(applied.kafka, CONFIG, POOL.encode())]
    assert isinstance(commands[0], ApplyConfig)
    assert commands[0].config == pools[0]
    assert (pools[0].version, len(pools[0].hours[0].offsets) > 0) == (first.version, True)


def test_a_file_that_changes_nothing_is_not_published(applied: Commands) -> None:
    before = len(applied.audit())
    done = applied("apply", applied.file())
    assert (done.status, done.said) == (0, f"{applied.path}/config.yaml: nothing to change\n")
    assert len(applied.audit()) == before
    assert applied("apply", "--anew", applied.file()).status == 0
    (*_, last) = applied.audit()
    assert (len(applied.audit()), last.changed) == (before + 1, 0)


def test_diff_tells_by_its_status(applied: Commands) -> None:
    same, other = applied("diff", applied.file()), applied("diff", applied.file(("aging_s: 5", "aging_s: 9")))
    assert (same.status, same.said) == (0, f"{applied.path}/config.yaml: as published\n")
    assert (other.status, other.said) == (3, "pools[zz-cli].queues[cli-two].aging_s: 5.0 → 9.0\n")


def test_what_is_exported_is_what_is_published(applied: Commands) -> None:
    for arguments in ((), ("--pool", POOL)):
        exported = applied("export", *arguments)
        assert exported.status == 0
        assert "offsets" not in exported.said
        path = applied.path / "exported.yaml"
        path.write_text(exported.said)
        assert applied("apply", str(path)).said == f"{path}: nothing to change\n"
    assert applied("export", "--pool", "nowhere").complained == (
        "Error: There is no pool 'nowhere' in the configuration.\n"
    )


def test_an_older_export_is_refused(applied: Commands) -> None:
    path = applied.path / "older.yaml"
    path.write_text(applied("export", "--pool", POOL).said)
    assert applied("apply", applied.file(("capacity: 3", "capacity: 4")), "--author", "kim").status == 0
    done = applied("apply", str(path))
    assert done.status == 1
    assert "pools[zz-cli].version: made from " in done.complained
    assert applied("apply", applied.file()).status == 0


def test_a_dry_run_publishes_nothing(applied: Commands) -> None:
    before = len(applied.audit())
    done = applied("apply", "--dry-run", applied.file(("capacity: 3", "capacity: 9")))
    assert (done.status, done.said.splitlines()) == (
        0,
        [
            "pools[zz-cli].agents[cli-kim].capacity: 3 → 9",
            f"{applied.path}/config.yaml: nothing was published",
        ],
    )
    assert len(applied.audit()) == before


@pytest.mark.parametrize("command", ["apply", "diff"])
@pytest.mark.parametrize(
    ("replaced", "said"),
    [
        ((("      - {name: cli-two, aging_s: 5}\n", ""),), "pools[zz-cli].moves: queue 'cli-two' is deleted"),
        ((("partition: 5", "partition: 6"),), "pools[zz-cli].partition: 5 for good, not 6"),
        ((("queues: [cli-one]", "queues: [cli]"),), "pools[zz-cli].agents[cli-kim].queues: no queue 'cli'"),
    ],
)
def test_what_is_refused_names_its_path_and_publishes_nothing(
    applied: Commands, command: str, replaced: tuple[tuple[str, str], ...], said: str
) -> None:
    before = len(applied.audit())
    done = applied(command, applied.file(*replaced))
    assert done.status == 1
    assert said in done.complained
    assert len(applied.audit()) == before


def test_an_author_is_said_in_one_line(applied: Commands) -> None:
    assert applied("apply", applied.file(), "--author", "a\nb").status == 2


@pytest.fixture
def persister(applied: Commands) -> Iterator[None]:
    """aicc-persister on the same topics."""
    settings = {"AICC_GROUP": "of-the-commands", "AICC_INSTANCE": "commands"}
    process = subprocess.Popen(
        [str(BIN / "aicc-persister")], env={**os.environ, **applied.environment, **settings}
    )
    yield
    process.kill()
    process.wait()


def test_the_log_says_who_changed_what_newest_first(applied: Commands, persister: None) -> None:
    moved = (
        ("      - {name: cli-two, aging_s: 5}\n", ""),
        ("    hours:", "    moves: {cli-two: cli-one}\n    hours:"),
    )
    done = applied("apply", applied.file(*moved), "--author", "김")
    assert done.status == 0, done
    version = applied.audit()[-1].version

    def stored() -> bool:
        return str(version) in applied("log", "--pool", POOL).said

    asyncio.run(until(stored, 30, "the change is not stored"))
    lines = applied("log", "--pool", POOL).said.splitlines()
    assert lines[0].endswith(f"  {POOL}  {version}  김 (cli)")
    assert lines[1:3] == [
        '  pools[zz-cli].queues[cli-two]: {"name":"cli-two","aging_s":5.0} → –',
        '  pools[zz-cli].moves[cli-two]: – → "cli-one"',
    ]
    assert len([line for line in lines if not line.startswith(" ")]) == len(applied.audit())
    assert applied("log", "--limit", "1").said.splitlines() == lines[:3]
    assert applied("log", "--pool", "nowhere").said == ""
    assert applied("apply", applied.file()).status == 0
