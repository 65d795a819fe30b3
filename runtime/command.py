"""The command line of a service: no options, and a `--help` that lists its settings."""

import argparse
import sys
from pathlib import Path

import msgspec

from runtime.settings import S, read_settings, variable


def service_settings(kind: type[S], purpose: str) -> S:
    """The settings of the service that was called. `--help` lists them and ends it with status 0, a bad value
    or any argument with 2."""
    name = Path(sys.argv[0]).name
    parser = argparse.ArgumentParser(
        name,
        description=f"{purpose} Runs until SIGTERM. Its settings are variables:\n\n{settings_table(kind)}",
        epilog=f"{example(name)}\n\nStatus: 0 stopped, 2 wrong usage.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.parse_args()
    return read_settings(kind)


def example(name: str) -> str:
    """How the service of that name is called."""
    return f"Example: AICC_LOG_LEVEL=DEBUG AICC_INSTANCE=1 {name}"


def settings_table(kind: type[S]) -> str:
    """The variables that set it, and their defaults, a line each."""
    fields = [
        field for field in msgspec.structs.fields(kind) if isinstance(field.default, str | int | float | Path)
    ]
    width = max(len(variable(field.name)) for field in fields)
    return "\n".join(f"  {variable(field.name):{width}}  {_shown(field.default)}" for field in fields)


def _shown(default: object) -> str:
    if isinstance(default, bool):
        return str(default).lower()
    return str(default) if default != "" else "(empty)"
