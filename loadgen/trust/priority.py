"""Where generator and target share a machine the generator goes first: it needs little, but at once."""

import contextlib
import os
import socket
from pathlib import Path

import psutil

from loadgen.engine.address import Address

NICE = -10
_AUTOGROUPS = Path("/proc/sys/kernel/sched_autogroup_enabled")
_AUTOGROUP = Path("/proc/self/autogroup")


def shares_machine(url: str) -> bool:
    """Whether one of the target's hosts is this machine; False for one that can't be looked up."""
    return any(_here(address.host) for address in Address.several(url))


def _here(host: str) -> bool:
    try:
        found = socket.getaddrinfo(host, None)
    except OSError:
        return False
    ours = {one.address.partition("%")[0] for some in psutil.net_if_addrs().values() for one in some}
    return any(address[0] in ours or str(address[0]).startswith("127.") for *_, address in found)


def go_first(url: str) -> str:
    """Raises this process's priority, which its children inherit, where it shares the machine with `url`.

    Returns a sentence where that was not allowed, else "".
    """
    if not shares_machine(url):
        return ""
    try:
        os.setpriority(os.PRIO_PROCESS, 0, min(NICE, os.getpriority(os.PRIO_PROCESS, 0)))
    except PermissionError:
        return (
            "The generator shares this machine with its target and may not run at higher priority: while the "
            "target is saturated, the run may turn out invalid. Allow it with CAP_SYS_NICE, as root, or by "
            f"`nice {NICE}` in /etc/security/limits.conf."
        )
    _lift_group()
    return ""


def _lift_group() -> None:
    """With autogroups (sched(7)) nice counts within a session only: lift the session as well."""
    with contextlib.suppress(OSError):
        if _AUTOGROUPS.read_text().strip() == "1":
            _AUTOGROUP.write_text(str(NICE))
