"""The real Alertmanager tells whom the settings name: together, and not what is hidden or silenced."""

import asyncio
import json
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from infra.monitoring.alertmanager import alertmanager as configuration
from infra.monitoring.command import main
from infra.monitoring.receivers import AlertSettings
from infra.monitoring.rules import names
from tests.infra.monitoring.servers import Hook, Mailbox, Server, alertmanager, serving
from tests.waiting import until

EVERYTHING = {
    "AICC_ALERT_PAGE": "https://pager.example/aicc, #calls,boss@example.org",
    "AICC_ALERT_TICKET": "ops@example.org",
    "AICC_ALERT_WEBHOOK_TOKEN_FILE": "/run/secrets/token",
    "AICC_ALERT_SLACK_URL_FILE": "/run/secrets/slack",
    "AICC_ALERT_SMTP": "mail.example.org:587",
    "AICC_ALERT_SMTP_USER": "aicc",
    "AICC_ALERT_SMTP_PASSWORD_FILE": "/run/secrets/mail",
}


@pytest.mark.parametrize("environ", [{}, EVERYTHING], ids=["nobody", "everybody"])
def test_amtool_takes_what_the_command_prints(environ: dict[str, str], tmp_path: Path) -> None:
    told = CliRunner().invoke(main, ["alertmanager"], env=environ)
    assert told.exit_code == 0, told.output
    (tmp_path / "made.yaml").write_text(told.output)
    ran = subprocess.run(
        ["amtool", "check-config", str(tmp_path / "made.yaml")], check=False, capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    page, ticket = yaml.safe_load(told.output)["receivers"]
    assert len(page) + len(ticket) == (6 if environ else 2)


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({"AICC_ALERT_PAGE": "#calls"}, "AICC_ALERT_SLACK_URL_FILE"),
        ({"AICC_ALERT_TICKET": "ops@example.org"}, "AICC_ALERT_SMTP"),
        ({"AICC_ALERT_PAGE": "pager"}, "'pager'"),
    ],
)
def test_whom_nobody_can_reach_is_refused(environ: dict[str, str], said: str) -> None:
    told = CliRunner().invoke(main, ["alertmanager"], env=environ)
    assert (told.exit_code, said in told.output) == (2, True), told.output


def test_only_alerts_that_there_are_hide_others() -> None:
    for one in configuration(AlertSettings())["inhibit_rules"]:
        for matcher in (*one["source_matchers"], *one["target_matchers"]):
            assert set(matcher.split('"')[1].split("|")) <= set(names())


@pytest.fixture(scope="module")
def hook() -> Iterator[Hook]:
    with Hook().listening() as hook:
        yield hook


@pytest.fixture(scope="module")
def mailbox() -> Iterator[Mailbox]:
    mailbox = Mailbox()
    with serving(mailbox):
        yield mailbox


@pytest.fixture(scope="module")
def server(hook: Hook, mailbox: Mailbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    directory = tmp_path_factory.mktemp("alertmanager")
    (directory / "token").write_text("of the pager")
    (directory / "slack").write_text(f"{hook.url}/slack")
    settings = AlertSettings(
        alert_page=f"{hook.url}/page",
        alert_ticket=f"{hook.url}/ticket,#calls,ops@example.org",
        alert_webhook_token_file=str(directory / "token"),
        alert_slack_url_file=str(directory / "slack"),
        alert_smtp=mailbox.address,
        alert_smtp_tls=False,
    )
    with alertmanager(configuration(settings, 200), directory) as server:
        asyncio.run(until(server.is_ready, 20, "Alertmanager is not ready"))
        yield server


def fire(server: Server, name: str, severity: str, *, minutes_left: int = 5, **labels: str) -> None:
    """As Prometheus says it; with no minutes left it has ended."""
    now = datetime.now(UTC)
    alert = {
        "labels": {"alertname": name, "severity": severity, **labels},
        "annotations": {"summary": f"{name} of a test.", "runbook_url": f"docs/runbooks/{name}.md"},
        "startsAt": (now - timedelta(minutes=1)).isoformat(),
        "endsAt": (now + timedelta(minutes=minutes_left)).isoformat(),
    }
    server.post("/api/v2/alerts", [alert])


def soon(condition: Callable[[], object], otherwise: str) -> None:
    asyncio.run(until(lambda: bool(condition()), 15, otherwise))


def test_alerts_of_one_group_come_together_and_one_hears_when_they_are_over(
    server: Server, hook: Hook
) -> None:
    for n in range(3):
        fire(server, "RetentionClose", "page", group="one", partition=str(n))
    soon(lambda: hook.messages("/page", "firing", group="one", partition="2"), "nobody is told")
    assert len(hook.messages("/page", "firing", group="one")[-1]["alerts"]) == 3
    assert "Bearer of the pager" in {sign for path, _, sign in hook.heard if path == "/page"}
    for n in range(3):
        fire(server, "RetentionClose", "page", minutes_left=0, group="one", partition=str(n))
    soon(lambda: hook.messages("/page", "resolved", group="one"), "nobody hears that it is over")


def test_what_is_silenced_and_what_follows_from_something_is_not_told(server: Server, hook: Hook) -> None:
    now = datetime.now(UTC)
    server.post(
        "/api/v2/silences",
        {
            "matchers": [{"name": "group", "value": "quiet", "isRegex": False, "isEqual": True}],
            "startsAt": now.isoformat(),
            "endsAt": (now + timedelta(hours=1)).isoformat(),
            "createdBy": "tests",
            "comment": "a drill",
        },
    )
    fire(server, "RecordsLost", "page", group="quiet")
    fire(server, "PartitionStuck", "page", group="two")
    soon(lambda: hook.messages("/page", "firing", group="two"), "the cause is not told")
    fire(server, "LagOverTarget", "page", group="two")
    fire(server, "LagOverTarget", "page", group="three")
    soon(lambda: hook.messages("/page", "firing", group="three"), "another group's is not told")
    states = {
        (one["labels"]["alertname"], one["labels"]["group"]): one["status"]["state"]
        for one in server.get("/api/v2/alerts")
    }
    assert states["RecordsLost", "quiet"] == states["LagOverTarget", "two"] == "suppressed"
    assert not hook.messages("/page", "firing", group="quiet")
    assert not hook.messages("/page", "firing", alertname="LagOverTarget", group="two")


def test_a_ticket_goes_to_the_webhook_to_slack_and_by_mail(
    server: Server, hook: Hook, mailbox: Mailbox
) -> None:
    fire(server, "DeadLetters", "ticket", topic="events")
    soon(lambda: hook.messages("/ticket", "firing", topic="events"), "the webhook is not called")
    soon(lambda: [path for path, _, _ in hook.heard if path == "/slack"], "Slack is not told")
    (told,) = [body for path, body, _ in hook.heard if path == "/slack"]
    assert told["channel"] == "#calls"
    assert "DeadLetters of a test. docs/runbooks/DeadLetters.md" in json.dumps(told)
    soon(lambda: mailbox.letters, "no letter comes")
    assert "FIRING: DeadLetters (1)" in mailbox.letters[0]
    assert not hook.messages("/page", "firing", topic="events")
