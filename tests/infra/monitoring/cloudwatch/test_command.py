"""aicc-monitoring cloudwatch against moto, which keeps what botocore sends it as CloudWatch would."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from botocore.session import Session
from click.testing import CliRunner, Result
from moto import mock_aws

from infra.monitoring.command import main
from tests.infra.monitoring.servers import serving

REGION = "eu-central-1"
_PAGE = """\
# TYPE http_request_duration_seconds histogram
http_request_duration_seconds_bucket{{le="3.0"}} {count}
http_request_duration_seconds_bucket{{le="+Inf"}} {count}
http_request_duration_seconds_count {count}
http_request_duration_seconds_sum {spent}
# TYPE aicc_consumer_lag_seconds gauge
aicc_consumer_lag_seconds{{group="persister",topic="t",partition="0"}} 4.5
"""


@pytest.fixture
def pages() -> Iterator[str]:
    """The address of a process that serves ten calls of 2.5 s each time that one looks."""
    looks: list[int] = []

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            looks.append(10)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(_PAGE.format(count=sum(looks), spent=2.5 * sum(looks)).encode())

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    with serving(server):
        yield f"127.0.0.1:{server.server_address[1]}"


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "of-a-test")
    with mock_aws():
        yield Session().create_client("cloudwatch", region_name=REGION)


def called(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["cloudwatch", "--region", REGION, *arguments])


def test_figures_and_the_alarm_arrive(cloud: Any, pages: str) -> None:
    told = called(
        "--target",
        f"gateway={pages}",
        "--rounds",
        "3",
        "--every",
        "0.05",
        "--alarm-action",
        "arn:aws:sns:x:1:y",
    )
    assert (told.exit_code, told.output) == (0, "")
    now = datetime.now(UTC)
    asked = {
        "Namespace": "aicc",
        "StartTime": now - timedelta(minutes=5),
        "EndTime": now + timedelta(minutes=5),
        "Period": 600,
    }
    (times,) = cloud.get_metric_statistics(
        **asked, MetricName="ResponseTime", Statistics=["Average", "SampleCount"]
    )["Datapoints"]
    assert (times["SampleCount"], times["Average"]) == (20, 2.5)
    (lag,) = cloud.get_metric_statistics(
        **asked,
        MetricName="ConsumerLag",
        Dimensions=[{"Name": "group", "Value": "persister"}],
        Statistics=["Maximum"],
    )["Datapoints"]
    assert lag["Maximum"] == 4.5
    (alarm,) = cloud.describe_alarms()["MetricAlarms"]
    assert (alarm["Period"], alarm["EvaluationPeriods"], alarm["Threshold"]) == (300, 2, 2.0)
    assert (alarm["Statistic"], alarm["ComparisonOperator"]) == ("Average", "GreaterThanThreshold")
    assert (alarm["Namespace"], alarm["MetricName"]) == ("aicc", "ResponseTime")
    assert alarm["AlarmActions"] == alarm["OKActions"] == ["arn:aws:sns:x:1:y"]


def test_a_process_that_is_away_is_said_and_the_others_are_sent(cloud: Any, pages: str) -> None:
    told = called("--target", f"gateway={pages}", "--target", "prober=127.0.0.1:1", "--rounds", "1")
    assert told.exit_code == 0
    assert "prober at 127.0.0.1:1 does not answer" in told.output
    assert {one["MetricName"] for one in cloud.list_metrics()["Metrics"]} >= {"ConsumerLag"}


def test_where_cloudwatch_does_not_answer_one_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "of-a-test")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    told = called("--rounds", "1")
    assert (told.exit_code, "CloudWatch can't be used" in told.output) == (1, True)


def test_a_target_that_is_none_is_refused() -> None:
    told = called("--target", "gateway", "--rounds", "1")
    assert (told.exit_code, "NAME=HOST:PORT" in told.output) == (2, True)
