import pytest

from streams.harness import snapshots
from streams.harness.snapshots import HOUR_MS, WATERMARK, Snapshot, Watermark, chunks, copies, garbage

OLD, NEW = snapshots.incarnation(1_000, "a"), snapshots.incarnation(2_000, "b")
LATER = 2_000 + 2 * HOUR_MS


def snapshot(next_offset: int, gone: bool = False, state: bytes = b"state") -> Snapshot:
    return Snapshot("e", next_offset, 5_000 if gone else None, None, {}, state)


def test_the_highest_next_offset_counts_whoever_wrote_it() -> None:
    pairs = [*chunks("e", NEW, 0, snapshot(7)), *chunks("e", OLD, 0, snapshot(9, state=b"late"))]
    assert snapshots.decode_snapshot(copies(pairs)[-1].data).state == b"late"


@pytest.mark.parametrize("lost", [0, 1, 2])
def test_a_torn_snapshot_leaves_the_one_before_it(monkeypatch: pytest.MonkeyPatch, lost: int) -> None:
    monkeypatch.setattr(snapshots, "CHUNK_BYTES", 10)
    first = chunks("e", NEW, 0, snapshot(5, state=b"x" * 20))
    second = chunks("e", NEW, 1, snapshot(6, state=b"y" * 20))
    assert len(second) > 2
    torn = dict(first) | {key: value for n, (key, value) in enumerate(second) if n != lost}
    assert copies(torn.items())[-1].next_offset == 5
    assert copies((dict(first) | dict(second)).items())[-1].next_offset == 6


def test_an_overwritten_slot_is_torn_until_its_last_chunk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshots, "CHUNK_BYTES", 10)
    slots = [chunks("e", NEW, n % 2, snapshot(5 + n, state=b"x" * 30)) for n in range(3)]
    stored = dict(slots[0]) | dict(slots[1])
    for key, value in slots[2]:
        assert copies(stored.items())[-1].next_offset == 6
        stored[key] = value
    assert copies(stored.items())[-1].next_offset == 7


@pytest.mark.parametrize(
    ("pairs", "durable", "now", "gone"),
    [
        pytest.param([(OLD, snapshot(5)), (NEW, snapshot(9))], 9, LATER, [OLD], id="an old copy goes"),
        pytest.param([(OLD, snapshot(5)), (NEW, snapshot(9))], 8, LATER, [], id="not before it is covered"),
        pytest.param([(OLD, snapshot(5)), (NEW, snapshot(9))], 9, HOUR_MS, [], id="not within the hour"),
        pytest.param([(NEW, snapshot(9))], 9, LATER, [], id="the only copy stays"),
        pytest.param([(NEW, snapshot(9, gone=True))], 9, LATER + HOUR_MS, [NEW], id="a mark goes last"),
        pytest.param(
            [(OLD, snapshot(5)), (NEW, snapshot(9, gone=True))], 9, LATER, [OLD], id="copies before the mark"
        ),
    ],
)
def test_what_is_deleted_and_when(
    pairs: list[tuple[str, Snapshot]], durable: int, now: int, gone: list[str]
) -> None:
    stored = [pair for name, made in pairs for pair in chunks("e", name, 0, made)]
    mark = Watermark(durable, 1, "t", now, now)
    assert [key.split(b"\x00")[1].decode() for key in garbage("e", stored, mark)] == gone


def test_the_newest_watermark_stays_for_ever() -> None:
    marks = [(OLD, Watermark(5, 1, "t")), (NEW, Watermark(9, 1, "t"))]
    stored = [pair for name, made in marks for pair in chunks(WATERMARK, name, 0, made)]
    assert garbage(WATERMARK, stored, Watermark(9, 1, "t", 10**15, 10**15)) == [stored[0][0]]
