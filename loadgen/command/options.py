"""Options that several commands have, and what they mean."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click
from rich.console import Console

from loadgen.engine import Tls
from loadgen.engine.address import Address
from loadgen.profiles.model import Profile
from loadgen.profiles.reading import load
from loadgen.profiles.sections import ProfileError
from loadgen.results.metrics import UnknownMetric, require_known
from loadgen.run import require_loopback
from loadgen.run.plan import NotLoopback
from loadgen.settings import LoadSettings
from runtime.settings import read_settings

F = TypeVar("F", bound=Callable[..., Any])
SECRET_VARIABLE = "AICC_WORKER_SECRET"

console = Console(stderr=True)
"""For what is said meanwhile; results go to standard output."""


def _url(context: click.Context, parameter: click.Parameter, given: str | None) -> str:
    url = given or f"http://127.0.0.1:{read_settings(LoadSettings).gateway_port}"
    try:
        Address.of(url)
    except ValueError as error:
        raise click.BadParameter(str(error)) from error
    return url


_OFFERING = (
    click.argument("profile"),
    click.option(
        "--target",
        callback=_url,
        show_default="this platform's gateway: 127.0.0.1 at AICC_GATEWAY_PORT or 8080",
        help="Where the requests go.",
    ),
    click.option(
        "--set",
        "changes",
        multiple=True,
        metavar="KEY=VALUE",
        help="Change a key of the profile; repeatable.",
    ),
    click.option(
        "--processes", type=click.IntRange(0), default=1, show_default=True, help="Generators here."
    ),
    click.option(
        "--hosts",
        default="",
        metavar="HOST:PORT,…",
        help=f"Generators elsewhere (`aicc-loadgen worker`), let in by {SECRET_VARIABLE}.",
    ),
    click.option("--seed", type=int, default=1, show_default=True, help="Same seed, same draws."),
    click.option(
        "--tokens",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="Bearer tokens, one a line; users take them in turn as ${token}.",
    ),
    click.option(
        "--ca-file",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="Certificates to trust for https:// targets, instead of the system's.",
    ),
    click.option("--insecure", is_flag=True, help="Check no certificate."),
    click.option(
        "--allow-remote", is_flag=True, help="The target may be another machine: it is yours to load."
    ),
    click.option(
        "--out",
        type=click.Path(file_okay=False, path_type=Path),
        help="Where runs are kept, instead of AICC_RUNS or ./runs.",
    ),
)


def offering(command: F) -> F:
    """What a command takes that offers a profile's load."""
    for option in reversed(_OFFERING):
        command = option(command)
    return command


def read_profile(name: str, changes: tuple[str, ...], compress: float = 1.0) -> Profile:
    """The profile. Ends the command with a sentence where it can't be read."""
    try:
        profile = load(name, changes, compress)
        require_known(profile.thresholds)
    except (ProfileError, UnknownMetric) as error:
        raise click.UsageError(str(error)) from error
    return profile


def require_allowed(url: str, allowed: bool) -> None:
    """Ends the command where `url` is another machine's and nobody allowed it."""
    try:
        require_loopback(url, allowed)
    except NotLoopback as error:
        raise click.UsageError(f"{error} (--allow-remote)") from error


def read_tokens(file: Path | None) -> tuple[str, ...]:
    """Those in the file, without empty lines."""
    if file is None:
        return ()
    tokens = tuple(line.strip() for line in file.read_text().splitlines() if line.strip())
    if not tokens:
        raise click.UsageError(f"{file} has no token.")
    return tokens


def read_tls(ca_file: Path | None, insecure: bool) -> Tls:
    """What is trusted. Ends the command for a file that has no certificate."""
    try:
        return Tls.of(str(ca_file) if ca_file else "", insecure=insecure)
    except (OSError, ValueError) as error:
        raise click.UsageError(f"{ca_file}: {error}") from error


def read_hosts(listed: str) -> tuple[tuple[str, ...], str]:
    """The hosts, and the secret that lets us in."""
    hosts = tuple(host.strip() for host in listed.split(",") if host.strip())
    secret = os.environ.get(SECRET_VARIABLE, "")
    if hosts and not secret:
        raise click.UsageError(f"--hosts needs {SECRET_VARIABLE}, the same as the workers'.")
    return hosts, secret
