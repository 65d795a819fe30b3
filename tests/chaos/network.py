"""The network between processes: packets of one service, in one direction, are dropped by nftables' rules.

A service is known by the Unix group that it runs in; its connections carry a mark, so that the answers are
known too. It works in a network namespace of one's own alone (`python -m tests.chaos` makes one)."""

import os
import shutil
import socket
import subprocess
from collections.abc import Mapping
from enum import StrEnum

_TABLE = "aicc_chaos"


class Way(StrEnum):
    """Of the packets of a service's connections."""

    THERE = "original"
    BACK = "reply"


class Network:
    """`groups`: the number of each service's Unix group, which is its connections' mark too."""

    def __init__(self, groups: Mapping[str, int]) -> None:
        self.groups = groups
        self.available = os.geteuid() == 0 and shutil.which("nft") is not None and _is_own()

    def open(self) -> None:
        """Marks connections from now on."""
        if not self.available:
            return
        marks = "\n".join(f"meta skgid {group} ct mark set {group}" for group in self.groups.values())
        _nft(
            f"table inet {_TABLE} {{\n"
            f"chain marks {{ type filter hook output priority -10;\n{marks}\n}}\n"
            "chain faults { type filter hook output priority 0;\n}\n}\n"
        )

    def lose(self, service: str, port: int, ways: tuple[Way, ...], percent: int = 100) -> None:
        """Of the packets between the service and that port of a server so many are lost (100: a cut)."""
        for way in ways:
            end = "dport" if way is Way.THERE else "sport"
            chance = "" if percent >= 100 else f"numgen random mod 100 < {percent}"
            mark = f"ct mark {self.groups[service]} ct direction {way.value}"
            _nft(f"add rule inet {_TABLE} faults {mark} tcp {end} {port} {chance} drop")

    def heal(self) -> None:
        """All packets pass."""
        _nft(f"flush chain inet {_TABLE} faults")

    def close(self) -> None:
        """Takes the rules out."""
        if self.available:
            _nft(f"delete table inet {_TABLE}")


def _is_own() -> bool:
    """Whether this process is in a network that nobody else can reach."""
    return [name for _, name in socket.if_nameindex()] == ["lo"]


def _nft(rules: str) -> None:
    done = subprocess.run(("nft", "-f", "-"), input=rules, text=True, capture_output=True, check=False)
    if done.returncode:
        raise OSError(f"nft: {done.stderr.strip()}")
