"""Who belongs to a trace, and what a collector that is broken does to a service: nothing."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from runtime import tracing
from runtime.exporting import Exporter
from runtime.settings import Settings, SettingsError, parse_settings
from runtime.tracing import Kind, Span
from tests.collector import collecting

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
KEPT = f"00-{TRACE}-00f067aa0ba902b7-01"
NOT_KEPT = f"00-{TRACE}-00f067aa0ba902b7-00"
SPAN = Span("send x", Kind.PRODUCER, KEPT, "", 1_000, 2_000, {"messaging.system": "kafka", "n": 7})


@pytest.fixture(autouse=True)
def _off_after() -> Iterator[None]:
    yield
    tracing.switch(None, 0.0)


@pytest.mark.parametrize("ratio", [0.0, 1.0])
def test_who_comes_with_a_trace_has_decided(ratio: float) -> None:
    tracing.switch(lambda _: None, ratio)
    assert tracing.at_edge(NOT_KEPT) == ""
    inside = tracing.at_edge(KEPT)
    assert inside[:36] == KEPT[:36]
    assert inside[36:52] != KEPT[36:52]
    assert tracing.is_sampled(inside)


@pytest.mark.parametrize("found", ["", "nonsense", KEPT.replace(TRACE, "0" * 32), KEPT.upper(), KEPT + "-x"])
def test_whoever_comes_with_none_begins_one_by_the_ratio(found: str) -> None:
    tracing.switch(lambda _: None, 1.0)
    assert tracing.is_sampled(tracing.at_edge(found))
    tracing.switch(lambda _: None, 0.0)
    assert tracing.at_edge(found) == ""


def test_the_ratio_is_kept() -> None:
    tracing.switch(lambda _: None, 0.25)
    kept = sum(bool(tracing.at_edge("")) for _ in range(4_000))
    assert 850 < kept < 1_150  # five standard deviations


def test_a_derived_context_is_always_the_same_and_no_other_ones() -> None:
    made = {tracing.derived(KEPT, f"app:topic:0:{offset}") for offset in range(1_000)}
    assert len(made) == 1_000
    assert all(map(tracing.is_sampled, made))
    assert tracing.derived(KEPT, "app:topic:0:7") in made
    assert tracing.derived(KEPT, "x") == f"00-{TRACE}-cce4ece78400c803-01"


def test_a_records_context_takes_the_place_of_the_one_before() -> None:
    headers = tracing.within([("id", b"1"), ("traceparent", b"x"), ("type", b"t")], KEPT)
    assert headers == [("id", b"1"), ("type", b"t"), ("traceparent", KEPT.encode())]
    assert tracing.context_of(headers) == KEPT
    assert tracing.context_of([("traceparent", NOT_KEPT.encode())]) == ""


def test_a_span_reaches_the_collector_as_it_was_made() -> None:
    with collecting() as collector:
        exporter = Exporter("aicc-tests", Settings(trace_endpoint=collector.address))
        link, child = f"00-{'c' * 32}-{'d' * 16}-01", tracing.child(KEPT)
        exporter.take(SPAN)
        exporter.take(SPAN._replace(context=child, parent=KEPT, links=(link,), error="OSError"))
        exporter.close()
        root, inside = sorted(collector.spans, key=lambda one: one.parent)
    assert (root.service, root.name, root.trace_id, root.parent) == ("aicc-tests", "send x", TRACE, "")
    assert (root.took_ns, root.failed) == (1_000, False)
    assert root.attributes == {"messaging.system": "kafka", "n": 7}
    assert (inside.parent, inside.span_id) == (KEPT[36:52], child[36:52])
    assert inside.links == (("c" * 32, "d" * 16),)
    assert (inside.failed, inside.attributes["error.type"]) == (True, "OSError")


@pytest.mark.parametrize("listens", [True, False], ids=["hangs", "is_down"])
def test_a_broken_collector_takes_no_time(listens: bool) -> None:
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        if listens:
            mute.listen()
        port = mute.getsockname()[1]
        exporter = Exporter("tests", Settings(trace_endpoint=f"http://127.0.0.1:{port}/v1/traces"))
        began = time.process_time()
        for _ in range(2_000):
            exporter.take(SPAN)
        assert time.process_time() - began < 5
        began = time.monotonic()
        exporter.close()
        assert time.monotonic() - began < 3


def test_what_is_off_is_not_even_imported() -> None:
    # redis-py imports the SDK's metrics wherever they are installed; traces and the exporter are ours alone.
    program = (
        "import sys, gateway.state, streams.harness.run, workers.loop; "
        "from runtime import settings, starting; "
        "starting.start_telling('x', settings.Settings()); "
        "found = {'opentelemetry.sdk.trace', 'opentelemetry.exporter', 'requests'} & set(sys.modules); "
        "sys.exit(str(found) if found else 0)"
    )
    ended = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True)
    assert (ended.returncode, ended.stderr) == (0, b"")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("AICC_TRACE_ENDPOINT", "collector:4318"),
        ("AICC_TRACE_ENDPOINT", "http://collector:4318"),
        ("AICC_TRACE_RATIO", "1.5"),
        ("AICC_LOG_FORMAT", "xml"),
    ],
)
def test_settings_that_mean_nothing_are_refused(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"{name} is '{value}', but must be "):
        parse_settings(Settings, {name: value})
