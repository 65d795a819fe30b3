"""A damaged var/ is met with a message that names the cure."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.paths import JARS
from infra.stack import BrokenData, Kafka, MissingPart, Postgres

CURE = "make reset"


def kafka(home: Path) -> Kafka:
    return Kafka(home, JARS)


def test_kafka_of_another_cluster(tmp_path: Path) -> None:
    kafka(tmp_path).prepare()
    tmp_path.joinpath("cluster.id").write_text("AAAAAAAAAAAAAAAAAAAAAA\n")
    with pytest.raises(BrokenData, match=CURE):
        kafka(tmp_path).prepare()


def test_kafka_without_its_mark(tmp_path: Path) -> None:
    tmp_path.joinpath("data").mkdir()
    tmp_path.joinpath("data", "x-0").mkdir()
    with pytest.raises(BrokenData, match=CURE):
        kafka(tmp_path).prepare()


def test_kafka_cut_short_before_it_was_formatted(tmp_path: Path) -> None:
    tmp_path.joinpath("cluster.id").write_text("AAAAAAAAAAAAAAAAAAAAAA\n")
    kafka(tmp_path).prepare()
    kafka(tmp_path).prepare()


def test_kafka_without_jars(tmp_path: Path) -> None:
    with pytest.raises(MissingPart, match="make setup"):
        Kafka(tmp_path, tmp_path).prepare()


def test_postgres_half_there(tmp_path: Path) -> None:
    tmp_path.joinpath("data").mkdir()
    with pytest.raises(BrokenData, match=CURE):
        Postgres(tmp_path).prepare()


def test_postgres_of_another_version(tmp_path: Path) -> None:
    Postgres(tmp_path).prepare()
    tmp_path.joinpath("data", "PG_VERSION").write_text("9\n")
    with pytest.raises(BrokenData, match="made by PostgreSQL 9"):
        Postgres(tmp_path).prepare()


def test_postgres_cut_short_in_initdb_begins_again(tmp_path: Path) -> None:
    tmp_path.joinpath("data.new", "global").mkdir(parents=True)
    Postgres(tmp_path).prepare()
    assert (tmp_path / "data" / "global" / "pg_control").exists()
