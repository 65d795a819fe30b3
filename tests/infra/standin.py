"""`aicc-run` with stand-in services: the same run, supervisor and stop, without the platform's weight.

python -m tests.infra.standin VAR PORT [--once] [--stubborn] [--parts] [--drive-fails]
"""

import sys
from pathlib import Path

from infra.paths import CHECKOUT, JARS
from infra.run import Plan, run
from infra.services import Program, Stage, part_programs
from infra.stack import LocalStack
from infra.stack.part import Port


def service(name: str, stage: Stage, port: int, *options: str) -> Program:
    argv = (sys.executable, "-m", "tests.infra.standin_service", str(port), *options)
    ports = (Port(port, "AICC_STANDIN_PORT"),)
    return Program(name, stage, argv, CHECKOUT, {}, ports, f"http://127.0.0.1:{port}/ready")


def plan(arguments: list[str]) -> Plan:
    var, port = Path(arguments[0]).resolve(), int(arguments[1])
    options = ("--stubborn",) if "--stubborn" in arguments else ()
    parts = part_programs(LocalStack.at(var, JARS).parts) if "--parts" in arguments else ()
    programs = (
        *parts,
        service("routing", Stage.PROCESSORS, port),
        service("persister", Stage.PROCESSORS, port + 1, *options),
        service("gateway", Stage.GATEWAY, port + 2),
    )
    drive = (sys.executable, "-c", f"raise SystemExit({int('--drive-fails' in arguments)})")
    return Plan(var, programs, {}, {"gateway": f"http://127.0.0.1:{port + 2}"}, ("true",), drive)


if __name__ == "__main__":
    sys.exit(run(lambda: plan(sys.argv[1:]), once="--once" in sys.argv))
