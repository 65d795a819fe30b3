"""From what was asked on the command line to a plan."""

from pathlib import Path

import click

from loadgen.command.options import read_hosts, read_tokens
from loadgen.platform import configured_agents
from loadgen.profiles.model import Mode, Profile
from loadgen.recording import RecordingError, read
from loadgen.run import Plan
from loadgen.settings import agent_token


def planned(
    profile: Profile,
    url: str,
    name: str,
    seed: int,
    processes: int,
    hosts: str,
    tokens: Path | None,
    ledger: Path | None = None,
) -> Plan:
    """All that the run needs; agents and their tokens only where the profile has agents. Ends the command
    with a sentence where something is missing."""
    machines, secret = read_hosts(hosts)
    key, seats = configured_agents(profile.agents.queue, synthetic=True) if profile.agents else ("", [])
    if profile.agents:
        seats = seats[: profile.agents.seats or None]
    return Plan(
        profile,
        url,
        name,
        seed=seed,
        processes=processes,
        hosts=machines,
        hosts_secret=secret,
        tokens=read_tokens(tokens),
        seats=tuple(seats),
        agent_tokens=tuple(agent_token(key, one.agent_id, one.pool, one.partition) for one in seats),
        arrivals=_arrivals(profile),
        ledger=str(ledger.resolve()) if ledger else "",
    )


def _arrivals(profile: Profile) -> tuple[float, ...]:
    if profile.mode is not Mode.REPLAY:
        return ()
    try:
        return read(Path(profile.file)).times()
    except RecordingError as error:
        raise click.UsageError(str(error)) from error
