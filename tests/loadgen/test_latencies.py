"""The sparse buckets against the library's HdrHistogram."""

import sys

import msgspec
import pytest
from hdrh.histogram import HdrHistogram
from hypothesis import given, settings
from hypothesis import strategies as st

from loadgen.engine import Latencies
from loadgen.engine.latencies import HIGHEST_US, bucket, lowest_us

SECONDS = st.lists(st.floats(0, 130), max_size=60)
SHARES = (0, 1, 50, 90, 95, 99, 99.9, 100)


def _of(seconds: list[float]) -> Latencies:
    made = Latencies()
    for one in seconds:
        made.add(one)
    return made


@given(seconds=SECONDS)
@settings(deadline=None, max_examples=20)  # encoding takes the library 3 ms
def test_it_holds_what_the_library_would_have_recorded(seconds: list[float]) -> None:
    latencies, recorded = _of(seconds), HdrHistogram(1, HIGHEST_US, 3)
    for one in seconds:
        recorded.record_value(min(max(int(one * 1e6), 1), HIGHEST_US))
    assert latencies.histogram.encode() == recorded.encode()
    assert latencies.count == recorded.get_total_count()
    assert latencies.mean_ms == pytest.approx(recorded.get_mean_value() / 1000)
    for share, found in zip(SHARES, latencies.percentiles_ms(*SHARES), strict=True):
        assert found == recorded.get_value_at_percentile(share) / 1000, share


@given(parts=st.lists(SECONDS, max_size=4))
def test_merging_what_other_processes_sent_loses_nothing(parts: list[list[float]]) -> None:
    merged = Latencies()
    for part in parts:
        sent = msgspec.msgpack.encode(_of(part).pack())
        merged.merge(Latencies.unpack(msgspec.msgpack.decode(sent, type=dict[int, int])))
    whole = _of([one for part in parts for one in part])
    assert (merged.counts, merged.count) == (whole.counts, whole.count)


@given(micros=st.integers(1, HIGHEST_US))
def test_buckets_are_three_digits_wide(micros: int) -> None:
    lowest = lowest_us(bucket(micros))
    assert lowest <= micros < lowest * 1.001 + 1
    assert bucket(lowest) == bucket(micros)


def test_above_a_limit() -> None:
    assert _of([0.001, 0.005, 0.006, 1.0]).above(0.005) == 2


def test_a_sparse_one_is_small() -> None:
    few = _of([0.1, 0.2, 0.3])
    few.fold()
    assert sys.getsizeof(few) + sum(sys.getsizeof(getattr(few, name)) for name in few.__slots__) < 700


def test_the_table_of_buckets_is_right_at_each_edge() -> None:
    edges = [micros for power in range(20) for micros in ((1 << power) - 1, 1 << power, (1 << power) + 1)]
    for micros in (*edges, 524_286, 524_287, 524_288, 524_289):
        assert list(_of([micros / 1e6 + 1e-8]).counts) == [bucket(micros)]
