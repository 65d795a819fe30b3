"""The encoding of latencies against the library's own."""

import pytest
from hdrh.histogram import HdrHistogram
from hypothesis import given
from hypothesis import strategies as st

from loadgen.engine import Latencies
from loadgen.engine.latencies import HIGHEST_US
from loadgen.results import hdr

SECONDS = st.lists(st.floats(0, 150, allow_nan=False), max_size=60)


def filled(seconds: list[float]) -> Latencies:
    latencies = Latencies()
    for one in seconds:
        latencies.add(one)
    return latencies


@given(SECONDS)
def test_nothing_is_lost_on_the_way(seconds: list[float]) -> None:
    latencies = filled(seconds)
    assert dict(hdr.decode(hdr.encode(latencies)).counts) == dict(latencies.counts)


@pytest.mark.parametrize(
    "seconds", [[], [0.0], [0.005] * 3, [0.001, 0.02, 3.5, 119.0, 500.0], [0.0001] * 300]
)
def test_the_library_reads_it_and_we_read_the_librarys(seconds: list[float]) -> None:
    latencies = filled(seconds)
    theirs = HdrHistogram.decode(hdr.encode(latencies))
    assert theirs.total_count == len(seconds)
    for percentile in (1, 50, 95, 99.9, 100):
        assert theirs.get_value_at_percentile(percentile) / 1000 == latencies.percentile_ms(percentile)
    histogram = HdrHistogram(1, HIGHEST_US, 3)
    histogram.add(latencies.histogram)
    assert dict(hdr.decode(histogram.encode().decode()).counts) == dict(latencies.counts)


@pytest.mark.parametrize("text", ["", "no", "AAAA", "HISTFAAAACJ4nJNpmSz", "HISTFQAAACJ4nJNpmSzM"])
def test_other_texts_are_refused(text: str) -> None:
    with pytest.raises(hdr.NotHdr):
        hdr.decode(text)
