"""compare, baseline, gate and history --changes on kept runs."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from loadgen.command import main
from loadgen.results.state import Status
from tests.loadgen.comparison.keeping import keep

WOBBLE = (100.0, 103.0, 98.0, 101.0, 99.0, 102.0, 97.0, 100.5, 101.5, 98.5)


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    return tmp_path / "runs"


def call(runs: Path, *arguments: str) -> Result:
    return CliRunner(env={"AICC_RUNS": str(runs), "COLUMNS": "200"}).invoke(main, arguments)


def in_turn(runs: Path, slower: float) -> tuple[list[str], list[str]]:
    made = [
        keep(runs, n, p95 * (slower if n % 2 else 1), commit="ab"[n % 2] * 8) for n, p95 in enumerate(WOBBLE)
    ]
    return made[::2], made[1::2]


def promoted(runs: Path, cpus: int = 2) -> list[str]:
    made = [keep(runs, n, p95, cpus=cpus) for n, p95 in enumerate(WOBBLE[:8])]
    assert call(runs, "baseline", "add", *made).exit_code == 0
    return made


@pytest.mark.parametrize(
    ("slower", "status", "verdict"), [(1.0, 0, "same"), (1.4, 3, "worse"), (0.7, 0, "better")]
)
def test_two_sets_are_compared(runs: Path, slower: float, status: int, verdict: str) -> None:
    before, after = in_turn(runs, slower)
    said = call(runs, "compare", *before, "--with", *after, "--json")
    assert said.exit_code == status, said.output
    told = json.loads(said.stdout)
    assert (told["verdict"], told["before"], told["after"]) == (verdict, before, after)
    p95 = next(one for one in told["metrics"] if one["metric"] == "response_time p(95)")
    assert p95["ratio"] == pytest.approx(slower, rel=0.05)
    shown = call(runs, "compare", "@aaaa", "--profile", "mixed", "--with", "@bbbb")
    assert shown.exit_code == status
    assert "response_time{name:start} p(99)" in shown.stdout


def test_invalid_runs_are_said_first_and_what_is_missing_after(runs: Path) -> None:
    before, after = in_turn(runs, 1.4)
    partial = keep(runs, 20, 100.0, status=Status.INTERRUPTED)
    invalid = keep(runs, 21, 100.0, valid=False)
    said = call(runs, "compare", *before[1:], partial, invalid, "--with", *after)
    assert said.exit_code == 4
    first, second, third, *_ = said.stdout.splitlines()
    assert first.startswith(f"left out: {invalid} is INVALID: cpu")
    assert second.startswith(f"left out: {partial} is interrupted")
    assert "(1 and 0 are missing)" in third
    assert call(runs, "compare", *before, "--with", invalid).exit_code == 98


def test_what_is_not_alike_is_compared_only_where_that_is_wanted(runs: Path) -> None:
    before, after = in_turn(runs, 1.4)
    block = call(runs, "compare", *sorted(before + after)[:5], "--with", *sorted(before + after)[5:])
    assert block.exit_code == 4
    assert "not made in turn" in block.stdout
    for other in (keep(runs, 30, 100.0, rate=20.0), keep(runs, 31, 100.0, cpus=8)):
        said = call(runs, "compare", *before, "--with", *after, other)
        assert said.exit_code == 1
        assert "--anyway" in said.output
        assert call(runs, "compare", *before, "--with", *after, other, "--anyway").exit_code == 3
    assert call(runs, "compare", *before, "--with", before[0]).exit_code == 2
    assert call(runs, "compare", *before, "--with", "@nowhere").exit_code == 2


def test_a_baseline_takes_whole_valid_runs_alone(runs: Path) -> None:
    good, bad = keep(runs, 1, 100.0), keep(runs, 2, 100.0, valid=False)
    part = keep(runs, 3, 100.0, status=Status.PARTIAL)
    for refused in (bad, part):
        said = call(runs, "baseline", "add", good, refused)
        assert (said.exit_code, refused in said.output) == (1, True)
    assert good not in call(runs, "baseline", "list").stdout
    assert call(runs, "baseline", "add", good, "--name", "release").exit_code == 0
    assert good in call(runs, "baseline", "list", "--name", "release").stdout
    assert call(runs, "baseline", "remove", good).exit_code == 1
    assert call(runs, "baseline", "remove", good, "--name", "release").exit_code == 0


@pytest.mark.parametrize(("p95", "status"), [(101.0, 0), (60.0, 0), (130.0, 3)])
def test_a_gate_ends_by_its_verdict(runs: Path, tmp_path: Path, p95: float, status: int) -> None:
    promoted(runs)
    summary = tmp_path / "summary.md"
    said = call(runs, "gate", keep(runs, 40, p95), "--markdown", str(summary))
    assert said.exit_code == status, said.output
    assert (
        ("| worse |" in summary.read_text()) == (status == 3) == ("worse: response_time p(95)" in said.stdout)
    )


def test_a_gate_says_what_it_lacks(runs: Path) -> None:
    promoted(runs, cpus=8)
    said = call(runs, "gate", keep(runs, 40, 130.0))
    assert said.exit_code == 4
    assert "8 baselines of other machines (8 cores, 8 GB; this has 2 cores, 8 GB)" in said.stdout
    assert "8 are missing of 8" in said.stdout
    assert call(runs, "gate", "latest", "--any-machine").exit_code == 3
    assert call(runs, "gate", keep(runs, 41, 100.0, valid=False)).exit_code == 98


def test_the_file_of_baselines_is_enough_by_itself(runs: Path, tmp_path: Path) -> None:
    promoted(runs)
    alone = tmp_path / "elsewhere"
    keep(alone, 40, 130.0)
    assert call(alone, "gate", "latest", "--file", str(runs / "baselines.json")).exit_code == 3
    (runs / "baselines.json").write_text("{")
    assert call(alone, "gate", "latest", "--file", str(runs / "baselines.json")).exit_code == 1


class Hook(HTTPServer):
    """A webhook that refuses `busy` posts before it takes one."""

    def __init__(self, busy: int) -> None:
        self.busy, self.heard = busy, list[dict[str, object]]()
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_port}/hook"


class _Handler(BaseHTTPRequestHandler):
    server: Hook

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        refuses, self.server.busy = self.server.busy > 0, self.server.busy - 1
        if not refuses:
            self.server.heard.append(json.loads(body))
        self.send_response(503 if refuses else 204)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def hook() -> Iterator[Hook]:
    with Hook(busy=1) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def test_a_hook_is_told_also_where_it_is_busy_at_first(runs: Path, hook: Hook) -> None:
    promoted(runs)
    said = call(runs, "gate", keep(runs, 40, 130.0), "--notify", hook.url, "--json")
    assert said.exit_code == json.loads(said.stdout)["exit_code"] == 3
    (heard,) = hook.heard
    assert (heard["verdict"], heard["status"]) == ("worse", "worse")
    assert "worse: response_time p(95)" in str(heard["text"])


def test_a_hook_that_is_away_hides_no_verdict(
    runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("loadgen.comparison.notify._FIRST_WAIT_S", 0.01)
    promoted(runs)
    worse = keep(runs, 40, 130.0)
    for url in ("http://127.0.0.1:1/", "not a url"):
        said = call(runs, "gate", worse, "--notify", url, "--markdown", str(tmp_path / "none" / "a.md"))
        assert said.exit_code == 3
        assert "could not be posted" in said.stderr
        assert "can't be written" in said.stderr


def test_a_history_tells_since_when_it_is_slower(runs: Path) -> None:
    assert "No metric changed" in call(runs, "history", "--changes").stdout
    for number in range(20):
        keep(runs, number, WOBBLE[number % 10] * (1.3 if number >= 12 else 1), commit=f"{number:08x}")
    keep(runs, 21, 900.0, valid=False)
    said = call(runs, "history", "--changes").stdout
    assert "response_time p(95)" in said
    assert "0000000c" in said
    assert said.count("worse") == 1
    assert "1 of 21 runs are INVALID" in said
