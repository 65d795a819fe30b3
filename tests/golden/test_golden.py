"""Releases read what each other write: records, snapshots and watermarks, forth and back."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from jsonschema import Draft202012Validator

from gateway.contract.channels import STREAMS
from schemas.release import RELEASE
from streams.harness.snapshots import WATERMARK, by_entity, copies, decode_snapshot, decode_watermark
from tests.golden import write
from tests.golden.compatible import differences
from tests.streams.harness.records import MemoryStore

RELEASES = sorted(one for one in write.HERE.iterdir() if (one / "schemas.json").exists())
releases = pytest.mark.parametrize("release", RELEASES, ids=lambda one: one.name)


def released(release: Path) -> Any:
    return msgspec.json.decode((release / "schemas.json").read_bytes())


def stories(release: Path, processor: write.Processor) -> list[write.Kept]:
    data = (release / f"{processor.decider.app}.msgpack").read_bytes()
    found = msgspec.msgpack.decode(data, type=list[write.Kept])
    assert found
    return found


def test_this_release_is_kept() -> None:
    """Or else `python -m tests.golden.write` was forgotten."""
    assert RELEASE in [one.name for one in RELEASES]


@releases
def test_records_of_the_release_are_read(release: Path) -> None:
    """Every kind of every topic; and written again they say at least what they said."""
    for stream in STREAMS:
        file = release / "records" / f"{stream.topic.name}.jsonl"
        if not file.exists():
            continue  # the topic is younger
        for line in file.read_bytes().splitlines():
            again = msgspec.json.encode(msgspec.json.decode(line, type=stream.records))
            _says_all(msgspec.json.decode(line), msgspec.json.decode(again), stream.topic.name)


@releases
def test_the_release_reads_what_is_written_now(release: Path) -> None:
    """By its own fields: what it knows is there and of its type, what it does not know is passed over. A kind
    that it does not know at all may only be written when no worker of it runs any more."""
    schemas = released(release)
    known = {
        name: Draft202012Validator(schema | {"$defs": schemas["$defs"]})
        for name, schema in _resolvable(schemas).items()
    }
    for topic, lines in write.records().items():
        if topic not in known:
            continue
        kinds = _kinds(release, topic)
        for line in lines:
            record = msgspec.json.decode(line)
            if record.get("type") in kinds:
                assert [error.message for error in known[topic].iter_errors(record)] == [], line


@releases
@pytest.mark.parametrize("processor", write.PROCESSORS, ids=lambda one: one.decider.app)
def test_what_rested_then_goes_on_now_as_if_nothing_had_been(
    release: Path, processor: write.Processor
) -> None:
    """From the snapshots and the watermark of the release at half of a log, and from its beginning."""
    for one in stories(release, processor):
        store = MemoryStore()
        whole = store.load(processor.decider, one.number)
        sent = whole.decide(one.log)
        assert write.digest(sent) == one.decided, "version 1 of the rules decides otherwise: make a version 2"
        store.write(one.half)
        resumed = store.load(processor.decider, one.number)
        assert resumed.next_offset == (one.log[one.at].offset if one.at else 0)
        rest = [each for each in sent if _offset(each.headers) >= resumed.next_offset]
        assert resumed.decide(one.log) == rest


@releases
@pytest.mark.parametrize("processor", write.PROCESSORS, ids=lambda one: one.decider.app)
def test_the_release_reads_what_rests_now(release: Path, processor: write.Processor) -> None:
    """Snapshots and watermarks that this code writes, by the fields of the release."""
    schemas = released(release)
    named = {"aicc-routing": "state of pools"}.get(processor.decider.app, "state of sessions")
    check = {
        name: Draft202012Validator(schema | {"$defs": schemas["$defs"]}).validate
        for name, schema in _resolvable(schemas).items()
    }
    for one in stories(release, processor):
        pairs = write.kept(processor.decider, one.number, one.log).half
        for entity, found in by_entity(sorted(pairs)):
            newest = copies(found)[-1].data
            if entity == WATERMARK:
                check["watermark"](msgspec.to_builtins(decode_watermark(newest)))
                continue
            snapshot = decode_snapshot(newest)
            check["snapshot"](msgspec.to_builtins(snapshot))
            if snapshot.gone_ms is None:
                check[named](_plain(msgspec.msgpack.decode(snapshot.state)))


@releases
def test_no_field_is_lost_or_newly_needed(release: Path) -> None:
    assert differences(released(release), write.schemas()) == []


def _removed(schemas: Any) -> None:
    del schemas["$defs"]["MessageAdded"]["properties"]["text"]


def _renamed(schemas: Any) -> None:
    fields = schemas["$defs"]["RequestContact"]["properties"]
    fields["line"] = fields.pop("queue")


def _retyped(schemas: Any) -> None:
    schemas["$defs"]["MessageAdded"]["properties"]["seq"] = {"type": "string"}


def _required(schemas: Any) -> None:
    schemas["$defs"]["MessageAdded"]["properties"]["mood"] = {"type": "string"}
    schemas["$defs"]["MessageAdded"]["required"].append("mood")


def _other_default(schemas: Any) -> None:
    schemas["$defs"]["Position"]["properties"]["rules"]["default"] = 1


def _no_kind(schemas: Any) -> None:
    schemas["conversation.events"]["anyOf"].pop()


def _no_value(schemas: Any) -> None:
    schemas["$defs"]["Role"]["enum"].pop()


def _place_inserted(schemas: Any) -> None:
    schemas["$defs"]["Snapshot"]["prefixItems"].insert(1, {"type": "string"})


@pytest.mark.parametrize(
    "damage",
    [_removed, _renamed, _retyped, _required, _other_default, _no_kind, _no_value, _place_inserted],
)
def test_the_comparison_sees(damage: Callable[[Any], None]) -> None:
    old = write.schemas()
    new = copy.deepcopy(old)
    assert differences(old, new) == []
    damage(new)
    assert differences(old, new) != []


def test_what_may_grow() -> None:
    """A field with a default, a kind, a value, a place at the end."""
    old = write.schemas()
    new = copy.deepcopy(old)
    new["$defs"]["MessageAdded"]["properties"]["mood"] = {"type": "string", "default": ""}
    new["$defs"]["Role"]["enum"].append("robot")
    new["$defs"]["Snapshot"]["prefixItems"].append({"type": "integer", "default": 0})
    assert differences(old, new) == []


def _says_all(old: Any, new: Any, where: str) -> None:
    """What both say is equal: younger fields may have joined, and what equals a default is left out."""
    if isinstance(old, dict) and isinstance(new, dict):
        for name in old.keys() & new.keys():
            _says_all(old[name], new[name], f"{where}.{name}")
    else:
        assert old == new, where


def _kinds(release: Path, topic: str) -> set[str | None]:
    lines = (release / "records" / f"{topic}.jsonl").read_bytes().splitlines()
    return {msgspec.json.decode(line).get("type") for line in lines}


def _resolvable(schemas: Any) -> dict[str, Any]:
    return {name: schema for name, schema in schemas.items() if name != "$defs"}


def _plain(value: Any) -> Any:
    """As JSON has it: names are text."""
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list | tuple) else value


def _offset(told: Any) -> int:
    """Of the command that gave the output."""
    found = {name: value.decode() for name, value in told}
    if "cause" in found:
        from schemas.envelope import Cause

        return Cause.parse(found["cause"]).offset
    return int(found["id"].split(":")[2])
