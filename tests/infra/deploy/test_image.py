"""The image: its file, what it is made of, and how it says that it is well."""

import http.server
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from importlib import metadata

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from infra.paths import CHECKOUT
from tests.infra.deploy.manifests import DEPLOY, program
from tests.loadgen.servers import free_port

DOCKER = DEPLOY / "docker"
FILE = DOCKER / "Dockerfile"
_PINNED = re.compile(r"^(\S+?)==(\S+?)(?: ;.*)? \\\n((?:    --hash=\S+(?: \\)?\n?)+)", re.MULTILINE)


def pins(lock: str) -> dict[str, tuple[str, frozenset[str]]]:
    """Version and digests by name."""
    return {
        canonicalize_name(name.split("[")[0]): (version, frozenset(re.findall(r"sha256:\w+", hashes)))
        for name, version, hashes in _PINNED.findall(lock)
    }


def test_hadolint_has_nothing_to_say() -> None:
    done = subprocess.run([program("hadolint"), str(FILE)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_it_runs_as_somebody_without_rights_and_has_no_java() -> None:
    text = FILE.read_text()
    last = text[text.rindex("\nFROM ") :]
    assert re.search(r"^USER 10001:10001$", last, re.MULTILINE)
    assert "HEALTHCHECK" in last
    assert not re.search(r"apt-get|jre|jdk|kafka", text.split("ARG", 1)[1])


def test_all_that_runs_is_copied_and_nothing_else_can_be() -> None:
    copied = set(re.findall(r"^COPY (\w+) \w+$", FILE.read_text(), re.MULTILINE))
    listed = (CHECKOUT / "pyproject.toml").read_text()
    packages = set(re.findall(r'"(\w+)\*"', re.findall(r"^include = .*$", listed, re.MULTILINE)[0]))
    assert copied == packages
    ignored = (DOCKER / "Dockerfile.dockerignore").read_text().splitlines()
    let_in = {line[1:] for line in ignored if line.startswith("!")}
    assert ignored[1] == "**"
    assert packages | {"pyproject.toml", "README.md", "LICENSE"} == let_in - {"infra/deploy/docker"}


def test_it_holds_what_services_need_in_the_versions_that_are_tested() -> None:
    every = pins((CHECKOUT / "requirements.lock").read_text())
    shipped = pins((DOCKER / "requirements.lock").read_text())
    assert len(shipped) > 50
    assert {name: pin for name, pin in shipped.items() if every.get(name) != pin} == {}
    needed = [Requirement(one) for one in metadata.requires("aicc") or ()]
    own = {
        canonicalize_name(one.name)
        for one in needed
        if one.marker is None or one.marker.evaluate({"extra": ""})
    }
    assert own <= shipped.keys()
    assert {"pytest", "mypy", "playwright"} & shipped.keys() == set()


@pytest.fixture
def answering(request: pytest.FixtureRequest) -> Iterator[int]:
    """The port of a service whose /ready answers with the parameter."""

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(request.param if self.path == "/ready" else 404)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


@pytest.mark.parametrize(("answering", "status"), [(200, 0), (503, 1)], indirect=["answering"])
def test_health_is_what_the_service_says(answering: int, status: int) -> None:
    assert _healthy({"AICC_METRICS_PORT": str(answering)}) == status


def test_who_does_not_answer_is_not_well() -> None:
    port = str(free_port())
    assert _healthy({"AICC_METRICS_PORT": port}) == 1
    assert _healthy({"AICC_GATEWAY_PORT": port}) == 1


def _healthy(told: dict[str, str]) -> int:
    plain = {name: value for name, value in os.environ.items() if not name.startswith("AICC_")}
    return subprocess.run(
        [sys.executable, str(DOCKER / "healthy.py")], env=plain | told, check=False
    ).returncode
