"""What is deployed, as compose and kubectl read it, and the settings that there are."""

import functools
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

from gateway.settings import GatewaySettings
from infra.monitoring.receivers import AlertSettings
from infra.paths import CHECKOUT
from infra.services import Program, service_programs
from runtime.settings import Settings, variable
from streams.harness.run import StreamSettings
from workers.notifier.main import NotifierSettings
from workers.persister.main import PersisterSettings
from workers.prober.main import ProberSettings
from workers.responder.settings import ResponderSettings
from workers.webhooks.settings import WebhooksSettings

DEPLOY = CHECKOUT / "infra" / "deploy"
COMPOSE = DEPLOY / "compose"
ONE_BROKER = (COMPOSE / "compose.yaml",)
THREE_BROKERS = (*ONE_BROKER, COMPOSE / "compose.brokers-3.yaml")
SECRETS = DEPLOY / "kubernetes" / "overlays" / "secrets.example.env"
SETTINGS: dict[str, type[Settings]] = {
    "conversations": StreamSettings,
    "routing": StreamSettings,
    "persister": PersisterSettings,
    "notifier": NotifierSettings,
    "prober": ProberSettings,
    "webhooks": WebhooksSettings,
    "responder": ResponderSettings,
    "gateway": GatewaySettings,
    "setup": Settings,
    "monitoring-files": AlertSettings,
}
Object = dict[str, Any]


def programs() -> dict[str, Program]:
    """The services, at the ports that the local platform gives them by default."""
    return {program.name: program for program in service_programs(Path(), 9180, 8080)}


def known(name: str) -> set[str]:
    """The variables that the service reads."""
    return {variable(field) for field in SETTINGS[name].__struct_fields__}


def program(name: str) -> str:
    """A tool that a package of ours brings, or the system."""
    beside = Path(sys.executable).with_name(name)
    return str(beside) if beside.exists() else name


def env_file(path: Path) -> dict[str, str]:
    lines = (line for line in path.read_text().splitlines() if line and not line.startswith("#"))
    return dict(line.split("=", 1) for line in lines)


@functools.cache
def composed(files: tuple[Path, ...]) -> Object:
    """The files laid over each other with the example's secrets, by docker-compose, which needs no daemon."""
    chosen = [word for file in files for word in ("-f", str(file))]
    command = ["docker-compose", "--env-file", str(COMPOSE / "env.example"), *chosen, "config"]
    plain = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")}
    done = subprocess.run(command, env=plain, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: Object = yaml.safe_load(done.stdout)
    return found


def rendered(overlay: str, directory: Path) -> list[Object]:
    """What `kubectl apply -k` would send, of a copy that has the example's secrets."""
    for part in ("infra/deploy/kubernetes", "infra/monitoring"):
        shutil.copytree(
            CHECKOUT / part, directory / part, ignore=shutil.ignore_patterns("*.py", "__pycache__")
        )
    here = directory / "infra/deploy/kubernetes/overlays" / overlay
    shutil.copy(SECRETS, here / "secrets.env")
    done = subprocess.run(
        [program("kubectl"), "kustomize", str(here)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return list(yaml.safe_load_all(done.stdout))
