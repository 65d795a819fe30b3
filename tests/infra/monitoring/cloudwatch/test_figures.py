"""What goes to CloudWatch of what processes show."""

from typing import Any

import pytest

from infra.monitoring.cloudwatch.figures import FIGURES, Counted, Sample, data
from runtime.metrics_page import all_metrics, name_of

_TIMES = "http_request_duration_seconds"


def calls(source: str, quick: float, slow: float, spent: float) -> list[Sample]:
    """So many in the bucket up to 0.5 s, and in that up to 3 s; a counter of each kind of metric."""
    rows = (("0.1", 0.0), ("0.5", quick), ("3.0", quick + slow), ("+Inf", quick + slow))
    buckets = [Sample(source, f"{_TIMES}_bucket", {"le": edge}, value) for edge, value in rows]
    return [
        *buckets,
        Sample(source, f"{_TIMES}_count", {}, quick + slow),
        Sample(source, f"{_TIMES}_sum", {}, spent),
        Sample(source, "http_requests_total", {"code": "200"}, quick),
        Sample(source, "http_requests_total", {"code": "500"}, slow),
    ]


def sent(*rounds: list[Sample]) -> dict[str, dict[str, Any]]:
    """What the last round sends, by name; of a name with dimensions only one."""
    counted = Counted()
    grown = [counted.growth(samples) for samples in rounds]
    return {one["MetricName"]: one for one in data(rounds[-1], grown[-1], 1.0)}


def test_the_first_round_says_nothing_of_what_was_counted_before_it() -> None:
    found = sent(calls("a", 10, 10, 30))
    assert "ResponseTime" not in found
    assert found["Requests"]["Value"] == 0


def test_response_times_are_one_exact_sum_over_all_gateways() -> None:
    before = calls("a", 10, 0, 4.0) + calls("b", 0, 0, 0.0)
    found = sent(before, calls("a", 12, 1, 7.0) + calls("b", 1, 0, 0.4))
    assert found["ResponseTime"]["StatisticValues"] == pytest.approx(
        {"SampleCount": 4, "Sum": 3.4, "Minimum": 0.1, "Maximum": 3.0}
    )
    assert (found["Requests"]["Value"], found["ServerErrors"]["Value"]) == (4, 1)


def test_a_process_that_began_anew_counts_from_nothing() -> None:
    found = sent(calls("a", 100, 0, 9.0), calls("a", 3, 0, 0.9))
    assert found["ResponseTime"]["StatisticValues"]["SampleCount"] == 3
    assert found["Requests"]["Value"] == 3


def test_a_process_that_is_seen_later_counts_from_then_on_and_a_new_code_from_nothing() -> None:
    first = [Sample("a", "http_requests_total", {"code": "200"}, 5)]
    second = [*first, Sample("a", "http_requests_total", {"code": "201"}, 2), *calls("b", 100, 0, 9.0)]
    assert sent(first, second)["Requests"]["Value"] == 2


def test_a_round_without_calls_has_no_response_time() -> None:
    assert "ResponseTime" not in sent(calls("a", 1, 1, 3.0), calls("a", 1, 1, 3.0))


def test_gauges_are_the_worst_or_the_sum_and_unknown_ones_are_left_out() -> None:
    lag, waiting, level = "aicc_consumer_lag_seconds", "aicc_contacts_in_queue", "aicc_service_level"
    queue = {"pool": "p", "queue": "q"}
    samples = [
        Sample("prober", lag, {"group": "g", "topic": "t", "partition": "0"}, 1.0),
        Sample("prober", lag, {"group": "g", "topic": "t", "partition": "1"}, 4.0),
        Sample("prober", waiting, queue, 7.0),
        Sample("prober", level, queue, float("nan")),
    ]
    found = sent(samples)
    assert (found["ConsumerLag"]["Value"], found["ConsumerLag"]["Dimensions"]) == (
        4.0,
        [{"Name": "group", "Value": "g"}],
    )
    assert found["ContactsInQueue"]["Dimensions"] == [
        {"Name": "pool", "Value": "p"},
        {"Name": "queue", "Value": "q"},
    ]
    assert "ServiceLevel" not in found


def test_figures_are_of_metrics_and_labels_that_there_are() -> None:
    known = {name_of(one): set(one._labelnames) for one in all_metrics()}
    for figure in FIGURES:
        assert set(figure.by) <= known[figure.metric]
