"""The one table of what runs: commands, order, ports, how each is stopped."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path

from infra.stack import Part
from infra.stack.part import Port


class Stage(IntEnum):
    """Started in this order, each when all of the one before are ready; stopped in reverse."""

    PARTS = 1
    PROCESSORS = 2
    GATEWAY = 3
    DEMO = 4


STAGE_STOP_S = {Stage.PARTS: 4, Stage.PROCESSORS: 4, Stage.GATEWAY: 5, Stage.DEMO: 1}
"""How long a stage may take to stop before it is killed; together under 15 s. The gateway has more than its
`graceful_stop_s`."""


@dataclass(frozen=True, slots=True)
class Program:
    """A supervised process. `ready_url` None means that `part` says whether it is ready, or nobody does."""

    name: str
    stage: Stage
    argv: tuple[str, ...]
    cwd: Path
    env: Mapping[str, str] = field(default_factory=dict)
    ports: tuple[Port, ...] = ()
    ready_url: str | None = None
    part: Part | None = None
    stop_signal: str = "TERM"

    @property
    def stop_s(self) -> int:
        return STAGE_STOP_S[self.stage]


@dataclass(frozen=True, slots=True)
class _Service:
    name: str
    stage: Stage
    # Added to AICC_METRICS_BASE_PORT.
    metrics: int
    # Whose rights it has in Postgres; who has none does not go there.
    role: str = ""


_SERVICES = (
    _Service("conversations", Stage.PROCESSORS, 1),
    _Service("routing", Stage.PROCESSORS, 2),
    _Service("persister", Stage.PROCESSORS, 3, "aicc_persister"),
    _Service("notifier", Stage.PROCESSORS, 4),
    _Service("prober", Stage.PROCESSORS, 5),
    _Service("webhooks", Stage.PROCESSORS, 7, "aicc_persister"),
    _Service("responder", Stage.PROCESSORS, 8),
    _Service("gateway", Stage.GATEWAY, 6, "aicc_gateway"),
)


def metrics_targets(metrics_base: int, gateway_port: int) -> dict[str, str]:
    """Where services of the local platform show their metrics; a load test, while it runs, at the base."""
    ports = {row.name: metrics_base + row.metrics for row in _SERVICES} | {"gateway": gateway_port}
    return {name: f"127.0.0.1:{port}" for name, port in {**ports, "loadgen": metrics_base}.items()}


def part_programs(parts: Sequence[Part]) -> tuple[Program, ...]:
    return tuple(_part(part) for part in parts)


def service_programs(
    cwd: Path, metrics_base: int, gateway_port: int, database_url: str = ""
) -> tuple[Program, ...]:
    """`database_url` is that of our own server; where the user names one, its address names the role."""
    return tuple(_service(row, cwd, metrics_base, gateway_port, database_url) for row in _SERVICES)


def with_role(name: str, database_url: str) -> str:
    """The address with no more rights than `aicc-<name>` needs; as it is for who does not go there."""
    role = next((row.role for row in _SERVICES if row.name == name), "")
    return f"{database_url}?role={role}" if role else database_url


def demo_program(cwd: Path, gateway_port: int) -> Program:
    """The agents that stay until the end, so that a chat made by hand gets an answer."""
    argv = (script("aicc-demo"), "agents", "--gateway", f"http://127.0.0.1:{gateway_port}")
    return Program("demo", Stage.DEMO, argv, cwd)


def script(name: str) -> str:
    """A console script of the environment that this process runs in."""
    return str(Path(sys.executable).parent / name)


def _part(part: Part) -> Program:
    command = part.command()
    return Program(
        part.name,
        Stage.PARTS,
        command.argv,
        command.cwd,
        command.env,
        part.ports,
        part=part,
        # To Postgres SIGTERM means: when the last client has gone. SIGINT is its orderly stop now.
        stop_signal="INT" if part.name == "postgres" else "TERM",
    )


def _service(row: _Service, cwd: Path, metrics_base: int, gateway_port: int, database_url: str) -> Program:
    metrics = metrics_base + row.metrics
    ports = [Port(metrics, "AICC_METRICS_BASE_PORT")]
    ready_url = f"http://127.0.0.1:{metrics}/ready"
    if row.stage is Stage.GATEWAY:
        ports.append(Port(gateway_port, "AICC_GATEWAY_PORT"))
        ready_url = f"http://127.0.0.1:{gateway_port}/health/ready"
    env = {"AICC_INSTANCE": f"{row.name}-0", "AICC_METRICS_PORT": str(metrics)}
    if database_url:
        env["DATABASE_URL"] = with_role(row.name, database_url)
    return Program(row.name, row.stage, (script(f"aicc-{row.name}"),), cwd, env, tuple(ports), ready_url)
