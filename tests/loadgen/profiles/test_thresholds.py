"""Thresholds as k6 has them."""

import pytest

from loadgen.profiles import ProfileError, read
from loadgen.profiles.thresholds import expression_of, judge, metric_of

HEAD = "mode: ramping-vus\nstages: 1m:10\nsteps: [get: /x]\n"


@pytest.mark.parametrize(
    ("text", "figure", "holds"),
    [
        ("p(95)<500", 499.9, True),
        ("p(95)<500", 500, False),
        ("p(99.9) <= 500", 500, True),
        ("avg>=2.5", 2.4, False),
        ("rate<0.01", 0.009, True),
        ("rate==1", 1, True),
        ("rate===1", 1, True),
        ("count>100", 100, False),
        ("med!=3", 3, False),
        ("min > -1", 0, True),
        ("max<1000", 1000, False),
        (" value<10 ", 9, True),
    ],
)
def test_expressions(text: str, figure: float, holds: bool) -> None:
    assert expression_of(text).holds(figure) is holds


@pytest.mark.parametrize(
    "text", ["", "p95<500", "p(95)", "p(101)<5", "mean<5", "p(95)<", "avg<5ms", "avg=5", "avg<1e3x"]
)
def test_what_is_no_expression(text: str) -> None:
    with pytest.raises(ProfileError, match=r"thresholds"):
        expression_of(text)


def test_metrics_with_tags() -> None:
    metric = metric_of("http_req_duration{name:start, stage:2}")
    assert (metric.name, metric.tags) == ("http_req_duration", {"name": "start", "stage": "2"})
    assert str(metric) == "http_req_duration{name:start,stage:2}"
    assert metric_of("http_reqs").tags == {}
    for wrong in ("http reqs", "http_reqs{", "http_reqs{name}", "http_reqs{name:}"):
        with pytest.raises(ProfileError, match="is no metric"):
            metric_of(wrong)


def test_the_object_form() -> None:
    text = HEAD + (
        "thresholds:\n"
        "  http_reqs: count>1\n"
        "  http_req_failed: [rate<0.1, {threshold: rate<0.5, abortOnFail: true, delayAbortEval: 1m30s}]\n"
        "  http_req_duration: [{threshold: p(95)<1, abortOnFail: true}, {threshold: p(90)<1}]\n"
    )
    found = read(text, "x").thresholds
    assert found["http_reqs"] == ("count>1",)
    assert found["http_req_failed"] == ("rate<0.1", "rate<0.5 abort 1m30s")
    assert found["http_req_duration"] == ("p(95)<1 abort", "p(90)<1")
    last = expression_of(found["http_req_failed"][1])
    assert (last.abort, last.delay_s, str(last)) == (True, 90, "rate<0.5")
    assert not expression_of("rate<0.1").abort


@pytest.mark.parametrize(
    ("thresholds", "said"),
    [
        ("[p(95)<1]", "must be a mapping of metrics"),
        ("{http_reqs: {abortOnFail: true}}", r"http_reqs\[0\]: has no threshold"),
        ("{http_reqs: {threshold: count>1, abort: true}}", "unknown key 'abort'.*mean abortOnFail"),
        ("{http_reqs: {threshold: count>1, abortOnFail: 1}}", "abortOnFail: must be true or false"),
        ("{http_reqs: {threshold: count>1, abortOnFail: true, delayAbortEval: soon}}", "p|soon"),
        ("{'x{': count>1}", "is no metric"),
    ],
)
def test_what_is_wrong_is_named(thresholds: str, said: str) -> None:
    with pytest.raises(ProfileError, match=said):
        read(f"{HEAD}thresholds: {thresholds}", "x")


def test_judged_by_figures() -> None:
    thresholds = {
        "http_req_duration{name:start}": ("p(95)<100", "avg<10"),
        "http_req_failed": ("rate<0.01",),
        "http_reqs": ("count>0",),
    }
    figures = {
        "http_req_duration{name:start}": {"p(95)": 80.0, "avg": 12.5},
        "http_req_failed": {"rate": 0.0},
    }
    found = judge(thresholds, figures)
    assert [(one.figure, one.ok) for one in found] == [(80, True), (12.5, False), (0, True), (None, False)]
    assert found[1].text == "http_req_duration{name:start} avg<10: 12.5"
    assert found[3].text == "http_reqs count>0: no samples"


def test_a_figure_that_the_metric_does_not_have() -> None:
    with pytest.raises(ProfileError, match="unknown figure 'rate', allowed: avg, med"):
        judge({"http_req_duration": ("rate<1",)}, {"http_req_duration": {"avg": 1, "med": 1}})


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        *(("count>0", False), ("count<1", True), ("value>1", False), ("value<1", True)),
        *(("rate>0.5", True), ("rate<0.5", True), ("p(95)<5", True), ("p(95)>5", False)),
        *(("avg>1", False), ("max<1", True)),
    ],
)
def test_without_samples_as_k6_has_it(text: str, holds: bool) -> None:
    """k6 1.1.0 with thresholds on metrics that nothing was added to."""
    assert [one.ok for one in judge({"mine": (text,)}, {})] == [holds]
