"""What a run needs beside its profile, and how it ended."""

import ipaddress
from dataclasses import dataclass

from loadgen.agents.pools import Seat
from loadgen.engine import Tls
from loadgen.engine.address import Address
from loadgen.profiles.model import Profile


class NotLoopback(ValueError):
    """The target is another machine, and nobody has said that it may be loaded."""


@dataclass(frozen=True)
class Plan:
    """`url` may be several with commas between, replicas of one service. `processes` generate on this
    machine, 0: the calling process itself; each of `hosts` (HOST:PORT of an `aicc-loadgen worker`) is one
    more, admitted by `hosts_secret`.

    `grace_s` is what users have to end their last iteration, as k6's gracefulStop and gracefulRampDown.
    `max_vus` bounds what lives at once: in open modes an arrival beyond it is dropped. After
    `give_up_s` without a single answer the run ends; 0: never. `tokens` are given to users in turn as
    ${token}. `seats` are the agents that there are for the profile's queue, in the order in which they are
    taken, `agent_tokens` the tokens of each. `arrivals` are REPLAY's times in seconds.
    `ledger` is a directory of this machine in which each generator writes down the sessions that it was
    answered, "" for none.
    """

    profile: Profile
    url: str
    run: str
    seed: int = 1
    processes: int = 1
    hosts: tuple[str, ...] = ()
    hosts_secret: str = ""
    tokens: tuple[str, ...] = ()
    seats: tuple[Seat, ...] = ()
    agent_tokens: tuple[str, ...] = ()
    arrivals: tuple[float, ...] = ()
    ledger: str = ""
    grace_s: float = 30.0
    max_vus: int = 50_000
    give_up_s: float = 60.0
    tls: Tls = Tls()  # noqa: RUF009 - a frozen value


@dataclass(frozen=True)
class Outcome:
    """`reason` says why the run is only a part of what was planned, "" where it is all."""

    seconds: float
    interrupted: bool = False
    """By a signal or by Control.stop."""
    reason: str = ""
    breaches: tuple[str, ...] = ()
    """What simulated agents saw that must never be."""

    @property
    def complete(self) -> bool:
        """All was offered as planned."""
        return not self.reason


def require_loopback(url: str, allowed: bool = False) -> None:
    """Raises NotLoopback where one of `url` is another machine's and `allowed` does not say that it may be
    loaded, ValueError for what is no address."""
    for address in Address.several(url):
        if not allowed and not _loopback(address.host):
            raise NotLoopback(f"{url} is not this machine. Load it only where you may, and then say so.")


def _loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False  # another name than localhost: what it stands for may change while the run goes on
